"""What the outside is told of an attempt, in the words of the API."""

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import Any, cast

from seriatim.ports.tasks import TaskRequest


def envelope(request: TaskRequest, *, has_token: bool = True) -> dict[str, Any]:
    """The message that hands an attempt to somebody outside."""
    message = {
        "inputs": request.inputs,
        "taskToken": request.task_token,
        "executionId": request.key.execution_id,
        "nodeId": request.node_id,
        "attempt": request.attempt,
        "idempotencyKey": request.idempotency_key,
    }
    if request.index is not None:
        message["index"] = request.index
    if not has_token:
        del message["taskToken"]
    return message


def place_names(request: TaskRequest) -> Mapping[str, Any]:
    """The names that a ``${…}`` place of the integration's object may read."""
    names = {
        "inputs": request.inputs,
        "taskToken": request.task_token,
        "idempotencyKey": request.idempotency_key,
        "attempt": request.attempt,
    }
    if request.index is not None:
        names["index"] = request.index
    execution = {"execution": {"id": request.key.execution_id}}
    # Nothing is written to the map, so what the sequence gives need not be changeable.
    return ChainMap(names, cast(MutableMapping[str, Any], request.names), execution)
