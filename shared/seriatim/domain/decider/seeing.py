"""Which runs a token sees: its item's own, and those of the bodies and the sequence around it.

What runs in a ``forEach`` body belongs to one item. Another item's runs of the same nodes are
never seen from there, nor are those of an earlier round of a loop around the fork: where the item
itself has not come yet, nothing has run.
"""

from seriatim.domain.plan import Plan
from seriatim.domain.state import ROOT_SCOPE, NodeRun, State


def latest_seen(plan: Plan, state: State, node_id: str, scope: int) -> NodeRun | None:
    """The latest run of a node that a token in ``scope`` sees, as it stands now."""
    return state.latest_run(node_id, scope_seen(plan, state, node_id, scope))


def scope_seen(plan: Plan, state: State, node_id: str, scope: int) -> int:
    """The scope whose runs of a node a token in ``scope`` sees: the innermost one around the token
    whose items go through the node.
    """
    while scope != ROOT_SCOPE:
        inner = state.scopes[scope]
        if state.for_each[inner.number].join_node_id in plan.bodies.get(node_id, ()):
            break
        scope = inner.parent
    return scope
