"""How much an expression may be, and how much one evaluation may do.

The limits keep the worst expression that anyone can write to a few milliseconds and about a
megabyte, and are the same on every machine: what is counted is work, never time. May import errors
alone.
"""

from typing import Final

from seriatim.domain.expressions.errors import ExpressionError

# What may be written
SOURCE_CHARACTERS_MAX: Final = 4_096
PARTS_MAX: Final = 1_000
"""Names, constants, operators and calls in one expression."""
TOKENS_MAX: Final = 2_000
"""Words, numbers, strings and signs; what goes over it is not even parsed."""
DEPTH_MAX: Final = 64
"""Levels of parts in parts; ``a + b + c`` has three."""
NUMBER_CHARACTERS_MAX: Final = 64

# What one evaluation may do
STEPS_MAX: Final = 10_000
"""Parts evaluated; in a comprehension, a part counts once per element."""
WORK_MAX: Final = 500_000
"""Characters written, plus 16 for an element handled, plus 1 for 16 characters read."""
ELEMENT_WORK: Final = 16
READ_CHARACTERS_PER_WORK: Final = 16
STRING_CHARACTERS_MAX: Final = 262_144
"""Of a string that an expression makes; one that it passes on may have any length."""
INTEGER_ABS_MAX: Final = 2**63 - 1
ROUND_DIGITS_ABS_MAX: Final = 15

# What it may give
RESULT_SIZE_MAX: Final = 50_000_000
"""Characters and elements of a result that was built: as much as a payload between tasks."""

# Templates
PLACES_MAX: Final = 1_000
TEMPLATE_DEPTH_MAX: Final = 64
FILL_STEPS_MAX: Final = 5 * STEPS_MAX
FILL_WORK_MAX: Final = 4 * WORK_MAX

assert STRING_CHARACTERS_MAX <= WORK_MAX <= FILL_WORK_MAX <= RESULT_SIZE_MAX
assert PARTS_MAX <= STEPS_MAX <= FILL_STEPS_MAX
assert DEPTH_MAX <= PARTS_MAX <= TOKENS_MAX <= SOURCE_CHARACTERS_MAX


class Budget:
    """What is left to one evaluation; refuses what goes over it before it is done.

    ``built`` keeps, by identity, the arrays and objects that were made: only through them can the
    result be larger than what went in.
    """

    __slots__ = ("built", "is_building", "steps", "work")

    def __init__(self, steps: int = STEPS_MAX, work: int = WORK_MAX) -> None:
        self.steps = steps
        self.work = work
        self.built: dict[int, object] = {}
        self.is_building = False

    def step(self) -> None:
        """Count one part evaluated.

        Raises:
            ExpressionError: there were too many.
        """
        self.steps -= 1
        if self.steps < 0:
            raise ExpressionError(
                f"takes too many steps (at most {STEPS_MAX:,}, a template {FILL_STEPS_MAX:,}); "
                "go over less, or compute it in a task"
            )

    def spend(self, work: int) -> None:
        """Count work that is about to be done.

        Raises:
            ExpressionError: it is more than is left.
        """
        self.work -= work
        if self.work < 0:
            raise ExpressionError(
                f"handles too many characters and elements (at most {WORK_MAX:,} units of work, "
                f"a template {FILL_WORK_MAX:,}); use smaller values, or compute it in a task"
            )

    def elements(self, count: int) -> None:
        """Count elements that are about to be handled."""
        self.spend(count * ELEMENT_WORK)

    def reads(self, characters: int) -> None:
        """Count characters that are about to be searched."""
        self.spend(characters // READ_CHARACTERS_PER_WORK)

    def writes(self, characters: int) -> None:
        """Count the characters of a string that is about to be made.

        Raises:
            ExpressionError: the string would be too long, or the work too much.
        """
        if characters > STRING_CHARACTERS_MAX:
            raise ExpressionError(
                f"makes a string of {characters:,} characters; "
                f"at most {STRING_CHARACTERS_MAX:,} are allowed"
            )
        self.spend(characters)

    def builds(self, elements: int) -> None:
        """Count the elements of an array or an object that is about to be made."""
        self.is_building = True
        self.spend(elements * ELEMENT_WORK)

    def keep(self, container: object) -> object:
        """Return the array or object that was just made, noted as such."""
        self.is_building = False
        self.built[id(container)] = container
        return container
