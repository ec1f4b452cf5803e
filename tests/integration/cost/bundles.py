"""Files as users write them, of one sequence."""

import json
from collections.abc import Sequence
from typing import Any


def as_text(document: dict[str, Any], task_definitions: Sequence[dict[str, Any]]) -> str:
    """A bundle as JSON."""
    sequence = {"id": "one", **document}
    return json.dumps({"taskDefinitions": list(task_definitions), "sequences": [sequence]})
