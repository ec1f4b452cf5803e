"""Executions that are cut off, by a cancel or by failures, and redriven: as often as may be.

Goal: they end as they would have, what succeeded is not run again, and every token is where it was.
The driver holds every state to the log and to a snapshot of it (see ``tests/builders.py``).
"""

from collections import Counter
from typing import Any

import pytest

from seriatim.domain import events as e
from seriatim.domain import messages as m
from seriatim.domain.decider.redrive_changes import interrupted_runs
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.join_events import TokenAbsorbed, TokenParked, TokenReachedJoin
from seriatim.domain.state import State
from seriatim.domain.values import Error
from tests.builders import Driver
from tests.random_ledgers import Ledgers
from tests.random_sequences import TASKS, Choose, chosen_by, random_sequence
from tests.random_walks import bring_to_its_end, give, wild_message

SEEDS_PER_TEST = 8
REDRIVE = m.RedriveRequest(revision=1, tasks_version="t")
STEPS_MAX = 2_000
NODE_RUNS_MAX = 60
PLAIN_KINDS = ("task", "fork", "join", "task", "sub", "each", "decide")


def driver_of(document: dict[str, Any]) -> Driver:
    return Driver(canonical(TaskSequence.model_validate(document)), tasks=TASKS, is_counted=True)


def counted(state: State) -> dict[tuple[int, str], int]:
    """``State.live``, counted from the tokens themselves."""
    live: Counter[tuple[int, str]] = Counter()
    places = [(run.scope, run.node_id) for run in state.active.values()]
    places += [(arrival.scope, arrival.node_id) for arrival in state.arrivals.values()]
    for scope, node_id in places:
        live.update((around, node_id) for around in state.scope_chain(scope))
    for (scope, node_id), parking in state.parked.items():
        tokens = sum(len(held) for held in parking.held.values())
        for around in state.scope_chain(scope)[1:]:
            live[around, node_id] += tokens
    return {place: count for place, count in live.items() if count}


def tokens_of(state: State) -> Counter[tuple[int, str]]:
    """Where a redrive has tokens to put back: by scope and node."""
    places = [(run.scope, run.node_id) for run in interrupted_runs(state) if not run.held]
    places += [(arrival.scope, arrival.node_id) for arrival in state.arrivals.values()]
    return Counter(places)


def put_back(before: State, events: tuple[e.AnyEvent, ...]) -> Counter[tuple[int, str]]:
    """Where the first step of a redrive has put tokens, by scope and node. That of a join which
    ends a list, and has not what it asks for, is where the list begins.
    """
    own = {run.number for run in interrupted_runs(before)}
    places = []
    for event in events:
        match event:
            case e.NodeStarted(resumes=int(former)) if (
                former in before.for_each and former not in own
            ):
                places.append((event.scope, before.for_each[former].join_node_id))
            case e.NodeStarted() | TokenReachedJoin() | TokenParked() | TokenAbsorbed():
                places.append((event.scope, event.node_id))
            case _:
                pass
    return Counter(places)


def cut_and_redriven(choose: Choose) -> Driver:
    driver = driver_of(random_sequence(choose))
    ledgers = Ledgers(driver)
    for _ in range(1 + choose(4)):
        for _ in range(choose(25)):
            if driver.current.status.is_terminal:
                break
            ledgers.take_in()
            if ledgers.answers:
                driver.send(ledgers.answers.pop(0))
            else:
                wild_message(driver, choose)
        if not driver.current.status.is_terminal:
            driver.send(m.CancelRequest())
        if driver.status == "succeeded":
            return driver
        before = driver.current
        driver.send_once(REDRIVE)
        if driver.refused == "NothingToRedrive":
            return driver
        assert driver.refusal is None
        if not driver.current.failed_nodes and not driver.current.status.is_terminal:
            assert dict(driver.current.live.items()) == counted(driver.current)
        places = put_back(before, driver.steps[-1].events)
        assert all(places[place] >= count for place, count in tokens_of(before).items()) or (
            driver.current.status.is_terminal or len(driver.current.arrivals)
        )
        while driver.must_continue and not driver.current.status.is_terminal:
            driver.send_once(m.Continuation())
    bring_to_its_end(driver, ledgers)
    return driver


@pytest.mark.parametrize("block", range(10))
def test_an_execution_that_is_cut_off_and_redriven_ends(block: int) -> None:
    for seed in range(SEEDS_PER_TEST):
        driver = cut_and_redriven(chosen_by(f"cut {block}/{seed}"))
        assert driver.current.status.is_terminal
        state = driver.current
        if driver.status == "succeeded" and not len(state.halted) + len(state.arrivals):
            left = (state.active, state.arrivals, state.scopes, state.for_each, state.families)
            assert [len(each) for each in left] == [0] * 5, seed


def plain_sequence(choose: Choose) -> dict[str, Any]:
    """Whatever the order in which its tasks complete, each of its nodes succeeds as often."""
    document = random_sequence(choose, PLAIN_KINDS)
    for node in document["nodes"]:
        node.pop("cancelNodeIds", None)
        node.pop("dependencies", None)
        node.pop("timeoutSeconds", None)
        node.pop("acquire", None)
        node.pop("release", None)
        if node["type"] == "join":
            node["parameters"] = {"mode": "all"}
        if node["type"] == "end":
            node["parameters"] = {}
    ways = [t for t in document["transitions"] if t.get("trigger") in {None, "success"}]
    policy = ("fail_fast", "finish_branches")[choose(2)]
    return {**document, "transitions": ways, "maxNodeRuns": 300, "failurePolicy": policy}


def succeeded(driver: Driver) -> Counter[str]:
    return Counter(x.node_id for x in driver.events if isinstance(x, e.NodeSucceeded))


def completed(document: dict[str, Any], choose: Choose | None = None) -> Driver:
    """An execution whose every task succeeds; with ``choose``, cut off and redriven on the way."""
    driver = driver_of(document)
    ledgers = Ledgers(driver)
    for _ in range(STEPS_MAX):
        ledgers.take_in()
        if driver.current.status.is_terminal:
            if driver.status == "succeeded" or choose is None:
                return driver
            driver.send(REDRIVE)
            assert driver.refusal is None
        elif ledgers.answers:
            driver.send(ledgers.answers.pop(0))
        elif choose is not None and choose(6) == 1:
            cut(driver, choose)
        else:
            runs = [run for _, run in sorted(driver.current.active.items())]
            for run in runs:
                steps = len(driver.steps)
                if run.wait is None and run.is_attempt_open(run.attempts):
                    result = m.TaskSuccess(number=run.number, attempt=run.attempts, result={"v": 0})
                    driver.send(result)
                else:
                    give(driver, run)
                if len(driver.steps) > steps:
                    break
            else:
                driver.pass_time(60_000)
    return driver


def cut(driver: Driver, choose: Choose) -> None:
    tasks = [run for run in driver.current.active.values() if run.is_attempt_open(run.attempts)]
    tasks = sorted((run for run in tasks if run.wait is None), key=lambda run: run.number)
    if tasks and choose(2):
        run = tasks[choose(len(tasks))]
        error = Error("Broken")
        driver.send(m.TaskFailure(number=run.number, attempt=run.attempts, error=error))
    else:
        driver.send(m.CancelRequest())


@pytest.mark.parametrize("block", range(10))
def test_what_is_redriven_ends_as_it_would_have(block: int) -> None:
    for seed in range(SEEDS_PER_TEST):
        choose = chosen_by(f"plain {block}/{seed}")
        document = plain_sequence(choose)
        whole = completed(document)
        if whole.status != "succeeded" or whole.current.node_runs > NODE_RUNS_MAX:
            continue
        driver = completed(document, choose)
        assert driver.status == "succeeded", seed
        assert succeeded(driver) == succeeded(whole), seed
