"""Moving random executions to another revision at random points.

A move to the same definition, labels and nodes that were never reached aside, changes nothing: the
walk is held to one that at the same points takes in a signal that nobody waits for, so that steps
have the same numbers.
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.control_events import ExecutionMoved
from seriatim.domain.decider.moving import obstacles
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.plan import compile_plan
from tests.builders import TASKS as PLAIN_TASKS
from tests.builders import Driver
from tests.random_sequences import TASKS as RANDOM_TASKS
from tests.random_sequences import chosen_from, random_sequence
from tests.random_walks import walk

CHOICES = st.lists(st.integers(0, 99), min_size=150, max_size=400)

TASKS = PLAIN_TASKS | RANDOM_TASKS
OF_THE_MOVE = (ExecutionMoved, e.SignalReceived)


def canonical_of(document: dict[str, Any]) -> dict[str, Any]:
    return canonical(TaskSequence.model_validate(document))


def relabelled(document: dict[str, Any]) -> dict[str, Any]:
    """The same, with another name, other names of nodes, and a node that no token has reached."""
    nodes = [{**node, "name": f"new {node['id']}"} for node in document["nodes"]]
    nodes.append({"id": "late", "type": "task", "taskDefinitionId": "plain"})
    ways = [
        {"id": "to-late", "sourceNodeId": "start", "targetNodeId": "late", "condition": "false"},
        {"id": "from-late", "sourceNodeId": "late", "targetNodeId": "end0"},
    ]
    transitions = [*document["transitions"], *ways]
    return {**document, "name": "another", "nodes": nodes, "transitions": transitions}


def said(driver: Driver) -> list[e.AnyEvent]:
    return [event for event in driver.events if not isinstance(event, OF_THE_MOVE)]


@given(CHOICES, st.sets(st.integers(0, 30), max_size=5), st.booleans())
def test_a_move_to_the_same_definition_changes_nothing(
    choices: list[int], points: set[int], is_relabelled: bool
) -> None:
    choose = chosen_from(choices)
    document = random_sequence(choose)
    used = [choose(100) for _ in range(200)]
    after = canonical_of(relabelled(document) if is_relabelled else document)

    def is_chosen(driver: Driver) -> bool:
        # What is late would happen at the move, and else at the next message.
        is_late = bool(driver.promised) and min(driver.promised) <= driver.now
        is_over = driver.current.status.is_terminal
        return len(driver.steps) in points and not is_over and not is_late

    def move(driver: Driver) -> None:
        if is_chosen(driver):
            driver.next_plan = compile_plan(after, TASKS)
            revision = driver.current.revision + 1
            driver.send(m.MoveRequest(revision=revision, tasks_version="t"))
            assert driver.refusal is None, driver.refusal

    def wait(driver: Driver) -> None:
        if is_chosen(driver):
            driver.signal("nobody waits for this")

    moved = walk(chosen_from(used), document, between=move)
    stayed = walk(chosen_from(used), document, between=wait)
    assert said(moved) == said(stayed)
    assert moved.commands == stayed.commands
    assert moved.ended == stayed.ended


@given(CHOICES, CHOICES)
def test_an_execution_that_may_move_goes_on_to_an_end(
    choices: list[int], others: list[int]
) -> None:
    """Whatever the other revision is: what is not refused never leaves the decider at a loss."""
    document = random_sequence(chosen_from(choices))
    other = random_sequence(chosen_from(others))
    plan = compile_plan(canonical_of(other), TASKS)

    def move(driver: Driver) -> None:
        driver.next_plan = plan
        if not driver.current.status.is_terminal and driver.plan is not plan:
            found = obstacles(driver.plan, plan, driver.current, driver.now)
            driver.send(m.MoveRequest(revision=2, tasks_version="t"))
            assert (driver.refusal is None) == (not found)

    driver = walk(chosen_from(choices[::-1]), document, between=move)
    assert driver.ended.status.is_terminal
