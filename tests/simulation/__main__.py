"""``python -m tests.simulation SEED``: play one seed again, with its trace."""

import sys
import traceback

from tests.simulation.test_seeds import ALL_KINDS


def main() -> int:
    kind, _, number = sys.argv[1].rpartition(":")  # "blocks:17", "wild:3"
    scenario = ALL_KINDS[kind or "blocks"](number)
    try:
        scenario.run()
    except BaseException:  # noqa: BLE001 - whatever it is, the trace comes first
        sys.stdout.write("\n".join(scenario.universe.trace) + "\n")
        traceback.print_exc()
        return 1
    sys.stdout.write("\n".join(scenario.universe.trace[-20:]) + "\n")
    sys.stdout.write(f"{dict(scenario.universe.faults.counts)}\n")
    return 0


sys.exit(main())
