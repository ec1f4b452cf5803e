"""What a peer's script does in its turn: run the shapes it is asked for, and print a line for each.

Only the standard library is used here: a script runs in the environment of its peer. It is asked by
one argument, JSON: ``{"shapes": {"chain": [executions, tasks]}, "warm": true}``.
"""

import json
import logging
import sys
import time
from collections.abc import Callable

Run = Callable[[str, int, int], None]
"""Shape, executions, tasks of each: starts them all, returns when the last has ended well.
A second call does everything again."""


def play(run: Run) -> None:
    """Time each shape once, after one run that does not count (a small one where not ``warm``)."""
    logging.disable(logging.WARNING)
    asked = json.loads(sys.argv[1])
    for shape, (executions, tasks) in asked["shapes"].items():
        if asked["warm"]:
            run(shape, executions, tasks)
        else:
            run(shape, min(executions, 2), 10)
        begun = time.perf_counter()
        run(shape, executions, tasks)
        seconds = time.perf_counter() - begun
        line = {"shape": shape, "seconds": seconds, "steps": executions * tasks}
        print(json.dumps(line), flush=True)
