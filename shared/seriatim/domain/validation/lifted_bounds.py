"""Time-outs of 0 on a node whose task definition has one: 0 is as good as none, it lifts nothing.

Read from the document as written: a node that the service has given out has all its fields, most of
them 0, and says nothing by it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

from seriatim.domain.limits import DURATION_SECONDS_MAX
from seriatim.domain.validation.problems import Problem, ProblemCode, warning

BOUNDS: Final = ("timeoutSeconds", "heartbeatSeconds", "queueTimeoutSeconds")


def check_lifted_bounds(fields: Mapping[str, Any]) -> Iterator[Problem]:
    """Warnings of a bundle's sequences that mean to lift a bound of one of its task definitions."""
    tasks = {task["id"]: task for task in _objects(fields, "taskDefinitions") if _has_id(task)}
    for place, sequence in enumerate(_items(fields, "sequences")):
        for number, node in enumerate(_items(sequence, "nodes")):
            if not isinstance(node, Mapping) or node.keys() >= set(BOUNDS):
                continue
            named = node.get("taskDefinitionId")
            task = tasks.get(named) if isinstance(named, str) else None
            if task is not None:
                yield from _lifted(node, task, "sequences", place, "nodes", number)


def _lifted(
    node: Mapping[str, Any], task: Mapping[str, Any], *path: str | int
) -> Iterator[Problem]:
    for bound in BOUNDS:
        own, default = node.get(bound), task.get(bound)
        if not _is_number(own) or own != 0 or not _is_number(default) or default <= 0:
            continue
        message = (
            f"'{bound}: 0' is as good as none, so the {default:,} seconds of the task definition "
            f"{task['id']!r} hold; give the node as many as it may take, up to "
            f"{DURATION_SECONDS_MAX:,}, or leave it out."
        )
        node_id = node["id"] if _has_id(node) else None
        yield warning(ProblemCode.FIELD_HAS_NO_EFFECT, message, *path, bound, node_id=node_id)


def _items(fields: object, name: str) -> list[Any]:
    found = fields.get(name) if isinstance(fields, Mapping) else None
    return found if isinstance(found, list) else []


def _objects(fields: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    return (one for one in _items(fields, name) if isinstance(one, Mapping))


def _has_id(document: Mapping[str, Any]) -> bool:
    return isinstance(document.get("id"), str)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
