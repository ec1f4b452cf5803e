"""Copies that are restored from one snapshot (Lambda's SnapStart) begin with the same memory. What
they make must differ all the same: ids above all.
"""

import subprocess
import sys
from typing import Final

COPIES: Final = 4
PROGRAM: Final = """
import os, sys
from functions.api import handler as api
from functions.worker import handler as worker
from functions import wiring
from seriatim.adapters.ids import SortableIds

class Stopped:
    def now(self):
        return 1_790_000_000_000

ids = SortableIds(Stopped())
assert wiring._current is None, "nothing is wired before the first event"
reads = []
for _ in range(int(sys.argv[1])):  # a fork begins with its parent's memory, as a restored copy does
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, ids.new("exec").encode())
        os._exit(0)
    reads.append(reader)
    os.close(writer)
print(*(os.read(reader, 100).decode() for reader in reads))
"""


def test_restored_copies_make_different_ids_in_the_same_millisecond() -> None:
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, str(COPIES)],
        capture_output=True,
        text=True,
        check=True,
    )
    made = result.stdout.split()
    assert len(made) == len(set(made)) == COPIES
    assert len({one[:15] for one in made}) == 1, "the clock stood still: chance alone differs"
