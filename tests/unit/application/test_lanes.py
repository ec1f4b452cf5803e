"""What waits in a lane is done together, with what comes while others are waited for."""

import threading
from collections.abc import Callable

from seriatim.application.lanes import Entry, Lanes

SECONDS_MAX = 20.0


def lanes(work: list[int], gather: Callable[[str], None]) -> Lanes[str, Entry[int]]:
    """A lane's batches are told by their sizes in ``work``."""

    def done(_name: str, batch: list[Entry[int]]) -> None:
        work.append(len(batch))
        for entry in batch:
            entry.result = len(batch)

    return Lanes(done, lambda _own, waiting: list(waiting), gather)


def test_who_comes_while_others_are_gathered_is_done_with_them() -> None:
    batches: list[int] = []
    others: list[threading.Thread] = []
    entries: list[Entry[int]] = [Entry() for _ in range(3)]

    def gather(name: str) -> None:
        if others:
            return
        for entry in entries[1:]:
            others.append(threading.Thread(target=made.pass_through, args=(name, entry)))
            others[-1].start()
        while made.waiting(name) < len(entries):
            all_came.wait(0.001)

    all_came = threading.Event()
    made = lanes(batches, gather)
    made.pass_through("exec-1", entries[0])
    for other in others:
        other.join(SECONDS_MAX)
    assert batches == [3]
    assert [entry.outcome() for entry in entries] == [3, 3, 3]


def test_each_lane_gathers_for_itself() -> None:
    gathered: list[str] = []
    batches: list[int] = []
    made = lanes(batches, gathered.append)
    for name in ("exec-1", "exec-2"):
        made.pass_through(name, Entry())
    assert gathered == ["exec-1", "exec-2"]
    assert batches == [1, 1]
