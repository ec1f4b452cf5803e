"""Goal: what a kept state remembers of waiting joins never makes it decide otherwise.

Method: the driver decides every message twice, on the state folded from the log and on one kept
from step to step; here are the cases in which the memory could go wrong.
"""

from seriatim.domain import messages as m
from seriatim.domain.decider.decide import decide
from seriatim.domain.decider.fold import fold
from tests.builders import Driver, sequence


def test_what_others_appended_is_not_remembered_wrongly() -> None:
    driver = Driver(
        sequence(
            "start > fork > a > join > end",
            "fork > b > c > decide >[false]> join",
            "decide > end2",
        )
    )
    driver.done("a")
    mine = driver.warm
    assert mine is not None
    assert mine.blocked is not None
    known = len(driver.steps)
    driver.done("b")  # by another worker, while this one waited for a token on b
    caught_up = fold(mine, driver.steps[known:])
    run = driver.run_of("c")
    message = m.TaskSuccess(number=run.number, attempt=1, result={})
    decision = decide(driver.plan, caught_up, message, driver.now)
    driver.done("c")
    assert driver.status == "succeeded"
    assert decision.events == driver.steps[-1].events
