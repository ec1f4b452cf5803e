"""How much an expression may be, and how much one evaluation may do.

The limits keep the worst expression that anyone can write under 1 MB and 5 ms, and are the same on
every machine: what is counted is work, never time. A unit of work is at most two bytes and about
ten nanoseconds of a quiet core, so that all of it is 4 ms; `bench/expressions.py` weighs the worst
expressions that we know, and `tests/property/test_worst_expressions.py` holds that none becomes
much dearer. May import errors alone.
"""

from typing import Final, NoReturn

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
WORK_MAX: Final = 400_000
"""Of all that is done, in tens of nanoseconds; the units of each kind follow."""
STEP_WORK: Final = 38
ELEMENT_WORK: Final = 30
"""An element put into an array; a member of an object is two."""
LOOK_WORK: Final = 24
"""An element that is looked at."""
COMPARE_WORK: Final = 120
"""An array or object that is compared with another, or written as JSON."""
CONTAINER_WORK: Final = 180
"""An array or object that is made."""
SLICE_WORK: Final = 160
"""A part taken of an array or a string, beside what is made of it."""
GIVEN_WORK: Final = 110
"""An array, an object or a long string that a result holds, where it first stands."""
SWEEP_CONTAINER_WORK: Final = 66
"""An array or object in what was given, and goes into what is made: it is measured."""
SWEEP_WORK: Final = 8
"""An element of such an array or object."""
MET_WORK: Final = 35
"""An array or object that a result holds beside others; they are measured together."""
LEVEL_WORK: Final = 400
"""A level of arrays and objects that are measured together."""
LEVEL_PART_WORK: Final = 20
"""An array or object of a level."""
LEVEL_EACH_WORK: Final = 3
"""An element of them; thrice that if they are not numbers alone."""
FLOAT_WORK: Final = 60
"""A number that is no integer, read or written as text."""
FAR_WORK: Final = 240
"""The same for one with many digits or a large exponent, and the remainder of one by a smaller."""
ORDER_WORK: Final = 2
"""An element that is brought into order, times the digits of their number in binary."""
READ_CHARACTERS_PER_WORK: Final = 16
"""Characters that are compared with others for equality, or passed over."""
ORDERED_CHARACTERS_PER_WORK: Final = 8
"""Characters that are compared with others for their order."""
WIDE_CHARACTER_WORK: Final = 3
"""A character written in a text that is not ASCII, where it may take four bytes; else it is 1."""
_EVEN_CHARACTERS_MIN: Final = 30_000
_EVEN_ALWAYS_CHARACTERS_MIN: Final = 2_500
STRING_CHARACTERS_MAX: Final = 262_144
"""Of a string that an expression makes; one that it passes on may have any length."""
INTEGER_ABS_MAX: Final = 2**63 - 1
ROUND_DIGITS_ABS_MAX: Final = 15

# What it may give
MADE_SIZE_MAX: Final = 1_000_000
"""Characters and elements that a result has beyond the values it was given, each taken once."""
RESULT_SIZE_MAX: Final = 50_000_000
"""Characters and elements in all, what was given included: as much as a payload between tasks."""

# Templates
PLACES_MAX: Final = 1_000
TEMPLATE_DEPTH_MAX: Final = 64
PLACE_WORK: Final = 250
"""A place that is filled, beside the expression in it."""

assert STRING_CHARACTERS_MAX <= WORK_MAX <= MADE_SIZE_MAX <= RESULT_SIZE_MAX
assert PARTS_MAX <= STEPS_MAX
assert STEPS_MAX * STEP_WORK <= WORK_MAX
assert STEPS_MAX * ELEMENT_WORK < WORK_MAX, "the longest range can be made"
assert PLACES_MAX * (PLACE_WORK + STEP_WORK) <= WORK_MAX
assert DEPTH_MAX <= PARTS_MAX <= TOKENS_MAX <= SOURCE_CHARACTERS_MAX


class Budget:
    """What is left to one evaluation; refuses what goes over it before it is done.

    ``built`` keeps, by identity, the arrays and objects that were made: only through them can the
    result be larger than what went in.
    """

    __slots__ = ("built", "is_building", "steps", "work")

    def __init__(self) -> None:
        self.steps = STEPS_MAX
        self.work = WORK_MAX
        self.built: dict[int, object] = {}
        self.is_building = False

    def step(self) -> None:
        """Count one part evaluated.

        Raises:
            ExpressionError: there were too many.
        """
        self.steps -= 1
        self.work -= STEP_WORK
        if self.steps < 0 or self.work < 0:
            self.refuse()

    def spend(self, work: int) -> None:
        """Count work that is about to be done.

        Raises:
            ExpressionError: it is more than is left.
        """
        self.work -= work
        if self.work < 0:
            self.refuse()

    def refuse(self) -> NoReturn:
        """Say which of the two is used up.

        Raises:
            ExpressionError: always.
        """
        if self.steps < 0:
            raise ExpressionError(
                f"takes too many steps (at most {STEPS_MAX:,}); "
                "go over less, or compute it in a task"
            )
        raise ExpressionError(
            f"handles too many characters and elements (at most {WORK_MAX:,} units of work); "
            "go over less, use smaller values, or compute it in a task"
        )

    def elements(self, count: int) -> None:
        """Count elements that are about to be looked at."""
        self.spend(count * LOOK_WORK)

    def reads(self, characters: int) -> None:
        """Count characters that are about to be passed over."""
        self.spend(characters // READ_CHARACTERS_PER_WORK)

    def searches(self, characters: int, sought: int, times: int = 1) -> None:
        """Count characters in which so many others are about to be sought.

        Python compares all that is sought at each place of a shorter text: `aa…aba` in `aa…a`.
        Over longer ones it goes evenly.
        """
        if sought < 2:
            self.reads(times * characters)
            return
        again = 0
        if characters < _EVEN_CHARACTERS_MIN:
            longest = sought if characters < _EVEN_ALWAYS_CHARACTERS_MIN else min(sought, 100)
            again = max(0, characters - sought) * longest // 20
        self.spend(times * (characters // 3 + again))

    def orders(self, count: int, characters: int) -> None:
        """Count elements, of so many characters in all, that are about to be brought into order."""
        digits = count.bit_length()
        self.spend(digits * (count * ORDER_WORK + characters // ORDERED_CHARACTERS_PER_WORK))

    def writes(self, characters: int, *, is_ascii: bool) -> None:
        """Count the characters of a string that is about to be made.

        Raises:
            ExpressionError: the string would be too long, or the work too much.
        """
        if characters > STRING_CHARACTERS_MAX:
            raise ExpressionError(
                f"makes a string of {characters:,} characters; "
                f"at most {STRING_CHARACTERS_MAX:,} are allowed"
            )
        self.spend(characters if is_ascii else characters * WIDE_CHARACTER_WORK)

    def builds(self, elements: int) -> None:
        """Count the elements of an array or an object that is about to be made."""
        self.is_building = True
        self.spend(CONTAINER_WORK + elements * ELEMENT_WORK)

    def keep(self, container: object) -> object:
        """Return the array or object that was just made, noted as such."""
        self.is_building = False
        self.built[id(container)] = container
        return container
