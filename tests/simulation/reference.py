"""The reference: what an execution of a tree of blocks gives, worked out one block after the
other. No tokens, no events, no time.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, assert_never

from tests.simulation.blocks import (
    Block,
    Chain,
    Choice,
    Each,
    Locked,
    Loop,
    Par,
    Rest,
    Source,
    Sub,
    Task,
    value_of,
)


@dataclass
class Expected:
    """How an execution ends, and how often each node succeeds in it."""

    outputs: dict[str, Any] = field(default_factory=dict)
    successes: Counter[str] = field(default_factory=Counter)
    children: list["Expected"] = field(default_factory=list)


@dataclass
class Frame:
    """What has run, with its outputs, around a block."""

    n: int
    child: Chain
    expected: Expected
    values: dict[Source, Any] = field(default_factory=dict)
    item: int | None = None


def expected_of(chain: Chain, child: Chain, n: int) -> Expected:
    """The end of an execution that is started with ``n``."""
    expected = Expected()
    frame = Frame(n, child, expected)
    expected.successes.update(("start", "end"))
    sources = _run(chain, frame, [])
    expected.outputs = _inputs(frame, sources)
    return expected


def _inputs(frame: Frame, sources: list[Source]) -> dict[str, Any]:
    return {f"r{k}": frame.values.get(source) for k, source in enumerate(sources)}


def _run(block: Block, frame: Frame, sources: list[Source]) -> list[Source]:
    """Do what the block says; returns what has surely run by its end."""
    done = frame.expected.successes
    match block:
        case Chain():
            for one in block.blocks:
                sources = _run(one, frame, sources)
            return sources
        case Task():
            return _task(block, frame, sources)
        case Rest():
            done[block.id] += 1
            return sources
        case Par():
            done.update((block.id, f"{block.id}j"))
            found: list[Source] = []
            for branch in block.branches:
                found += [own for own in _run(branch, frame, sources) if own not in found]
            return found
        case Choice():
            done.update((block.id, f"{block.id}m"))
            _run(block.high if frame.n > block.bound else block.low, frame, sources)
            return []
        case Loop():
            for _ in range(block.times):
                done.update((f"{block.id}n", block.id))
                _run(block.body, frame, sources)
            done[f"{block.id}m"] += 1
            return []
        case Each():
            return _each(block, frame, sources)
        case Sub():
            return _sub(block, frame)
        case Locked():
            done.update((block.id, f"{block.id}m"))
            return _run(block.body, frame, sources)
        case _:
            assert_never(block)


def _task(task: Task, frame: Frame, sources: list[Source]) -> list[Source]:
    given: dict[str, Any] = {"n": frame.n}
    if frame.item is not None:
        given["item"] = frame.item
    if task.is_caught:
        frame.expected.successes.update((f"{task.id}h", f"{task.id}m"))
        return []
    frame.expected.successes[task.id] += 1
    inputs = {**given, **_inputs(frame, sources)}
    frame.values[task.id, "out"] = value_of(task.id, inputs)
    return [(task.id, "out")]


def _each(each: Each, frame: Frame, sources: list[Source]) -> list[Source]:
    frame.expected.successes.update((each.id, f"{each.id}j"))
    items = []
    for item in each.items:
        inner = Frame(frame.n, frame.child, frame.expected, dict(frame.values), item)
        ((node, output),) = _run(each.body, inner, sources)
        items.append({output: inner.values[node, output]})
    frame.values[f"{each.id}j", "items"] = items
    return [(f"{each.id}j", "items")]


def _sub(sub: Sub, frame: Frame) -> list[Source]:
    frame.expected.successes[sub.id] += 1
    numbers = (frame.n,) if sub.items is None else sub.items
    ends = [expected_of(frame.child, frame.child, n) for n in numbers]
    frame.expected.children += ends
    source = (sub.id, "r0" if sub.items is None else "items")
    if sub.items is None:
        frame.values[source] = ends[0].outputs.get("r0")
    else:
        frame.values[source] = [end.outputs for end in ends]
    return [source]
