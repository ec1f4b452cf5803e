"""The Lambda behind the HTTP API: one event in, one answer out. It has no rules."""

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from functions.api.errors import answer_to
from functions.api.incoming import normalise
from functions.api.openapi import add_openapi
from functions.api.resolver import ApiResolver
from functions.api.routes import (
    activities,
    bulk,
    control,
    executions,
    global_variables,
    health,
    moves,
    project_settings,
    resource_pools,
    revisions,
    sequences,
    task_definitions,
    task_tokens,
    templates,
    triggers,
    uploads,
    waiting,
)

RESOURCES: Final = (
    health,
    sequences,
    revisions,
    templates,
    triggers,
    task_definitions,
    global_variables,
    project_settings,
    resource_pools,
    uploads,
    executions,
    moves,
    waiting,
    bulk,
    control,
    task_tokens,
    activities,
)

_idle: deque[ApiResolver] = deque()
"""Resolvers that answer no call now: one in Lambda; locally as many as there were calls at once."""


def build() -> ApiResolver:
    """A resolver with all routes."""
    app = ApiResolver()
    for resource in RESOURCES:
        app.include_router(resource.router)
    add_openapi(app)
    return app


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer an API Gateway event (HTTP API, payload 2.0). Never raises: a fault is a 500."""
    try:
        app = _idle.pop()
    except IndexError:
        app = build()
    try:
        return app.resolve(normalise(event), context)
    except Exception as error:  # noqa: BLE001 - the outermost edge: whatever it is, it is answered
        context_of_request = event.get("requestContext") or {}
        answer = answer_to(error, context_of_request.get("requestId", "unknown"))
        return {
            "statusCode": answer.status_code,
            "headers": answer.headers,
            "body": answer.body,
            "isBase64Encoded": False,
        }
    finally:
        _idle.append(app)


_idle.append(build())
