"""The plan: one revision, compiled for running.

Compiled from the canonical JSON document of the revision (every default filled in) and the task
definitions that the execution is pinned to. Indexes are built at once; a node's expressions are
parsed when it is first reached, and kept, so that a worker that meets one node of ten thousand
pays for one. A plan is immutable to its users and may be shared between threads (two threads that
parse the same node at once get equal values).
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from seriatim.domain.bodies import Bodies, bodies_of
from seriatim.domain.event import Taken
from seriatim.domain.expressions.language import Expression, parse
from seriatim.domain.expressions.placeholders import Template, parse_template
from seriatim.domain.permits.values import POOLS, SLOTS, task_ledger
from seriatim.domain.plan_parts import (
    Dependency,
    InputRule,
    Need,
    OutputRule,
    PlanTransition,
    RetryRule,
    expression_of,
    guarded_signals_of,
    retry_rule_of,
    rules_of,
    transition_of,
    variable_of,
)

DEFAULT_NODE_RUNS_MAX = 10_000
BARE_EXPRESSIONS = ("until", "forEach", "completeWhen", "count")
"""Parameters of nodes other than tasks that are expressions by their nature."""


class PlanNode:
    """A node with its transitions and its parsed expressions. Attributes are computed when first
    asked for.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        order: int,
        plan: "Plan",
    ) -> None:
        self.id: str = document["id"]
        self.type: str = document["type"]
        self.order = order
        self.document = document
        self._plan = plan

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters as written."""
        return self.document.get("parameters") or {}

    @cached_property
    def parameters_template(self) -> Template:
        """The parameters with their ``${…}`` places parsed; those that are bare expressions are
        left out.
        """
        if self.type == "task":
            return parse_template(self.parameters)
        left_out = set(BARE_EXPRESSIONS)
        if self.is_for_each_of_children:
            left_out.add("variables")
        return parse_template({k: v for k, v in self.parameters.items() if k not in left_out})

    @cached_property
    def is_for_each_of_children(self) -> bool:
        """Whether the node runs one child per item of a list."""
        return self.type == "subprocess" and self.expression("forEach") is not None

    @cached_property
    def variables_template(self) -> Template:
        """The ``variables`` of a subprocess, which see ``item`` and ``index``."""
        return parse_template(self.parameters.get("variables") or {})

    @cached_property
    def input_rules(self) -> tuple[InputRule, ...]:
        """The input mappings, in order."""
        return tuple(
            InputRule(
                m["sourceNodeId"],
                m["sourceOutputName"],
                m["targetInputName"],
                expression_of(m.get("transformation")),
            )
            for m in self.document.get("inputMappings") or ()
        )

    @cached_property
    def output_rules(self) -> tuple[OutputRule, ...]:
        """The output mappings, in order. One without ``targetVariable`` sets the declared variable
        of its name.
        """
        rules = []
        for m in self.document.get("outputMappings") or ():
            name = m["outputName"]
            variable = m.get("targetVariable")
            if variable is None and name in self._plan.variables:
                variable = name
            rules.append(OutputRule(name, parse(m["valueExpression"]), variable))
        return tuple(rules)

    @cached_property
    def incoming(self) -> tuple[PlanTransition, ...]:
        """Transitions into this node, in document order."""
        return tuple(self._plan.transition(i) for i in self._plan.incoming_of(self.id))

    @cached_property
    def incoming_ids(self) -> tuple[str, ...]:
        """Ids of ``incoming``."""
        return tuple(t.id for t in self.incoming)

    @cached_property
    def incoming_from(self) -> dict[str, tuple[str, ...]]:
        """Ids of ``incoming`` by their source node."""
        by_source: dict[str, tuple[str, ...]] = {}
        for t in self.incoming:
            by_source[t.source] = (*by_source.get(t.source, ()), t.id)
        return by_source

    @cached_property
    def _outgoing(self) -> tuple[PlanTransition, ...]:
        indexes = self._plan.outgoing_of(self.id)
        by_priority = sorted(indexes, key=lambda i: (self._plan.priority(i), i))
        return tuple(self._plan.transition(i) for i in by_priority)

    def _triggered_by(self, trigger: str) -> tuple[PlanTransition, ...]:
        """Outgoing transitions of one trigger in the order they are tried: defaults last."""
        chosen = [t for t in self._outgoing if t.trigger == trigger]
        return tuple(sorted(chosen, key=lambda t: t.condition is None))

    @cached_property
    def on_success(self) -> tuple[PlanTransition, ...]:
        """Tried in this order when the node has completed."""
        return self._triggered_by("success")

    @cached_property
    def leaves_by(self) -> tuple[Taken, ...] | None:
        """What a token takes when the node has completed, where no condition has a say in it;
        ``None`` where one has, or there is no way out.
        """
        ways = self.on_success
        if self.type != "fork":
            ways = ways[:1]
        if not ways or any(t.condition is not None for t in ways):
            return None
        return tuple((t.id, t.target) for t in sorted(ways, key=lambda t: t.order))

    @cached_property
    def on_error(self) -> tuple[PlanTransition, ...]:
        """Tried in this order when the node has failed for good."""
        return self._triggered_by("error")

    @cached_property
    def timer_boundaries(self) -> tuple[PlanTransition, ...]:
        """Boundary transitions that time takes."""
        return self._triggered_by("timer")

    @cached_property
    def signal_boundaries(self) -> tuple[PlanTransition, ...]:
        """Boundary transitions that a signal takes."""
        return self._triggered_by("signal")

    @cached_property
    def has_boundaries(self) -> bool:
        """Whether time or a signal can take a token out of the node, or let another one out."""
        return bool(self.timer_boundaries or self.signal_boundaries)

    @cached_property
    def cancel_node_ids(self) -> tuple[str, ...]:
        """Nodes whose tokens are cancelled when this one completes."""
        return tuple(self.document.get("cancelNodeIds") or ())

    @cached_property
    def dependencies(self) -> tuple[Dependency, ...]:
        """Dependencies beyond the flow."""
        return tuple(
            Dependency(
                d["nodeId"], d.get("type", "blocking") == "blocking", d.get("on") or "succeeded"
            )
            for d in self.document.get("dependencies") or ()
        )

    @cached_property
    def task(self) -> Mapping[str, Any] | None:
        """The pinned task definition, if the node names one that exists."""
        return self._plan.tasks.get(self.document.get("taskDefinitionId") or "")

    @cached_property
    def is_handed_out(self) -> bool:
        """Whether an attempt completes from outside (by task token, by a child): nobody here has
        it while it runs. A signal that is sent is done when it was taken in.
        """
        if self.type != "task":
            return self.type != "signal"
        task = self.task or {}
        integration = task.get("integration")
        details = task.get(integration or "") or {}
        if integration == "lambda":
            return bool(details.get("invocation") == "async")
        if integration in {"http", "eventbridge"}:
            return bool(details.get("callback"))
        return integration in {"sqs", "activity"}

    @cached_property
    def timeout_ms(self) -> int | None:
        """Bound of one attempt (the node's own, else the task definition's)."""
        return self._duration("timeoutSeconds")

    @cached_property
    def heartbeat_ms(self) -> int | None:
        """Bound of the silence of a task that was handed out."""
        return self._duration("heartbeatSeconds")

    @cached_property
    def queue_timeout_ms(self) -> int | None:
        """Bound of the time that an attempt waits for a worker to poll for it."""
        return self._duration("queueTimeoutSeconds")

    @cached_property
    def is_queued(self) -> bool:
        """Whether an attempt first waits in an activity list."""
        return (self.task or {}).get("integration") == "activity"

    def _duration(self, name: str) -> int | None:
        seconds = self.document.get(name) or (self.task or {}).get(name)
        return round(seconds * 1000) if seconds else None

    @cached_property
    def retry(self) -> RetryRule:
        """The node's own retry policy, else the task definition's, else none."""
        policy = self.document.get("retryPolicy") or (self.task or {}).get("retryPolicy")
        return retry_rule_of(policy) if policy else RetryRule()

    @cached_property
    def needs(self) -> tuple[Need, ...]:
        """What an attempt holds while it runs, in the order in which it is asked for; most tasks
        need nothing.
        """
        if self.type != "task":
            return ()
        pools, rules = self.document.get("resources"), rules_of(self.task or {})
        needs = (Need(POOLS, pools),) if pools else ()
        if rules is None:
            return needs
        ledger = task_ledger(self.document["taskDefinitionId"])
        return (*needs, Need(ledger, {SLOTS: 1}, rules))

    @cached_property
    def acquires(self) -> dict[str, int]:
        """What the node takes before it acts and the execution then holds, by pool."""
        return self.document.get("acquire") or {}

    @cached_property
    def releases(self) -> dict[str, int]:
        """What the execution gives back when the node has completed, by pool."""
        return self.document.get("release") or {}

    def expression(self, parameter: str) -> Expression | None:
        """A parameter that is an expression by its nature (``until``, ``forEach``,
        ``completeWhen``), parsed.
        """
        return self._expressions.get(parameter)

    @cached_property
    def _expressions(self) -> dict[str, Expression]:
        texts = {name: self.parameters.get(name) for name in BARE_EXPRESSIONS}
        return {name: parse(text) for name, text in texts.items() if isinstance(text, str)}


class Nodes(dict[str, PlanNode]):
    """The nodes that were reached so far; one that is asked for and not among them is compiled."""

    def __init__(self, plan: "Plan") -> None:
        super().__init__()
        self._plan = plan

    def __missing__(self, node_id: str) -> PlanNode:
        """Compile a node, and keep it."""
        node = self[node_id] = self._plan.compiled(node_id)
        return node


class Plan:
    """One revision, ready to be run. See the module's docstring."""

    def __init__(self, document: Mapping[str, Any], tasks: Mapping[str, Mapping[str, Any]]) -> None:
        self.document = document
        self.tasks = tasks
        self.sequence_name: str = document.get("name", "")
        self._nodes: Sequence[Mapping[str, Any]] = document["nodes"]
        self._transitions: Sequence[Mapping[str, Any]] = document["transitions"]
        self._order = {node["id"]: i for i, node in enumerate(self._nodes)}
        self.nodes = Nodes(self)
        self._compiled_transitions: dict[int, PlanTransition] = {}
        self._predecessors: dict[str, tuple[str, ...]] = {}
        self._body_sizes: dict[tuple[str, str], int] = {}
        self._outgoing: dict[str, list[int]] = {}
        self._incoming: dict[str, list[int]] = {}
        for i, transition in enumerate(self._transitions):
            self._outgoing.setdefault(transition["sourceNodeId"], []).append(i)
            self._incoming.setdefault(transition["targetNodeId"], []).append(i)
        self.guarded_signals = guarded_signals_of(self._transitions)
        self.start_node_id: str = next(n["id"] for n in self._nodes if n["type"] == "start")
        self.variables = {v["name"]: variable_of(v) for v in document.get("variables") or ()}
        self.global_names = tuple(v.name for v in self.variables.values() if v.scope == "global")
        self.node_runs_max: int = document.get("maxNodeRuns") or DEFAULT_NODE_RUNS_MAX
        self.timeout_ms = round((document.get("timeoutSeconds") or 0) * 1000) or None
        self.executions_max: int | None = document.get("maxConcurrentExecutions")
        self.retention_days: int | None = document.get("retentionDays")
        self.failure_policy: str = document.get("failurePolicy") or "fail_fast"
        self.on_failure_sequence_id: str | None = document.get("onFailureSequenceId")

    def node(self, node_id: str) -> PlanNode:
        """The compiled node. Raises ``KeyError`` for an unknown id."""
        return self.nodes[node_id]

    def compiled(self, node_id: str) -> PlanNode:
        """The node, compiled anew. Raises ``KeyError`` for an unknown id."""
        order = self._order[node_id]
        return PlanNode(self._nodes[order], order, self)

    @cached_property
    def bodies(self) -> Bodies:
        """The bodies that each node is in; one that is in none has no entry."""
        return bodies_of(self.document)

    def has_node(self, node_id: str) -> bool:
        """Whether the revision has such a node."""
        return node_id in self._order

    def order(self, node_id: str) -> int:
        """The node's place in the document."""
        return self._order[node_id]

    def predecessors(self, node_id: str) -> tuple[str, ...]:
        """Source nodes of the transitions into a node, in document order, each once."""
        known = self._predecessors.get(node_id)
        if known is None:
            sources = (self._transitions[i]["sourceNodeId"] for i in self.incoming_of(node_id))
            known = self._predecessors[node_id] = tuple(dict.fromkeys(sources))
        return known

    def incoming_of(self, node_id: str) -> Sequence[int]:
        """Indexes of the transitions into a node, in document order."""
        return self._incoming.get(node_id, ())

    def outgoing_of(self, node_id: str) -> Sequence[int]:
        """Indexes of the transitions out of a node, in document order."""
        return self._outgoing.get(node_id, ())

    def body_size(self, fork_id: str, join_id: str) -> int:
        """How many nodes lie between a fork with ``forEach`` and the join that ends its body, those
        of bodies within counted once.
        """
        known = self._body_sizes.get((fork_id, join_id))
        if known is None:
            frontier = [t.target for t in self.node(fork_id).on_success]
            seen = {join_id}
            while frontier:
                node_id = frontier.pop()
                if node_id not in seen:
                    seen.add(node_id)
                    leaving = self.outgoing_of(node_id)
                    frontier += [self._transitions[i]["targetNodeId"] for i in leaving]
            known = self._body_sizes[fork_id, join_id] = len(seen) - 1
        return known

    def priority(self, index: int) -> int:
        """Priority of a transition."""
        return self._transitions[index].get("priority") or 0

    def transition(self, index: int) -> PlanTransition:
        """The compiled transition at a place of the document."""
        transition = self._compiled_transitions.get(index)
        if transition is None:
            transition = transition_of(self._transitions[index], index)
            self._compiled_transitions[index] = transition
        return transition


def compile_plan(
    document: Mapping[str, Any], tasks: Mapping[str, Mapping[str, Any]] | None = None
) -> Plan:
    """Compile a canonical, valid revision document with its pinned task definitions (by id)."""
    return Plan(document, tasks or {})
