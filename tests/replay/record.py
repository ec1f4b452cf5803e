"""Records the histories of a release: ``python -m tests.replay.record 0.2.0``.

They go to ``histories/<release>/`` and are never edited: whatever the code becomes, it reads them.
"""

import json
import sys

from tests.replay.lives import ALL
from tests.replay.recording import HISTORIES, recorded


def main(release: str) -> None:
    """Write a file for every scenario; what has been recorded of a release is left alone."""
    folder = HISTORIES / release
    folder.mkdir(parents=True, exist_ok=True)
    for name, scenario in ALL.items():
        file = folder / f"{name}.json"
        if not file.exists():
            text = json.dumps(recorded(scenario), ensure_ascii=False, indent=1)
            file.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
