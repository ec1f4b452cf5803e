"""Records the histories of a release: ``python -m tests.replay.record 0.2.0``.

They go to ``histories/<release>/`` and are never edited: whatever the code becomes, it reads them.
"""

import json
import sys

from tests.replay.recording import HISTORIES, recorded
from tests.replay.scenarios import SCENARIOS


def main(release: str) -> None:
    """Write a file for every scenario; a release that has been recorded is left alone."""
    folder = HISTORIES / release
    folder.mkdir(parents=True)
    for name, scenario in SCENARIOS.items():
        text = json.dumps(recorded(scenario), ensure_ascii=False, indent=1)
        (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
