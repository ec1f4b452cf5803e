"""Salvage: what can be made out of a sequence's document whose shape is wrong in places.

So that one wrong field does not hide what is wrong elsewhere: what is wrong is left out, the other
checks run on the rest, and what they say about the gaps is dropped.
"""

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import msgspec
from pydantic import ValidationError

from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.pointers import PathPart
from seriatim.domain.validation.problems import Problem, ProblemCode

UNSURE_OF_NODES = frozenset({ProblemCode.NO_NODES, ProblemCode.UNKNOWN_NODE})
UNSURE_OF_TYPES = frozenset({ProblemCode.NO_START_NODE, ProblemCode.NO_END_NODE})
UNSURE_OF_TRANSITIONS = frozenset(
    {
        ProblemCode.NO_TRANSITIONS,
        ProblemCode.COUNT_TOO_HIGH,
        ProblemCode.UNREACHABLE_NODE,
        ProblemCode.NO_OUTGOING_TRANSITION,
        ProblemCode.NO_END_REACHABLE,
        ProblemCode.NO_DEFAULT_PATH,
        ProblemCode.SEVERAL_DEFAULT_PATHS,
        ProblemCode.NO_SUCCESS_TRANSITION,
        ProblemCode.FORK_NEVER_JOINS,
        ProblemCode.MAY_NOT_HAVE_RUN,
        ProblemCode.VARIABLE_MAY_BE_UNSET,
        ProblemCode.BODY_LEFT,
        ProblemCode.MISSING_PARAMETER,
    }
)
UNSURE_OF_VARIABLES = frozenset({ProblemCode.UNKNOWN_VARIABLE})
UNSURE_OF_READS = frozenset({ProblemCode.VARIABLE_NEVER_READ})

LISTS = ("nodes", "transitions", "variables")


class Salvage:
    """One document, and what had to be left out of it."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.unsure: set[str] = set()
        """Codes that may be due to what was left out."""
        self.vague: set[str] = set()
        """Paths of nodes of which too little is known to say more about them."""
        self.invented: set[str] = set()
        """Ids and names put in place of those that are wrong."""

    def sequence_without(self, locations: list[tuple[PathPart, ...]]) -> TaskSequence | None:
        """The sequence with what is wrong at these places left out; None if that is hopeless.

        Items keep their places, so that what is found further on is said of the right ones.
        """
        rest = dict(self.document)
        for location in locations:
            match location:
                case (str(kind), int(place), *inner) if kind in LISTS:
                    self._mend_item(rest, kind, place, inner)
                case (str(name), *_):
                    self._mend_field(rest, name)
                case _:
                    return None
        try:
            return TaskSequence.model_validate(rest)
        except ValidationError:
            return None

    def _mend_field(self, rest: dict[str, Any], name: str) -> None:
        rest.pop(name, None)
        match name:
            case "name":
                rest[name] = "unnamed"
            case "nodes":
                rest[name] = []
                self.unsure |= UNSURE_OF_NODES | UNSURE_OF_TYPES
                self.unsure |= UNSURE_OF_TRANSITIONS | UNSURE_OF_READS
            case "transitions":
                rest[name] = []
                self.unsure |= UNSURE_OF_TRANSITIONS | UNSURE_OF_READS
            case "variables":
                self.unsure |= UNSURE_OF_VARIABLES
            case _:
                pass

    def _mend_item(
        self, rest: dict[str, Any], kind: str, place: int, inner: list[PathPart]
    ) -> None:
        items = rest[kind] = list(rest[kind])
        item = dict(items[place]) if isinstance(items[place], dict) else {}
        items[place] = item
        invented = f"({kind[:-1]} {place})"
        self.invented.add(invented)
        field = str(inner[0]) if inner else ""
        item.pop(field, None)
        self.unsure |= UNSURE_OF_READS
        if kind == "nodes":
            if not inner or field == "id":
                self.unsure |= UNSURE_OF_NODES | UNSURE_OF_TRANSITIONS
            if not inner or field == "type":
                self.unsure |= UNSURE_OF_TYPES
                self.vague.add(f"/nodes/{place}")
                item["type"] = "task"
            item.setdefault("id", invented)
        elif kind == "transitions":
            self.unsure |= UNSURE_OF_TRANSITIONS
            for required in ("id", "sourceNodeId", "targetNodeId"):
                item.setdefault(required, invented)
            if field == "trigger":
                for companion in ("afterSeconds", "signalName", "interrupting"):
                    item.pop(companion, None)
        else:
            self.unsure |= UNSURE_OF_VARIABLES
            item.setdefault("name", invented)

    def sound(self, found: Iterable[Problem], shape: Iterable[Problem]) -> list[Problem]:
        """Those of the other checks' problems that what was left out did not cause."""
        wrong = self.vague | {problem.path for problem in shape}
        sound = []
        for problem in found:
            if problem.code in self.unsure or not wrong.isdisjoint(_above(problem.path)):
                continue
            if self.invented & {problem.node_id, problem.transition_id}:
                named = msgspec.structs.replace(problem, node_id=None, transition_id=None)
                sound.append(named)
            else:
                sound.append(problem)
        return sound


def _above(path: str) -> list[str]:
    """A path and all that hold it: ``/a``, ``/a/b``, ``/a/b/c``."""
    return ["/" + rest for rest in accumulate(path[1:].split("/"), "{}/{}".format)]
