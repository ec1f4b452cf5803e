"""The decider alone: no store, no queue, no clock. What a step costs by the size of the sequence
and by the length of the execution, what compiling a plan costs, and what an idle execution weighs.

A state is a value, so the same step can be decided again and again: states of different sizes are
measured by turns, and a machine that slows down slows down all of them. The processor's time
counts, and of many short turns the least: what else runs on the machine can only add to it.
"""

import time
import tracemalloc
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from bench.shapes import chain_of, fan_out_of, loop_of
from seriatim.domain import messages as m
from seriatim.domain.decider.decide import decide
from seriatim.domain.definition.canonical import canonical
from seriatim.domain.definition.sequence import TaskSequence
from seriatim.domain.plan import Plan, compile_plan
from seriatim.domain.state import State

NODES: Final = (10, 100, 1_000, 10_000)
BRANCHES: Final = (10, 100, 1_000)
LENGTHS: Final = (100, 1_000, 10_000, 100_000)
DECISIONS: Final = 20
"""Of one state, in one turn: shorter than what the machine gives a process at a time."""
TURNS: Final = 300
IDLE: Final = 2_000
STEP_MICROSECONDS_AIM: Final = 50
GROWTH_AIM: Final = 1.05
COMPILE_SECONDS_AIM: Final = 1.0
NOW: Final = 1_800_000_000_000
ECHO: Final = {"echo": {"integration": "python", "python": {"function": "builtin.echo"}}}

Document = dict[str, Any]
Case = tuple[Plan, State, m.TaskSuccess]
"""A state, and the result of a task that it waits for."""


def plan_of(document: Document) -> Plan:
    """As a worker compiles it."""
    return compile_plan(canonical(TaskSequence.model_validate(document)), ECHO)


def started(plan: Plan, execution_id: str = "exec-1") -> State:
    """An execution after its first step."""
    request = m.StartRequest(
        execution_id=execution_id,
        project_id="bench",
        sequence_id="seq",
        revision=1,
        tasks_version="1",
        variables={},
    )
    return advanced(plan, None, request)


def advanced(plan: Plan, state: State | None, message: m.AnyMessage) -> State:
    """The state after one step more."""
    decision = decide(plan, state, message, NOW)
    assert decision.state is not None
    assert decision.refusal is None, decision.refusal
    return msgspec.structs.replace(decision.state, steps=decision.state.steps + 1)


def awaited(state: State) -> m.TaskSuccess:
    """The result of the oldest task that is open."""
    run = state.active[min(state.active)]
    return m.TaskSuccess(number=run.number, attempt=run.attempts, result={})


def at_step(plan: Plan, steps: int) -> Case:
    """An execution so many steps old, and what it waits for."""
    state = started(plan)
    while state.steps < steps:
        state = advanced(plan, state, awaited(state))
    return plan, state, awaited(state)


def microseconds(cases: Mapping[int, Case]) -> dict[int, float]:
    """The least cost of a step of each, measured by turns."""
    least = dict.fromkeys(cases, float("inf"))
    for _ in range(TURNS):
        for size, (plan, state, message) in cases.items():
            begun = time.process_time()
            for _ in range(DECISIONS):
                decide(plan, state, message, NOW)
            taken = (time.process_time() - begun) / DECISIONS * 1e6
            least[size] = min(least[size], taken)
    return least


def show(what: str, cases: Mapping[int, Case]) -> None:
    """Print a line."""
    costs = microseconds(cases)
    first, last = min(costs), max(costs)
    each = ", ".join(f"{size:,}: {cost:.0f}" for size, cost in costs.items())
    print(f"  {what:42} {each} µs  (x{costs[last] / costs[first]:.2f})")


def loop_cases() -> dict[int, Case]:
    """One execution, at several lengths."""
    document = loop_of(LENGTHS[-1] * 2)
    document["maxNodeRuns"] = LENGTHS[-1] * 4
    plan = plan_of(document)
    cases, state = {}, started(plan)
    for length in LENGTHS:
        while state.steps < length:
            state = advanced(plan, state, awaited(state))
        cases[length] = (plan, state, awaited(state))
    return cases


def compile_seconds(nodes: int) -> float:
    """A plan, and every node and transition of it, which a worker compiles when it comes to it."""
    document = canonical(TaskSequence.model_validate(chain_of(nodes - 2)))
    begun = time.process_time()
    plan = compile_plan(document, ECHO)
    for node in document["nodes"]:
        compiled = plan.node(node["id"])
        for index in plan.outgoing_of(compiled.id):
            plan.transition(index)
    return time.process_time() - begun


def idle_bytes() -> float:
    """Memory of an execution that waits, kept warm: its state, its plan shared."""
    plan = plan_of(chain_of(3))
    started(plan)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    states = [started(plan, f"exec-{number}") for number in range(IDLE)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / len(states)


def main() -> None:
    """Measure, and print."""
    print(f"the decider alone, the least of {TURNS} turns; aim: {STEP_MICROSECONDS_AIM} µs a step")
    chains = {nodes: plan_of(chain_of(nodes - 2)) for nodes in NODES}
    show("in the middle of a chain of N nodes", {n: at_step(p, n // 2) for n, p in chains.items()})
    forks = {branches: plan_of(fan_out_of(branches)) for branches in BRANCHES}
    show(
        "with N branches, half of them at the join",
        {n: at_step(p, n // 2) for n, p in forks.items()},
    )
    show(f"after N rounds of a loop (aim: x{GROWTH_AIM})", loop_cases())
    for nodes in NODES[-2:]:
        seconds = compile_seconds(nodes)
        print(f"  a plan of {nodes:,} nodes: {seconds:.3f} s (aim: {COMPILE_SECONDS_AIM:.0f} s)")
    print(f"  an execution that waits, kept warm: {idle_bytes():,.0f} bytes")


if __name__ == "__main__":
    main()
