"""The stored form of a sequence: its JSON document with every default written out.

The plan is compiled from this document alone, so that running needs no pydantic.
"""

from typing import Any

from seriatim.domain.definition.node_parameters import PARAMETERS_BY_TYPE
from seriatim.domain.definition.sequence import TaskNode, TaskSequence


def canonical(sequence: TaskSequence) -> dict[str, Any]:
    """The document of a sequence that passed validation: camelCase, every field there, in the
    models' order.

    The same sequence gives the same document, and the document parses to the same sequence (mode
    ``STORED``). What was not given is null where there is no other default.
    """
    document = sequence.model_dump(mode="json", by_alias=True)
    for node, stored in zip(sequence.nodes, document["nodes"], strict=True):
        stored["name"] = node.name or node.id
        stored["parameters"] = _parameters(node)
    return document


def _parameters(node: TaskNode) -> dict[str, Any]:
    model = PARAMETERS_BY_TYPE.get(node.type)
    if model is None:
        return node.parameters
    return model.model_validate(node.parameters).model_dump(mode="json", by_alias=True)
