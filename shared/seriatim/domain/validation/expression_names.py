"""Which names an expression knows, by the place where it stands, beside the variables.

The decider gives exactly these; ``docs/definition.md`` has the table for users. May import the
standard library only.
"""

from typing import Final

EVERYWHERE: Final = frozenset({"nodes", "execution"})

NO_MORE: Final = frozenset[str]()
IN_TRANSFORMATION: Final = frozenset({"value"})
IN_VALUE_EXPRESSION: Final = frozenset({"result", "inputs"})
IN_ERROR_CONDITION: Final = frozenset({"error", "inputs"})
IN_JOIN: Final = frozenset({"arrived", "expected"})
IN_TASK_DEFINITION: Final = frozenset(
    {"inputs", "execution", "attempt", "idempotencyKey", "taskToken", "index"}
)
IN_TRIGGER: Final = frozenset({"event"})

PER_ITEM: Final = frozenset({"item", "index"})
"""More in a ``forEach`` body, and in the inputs and variables of a subprocess with ``forEach``."""

RESERVED: Final = (
    EVERYWHERE | IN_TRANSFORMATION | IN_VALUE_EXPRESSION | IN_ERROR_CONDITION | IN_JOIN | PER_ITEM
)
"""A variable of one of these names cannot be read where the name means something else."""

WHERE_KNOWN: Final[dict[str, str]] = {
    "value": "in the transformation of an input mapping",
    "result": "in the valueExpression of an output mapping",
    "inputs": "in the valueExpression of an output mapping and in an error transition's condition",
    "error": "in the condition of an error transition",
    "arrived": "in a join's completeWhen and output mappings",
    "expected": "in a join's completeWhen and output mappings",
    "item": "in a forEach body",
    "index": "in a forEach body",
    "event": "in the variables of a trigger",
}
