"""What the OpenAPI document promises, held by a tool that is not ours.

Goal: for whatever the document allows, and for what it forbids, no call is the service's fault, and
each answer is as described. How: schemathesis makes calls of the document, from a fixed seed, to
the handler behind the local gateway, in this process; three calls of four are about things that are
there, so that more than 404 is seen.
"""

import zlib
from functools import cache
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import checks as c

from functions.api.handler import handler
from seriatim.local.activity import Activity
from seriatim.local.clock import LocalClock
from seriatim.local.gateway import Gateway
from tests.hostile.stage import Stage

EXAMPLES_EACH = 5
"""Of calls to one route: some 300 in all."""
CHECKS = [
    c.not_a_server_error,
    c.status_code_conformance,
    c.content_type_conformance,
    c.response_headers_conformance,
    c.response_schema_conformance,
]

gateway = Gateway(
    lambda: handler,
    clock=LocalClock(),
    activity=Activity(),
    function_name="api",
    timeout_seconds=30,
)
schema: Any = schemathesis.openapi.from_wsgi("/openapi.json", gateway.answer)


@cache
def stage() -> Stage:
    """What the calls are about."""
    made = Stage()
    assert made.ids
    return made


def known() -> dict[str, list[str]]:
    """Ids of what is there, by the name of the path's parameter."""
    ids = stage().ids
    return {
        "project_id": ["p"],
        "sequence_id": [ids["ACTIVE"], ids["DRAFT"]],
        "execution_id": [ids["EXECUTION"], ids["ENDED"]],
        "template_id": [ids["TEMPLATE"]],
        "task_definition_id": ["echo"],
        "resource_pool_id": ["db"],
        "variable_name": ["rate"],
        "node_id": ["hear", "hand"],
        "signal_name": ["go"],
        "activity_name": ["outside"],
    }


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(
    max_examples=EXAMPLES_EACH,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_the_document_says(case: Any) -> None:
    stage().service.__post_init__()
    for name, value in (case.path_parameters or {}).items():
        chosen = zlib.crc32(repr(value).encode())
        if name in known() and chosen % 4:
            case.path_parameters[name] = known()[name][chosen % len(known()[name])]
    case.call_and_validate(checks=CHECKS)
