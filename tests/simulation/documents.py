"""From a tree of blocks to the document that a caller would send."""

from typing import Any, assert_never

from tests.simulation.blocks import (
    CHILD,
    Block,
    Chain,
    Choice,
    Document,
    Each,
    Locked,
    Loop,
    Par,
    Rest,
    Source,
    Sub,
    Task,
    mappings,
)

HAND_OUTS_LOST_MAX = 50
N: dict[str, Any] = {"name": "n", "type": "integer", "defaultValue": 0}


def document_of(chain: Chain, name: str, **fields: Any) -> dict[str, Any]:
    """The sequence that does what the tree says."""
    document = Document(variables=[N])
    document.node("start", "start")
    last, sources = _emit(document, chain, "start", [], in_body=False)
    document.node("end", "end", inputMappings=mappings(sources))
    document.edge(last, "end")
    return {
        "name": name,
        "nodes": document.nodes,
        "transitions": document.transitions,
        "variables": document.variables,
        **fields,
    }


def signals_of(document: dict[str, Any]) -> list[str]:
    """The signals that an execution of it waits for, each once."""
    return [n["parameters"]["signalName"] for n in document["nodes"] if n["type"] == "signal"]


Emitted = tuple[str, list[Source]]
"""The node from which the token goes on, and what has surely run by then."""


def _emit(
    doc: Document, block: Block, before: str, sources: list[Source], *, in_body: bool, **edge: Any
) -> Emitted:
    match block:
        case Chain():
            last = before
            for one in block.blocks:
                last, sources = _emit(doc, one, last, sources, in_body=in_body, **edge)
                edge = {}
            return last, sources
        case Task():
            return _task(doc, block, before, sources, edge, in_body=in_body)
        case Rest():
            return _rest(doc, block, before, edge), sources
        case Par():
            return _par(doc, block, before, sources, edge, in_body=in_body)
        case Choice():
            return _choice(doc, block, before, sources, edge, in_body=in_body)
        case Loop():
            return _loop(doc, block, before, sources, edge)
        case Each():
            return _each(doc, block, before, sources, edge)
        case Sub():
            return _sub(doc, block, before, edge)
        case Locked():
            return _locked(doc, block, before, sources, edge, in_body=in_body)
        case _:
            assert_never(block)


def _task(
    doc: Document,
    task: Task,
    before: str,
    sources: list[Source],
    edge: dict[str, Any],
    *,
    in_body: bool,
) -> Emitted:
    parameters: dict[str, Any] = {"n": "${n}"}
    if in_body:
        parameters["item"] = "${item}"
    policy = {"maxRetries": task.retries, "retryIntervalSeconds": 2, "retryableErrors": ["*"]}
    extra: dict[str, Any] = {}
    if task.kind in {"outside", "queue"}:
        # Whoever it was handed to may never have got it: silence is what tells.
        extra["heartbeatSeconds" if task.kind == "outside" else "timeoutSeconds"] = 300
        policy["maxRetries"] = 0 if task.is_caught else HAND_OUTS_LOST_MAX
    if task.units:
        extra["resources"] = {"pool": task.units}
    doc.node(
        task.id,
        "task",
        taskDefinitionId=task.kind,
        **extra,
        parameters=parameters,
        inputMappings=mappings(sources),
        retryPolicy=policy,
        metadata={"fails": task.fails},
    )
    doc.edge(before, task.id, **edge)
    if not task.is_caught:
        return task.id, [(task.id, "out")]
    handler = doc.node(f"{task.id}h", "task", taskDefinitionId="plain", parameters=parameters)
    merge = doc.node(f"{task.id}m", "decision")
    doc.edge(task.id, handler, trigger="error")
    doc.edge(task.id, merge)
    doc.edge(handler, merge)
    return merge, []


def _rest(doc: Document, rest: Rest, before: str, edge: dict[str, Any]) -> str:
    if rest.seconds is None:
        doc.node(rest.id, "signal", parameters={"signalName": f"go-{rest.id}"})
    else:
        doc.node(rest.id, "timer", parameters={"durationSeconds": rest.seconds})
    doc.edge(before, rest.id, **edge)
    return rest.id


def _par(
    doc: Document,
    par: Par,
    before: str,
    sources: list[Source],
    edge: dict[str, Any],
    *,
    in_body: bool,
) -> Emitted:
    doc.node(par.id, "fork")
    doc.edge(before, par.id, **edge)
    join = doc.node(f"{par.id}j", "join")
    found: list[Source] = []
    for branch in par.branches:
        last, own = _emit(doc, branch, par.id, sources, in_body=in_body)
        doc.edge(last, join)
        found += [source for source in own if source not in found]
    return join, found


def _choice(
    doc: Document,
    choice: Choice,
    before: str,
    sources: list[Source],
    edge: dict[str, Any],
    *,
    in_body: bool,
) -> Emitted:
    doc.node(choice.id, "decision")
    doc.edge(before, choice.id, **edge)
    merge = doc.node(f"{choice.id}m", "decision")
    condition = {"condition": f"n > {choice.bound}"}
    high, _ = _emit(doc, choice.high, choice.id, sources, in_body=in_body, **condition)
    doc.edge(high, merge)
    low, _ = _emit(doc, choice.low, choice.id, sources, in_body=in_body)
    doc.edge(low, merge)
    return merge, []


def _loop(
    doc: Document, loop: Loop, before: str, sources: list[Source], edge: dict[str, Any]
) -> Emitted:
    """A counting task, the body, and the way back."""
    counter = f"count_{loop.id}"
    doc.variables.append({"name": counter, "type": "integer", "defaultValue": 0})
    count = doc.node(
        f"{loop.id}n",
        "task",
        taskDefinitionId="plain",
        outputMappings=[
            {
                "outputName": "count",
                "valueExpression": f"{counter} + 1",
                "targetVariable": counter,
            }
        ],
    )
    doc.edge(before, count, **edge)
    last, _ = _emit(doc, loop.body, count, sources, in_body=False)
    again = doc.node(loop.id, "decision")
    doc.edge(last, again)
    doc.edge(again, count, condition=f"{counter} < {loop.times}")
    out = doc.node(f"{loop.id}m", "decision")
    doc.edge(again, out)
    return out, []


def _each(
    doc: Document, each: Each, before: str, sources: list[Source], edge: dict[str, Any]
) -> Emitted:
    join = f"{each.id}j"
    parameters: dict[str, Any] = {"forEach": str(list(each.items)), "joinNodeId": join}
    if each.concurrency_max is not None:
        parameters["maxConcurrency"] = each.concurrency_max
    doc.node(each.id, "fork", parameters=parameters)
    doc.edge(before, each.id, **edge)
    last, _ = _emit(doc, each.body, each.id, sources, in_body=True)
    doc.node(join, "join")
    doc.edge(last, join)
    return join, [(join, "items")]


def _sub(doc: Document, sub: Sub, before: str, edge: dict[str, Any]) -> Emitted:
    parameters: dict[str, Any] = {"sequenceId": CHILD, "variables": {"n": "${n}"}}
    if sub.items is not None:
        parameters |= {"forEach": str(list(sub.items)), "variables": {"n": "${item}"}}
    doc.node(sub.id, "subprocess", parameters=parameters)
    doc.edge(before, sub.id, **edge)
    return sub.id, [(sub.id, "items" if sub.items is not None else "r0")]


def _locked(
    doc: Document,
    locked: Locked,
    before: str,
    sources: list[Source],
    edge: dict[str, Any],
    *,
    in_body: bool,
) -> Emitted:
    doc.node(locked.id, "decision", acquire={"lock": 1})
    doc.edge(before, locked.id, **edge)
    last, found = _emit(doc, locked.body, locked.id, sources, in_body=in_body)
    out = doc.node(f"{locked.id}m", "decision", release={"lock": 1})
    doc.edge(last, out)
    return out, found
