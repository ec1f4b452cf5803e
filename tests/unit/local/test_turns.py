"""A lock by turns: the next project is served next, whoever came first."""

import threading
from collections.abc import Callable

from seriatim.local.turns import Turns


class Line:
    """Threads that wait for a turn, in a known order."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.served: list[str] = []
        self._threads: list[threading.Thread] = []

    def wait(self, group: str, name: str) -> None:
        """Have one more wait; returns when it does."""
        before = self._waiting()

        def take() -> None:
            with self.turns.turn(group):
                self.served.append(name)

        thread = threading.Thread(target=take)
        thread.start()
        self._threads.append(thread)
        until(lambda: self._waiting() > before)

    def end(self) -> None:
        """Wait until all were served."""
        for thread in self._threads:
            thread.join(10)
            assert not thread.is_alive()

    def _waiting(self) -> int:
        return sum(len(each) for each in self.turns._waiting.values())


def until(is_so: Callable[[], bool]) -> None:
    for _ in range(1_000_000):
        if is_so():
            return
    raise AssertionError("never so")


def test_one_of_another_project_waits_for_one_call_only() -> None:
    line = Line()
    with line.turns.turn("busy"):
        for number in range(5):
            line.wait("busy", f"busy {number}")
        line.wait("quiet", "quiet")
    line.end()
    assert line.served.index("quiet") == 1
    assert [name for name in line.served if name != "quiet"] == [f"busy {n}" for n in range(5)]


def test_groups_take_turns() -> None:
    line = Line()
    with line.turns.turn("x"):
        for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
            line.wait(name[0], name)
    line.end()
    assert line.served == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_who_holds_it_may_take_it_again_and_an_error_gives_it_back() -> None:
    turns = Turns()
    try:
        with turns.turn("a"), turns.turn("b"):
            raise ValueError
    except ValueError:
        pass
    line = Line()
    line.turns = turns
    with turns.turn("a"):
        line.wait("a", "next")
    line.end()
    assert line.served == ["next"]


def test_no_two_threads_have_it_at_once() -> None:
    turns, inside, seen = Turns(), [0], [0]

    def work(group: str) -> None:
        for _ in range(200):
            with turns.turn(group):
                inside[0] += 1
                assert inside[0] == 1
                seen[0] += 1
                inside[0] -= 1

    threads = [threading.Thread(target=work, args=(f"g{n % 3}",)) for n in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen[0] == 9 * 200
