"""Inputs and results against their JSON Schemas. Nothing is ever fetched: a ``$ref`` out of the
schema itself resolves to the published meta-schemas only. How much is done is bounded
(``bounded_schemas``).
"""

from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec

from seriatim.ports.tasks import Failed
from seriatim.tasks.bounded_schemas import bounded, budget
from seriatim.tasks.failures import failed, shortened

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

VALIDATORS_KEPT: Final = 256
PROBLEMS_SHOWN_MAX: Final = 10
PROBLEM_CHARACTERS_MAX: Final = 300


def mismatch(
    schema: Mapping[str, Any] | bool | None, value: Any, *, code: str, complaint: str
) -> Failed | None:
    """Why ``value`` does not have the schema's form, led by the ``complaint``; None if it has, or
    there is no schema. The next attempt would fare the same, so it is not to be tried again.
    """
    if schema is None or schema is True:
        return None
    validator = _validator(msgspec.json.encode(schema))
    try:
        with budget():
            found = list(islice(validator.iter_errors(value), PROBLEMS_SHOWN_MAX + 1))
    except Exception as error:  # noqa: BLE001 - jsonschema raises what its parts raise
        text = f"{complaint}, which cannot be used: {type(error).__name__}: {error}"
        return failed(code, text)
    if not found:
        return None
    problems = [
        {
            "path": "".join(f"/{_pointer(step)}" for step in error.absolute_path),
            "message": shortened(error.message, PROBLEM_CHARACTERS_MAX),
        }
        for error in found[:PROBLEMS_SHOWN_MAX]
    ]
    first = problems[0]
    place = f" at {first['path']}" if first["path"] else ""
    others = f"{len(found) - 1}{' or' if len(found) > PROBLEMS_SHOWN_MAX else ''} more"
    more = f" (and {others})" if len(found) > 1 else ""
    message = f"{complaint}{place}: {first['message']}{more}"
    return failed(code, message, details={"problems": problems})


def _pointer(step: object) -> str:
    return str(step).replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=VALIDATORS_KEPT)
def _validator(schema: bytes) -> "Validator":
    # Imported here: a worker whose tasks have no schemas does not pay for it.
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from jsonschema.validators import validator_for  # noqa: PLC0415
    from jsonschema_specifications import (  # type: ignore[import-untyped] # noqa: PLC0415
        REGISTRY,
    )

    document = msgspec.json.decode(schema)
    kind = validator_for(document, default=Draft202012Validator)
    made: Validator = bounded(kind)(document, registry=REGISTRY)
    return made
