"""The OpenAPI document, generated from the routes, and the page that shows it."""
# ruff: noqa: PLC0415 - what makes the document takes long to import, and few calls need it

import json
from importlib import resources
from typing import Any, Final

from aws_lambda_powertools.event_handler import Response, content_types

from functions.api.answers import Answer, json_answer
from functions.api.describing import SCHEMAS, problem, texts
from functions.api.resolver import ApiResolver
from functions.api.schemas.bodies import SCHEMA_MARK
from seriatim.version import VERSION

OPENAPI_VERSION: Final = "3.1.0"
POWERTOOLS_SCHEMAS: Final = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
"""What Powertools would answer to a malformed request; here that is a `Problem`."""
TOO_LARGE: Final = "413"
"""What every call with a body may answer."""
DESCRIPTION: Final = """\
Task sequences: durable, event-sourced workflows. Bodies are camelCase JSON; times are ISO 8601 in
UTC with three decimals and `Z`; ids are opaque. Errors are `application/problem+json` with a stable
`code`. Lists answer `items` and, while more is to come, a `cursor`. What is acknowledged with a 2xx
is never lost."""


def add_openapi(app: ApiResolver) -> None:
    """Add the routes that show all routes."""

    @app.get(
        "/openapi.json",
        summary="Read this document",
        operation_id="getOpenapi",
        tags=["Service"],
        responses=texts("The OpenAPI document.", content_types.APPLICATION_JSON),
    )
    def get_openapi() -> Answer:
        """Describes every call."""
        return json_answer(openapi_document(app))

    @app.get(
        "/docs",
        summary="Read this document as a page",
        operation_id="getDocs",
        tags=["Service"],
        responses=texts("The page.", content_types.TEXT_HTML),
    )
    def get_docs() -> Answer:
        """Describes every call, and makes calls from the browser."""
        return Response(200, content_types.TEXT_HTML, _page(openapi_document(app)))


def openapi_document(app: ApiResolver) -> dict[str, Any]:
    """The document of the resolver's routes."""
    from functions.api.schemas.documents import schemas

    text = app.get_openapi_json_schema(
        title="Seriatim",
        version=VERSION,
        openapi_version=OPENAPI_VERSION,
        description=DESCRIPTION,
    )
    document: dict[str, Any] = json.loads(text)
    named = document.setdefault("components", {}).setdefault("schemas", {})
    for name in POWERTOOLS_SCHEMAS:
        named.pop(name, None)
    named.update(schemas())
    for rule, route in app.routes.items():
        operations = document["paths"][rule.replace("<", "{").replace(">", "}")]
        for method, description in route.descriptions.items():
            operation = operations[method.lower()]
            operation["description"] = description
            _mend(operation)
    return document


def _mend(operation: dict[str, Any]) -> None:
    """Put our own schemas where Powertools put its, and leave out titles that say a name again."""
    for parameter in operation.get("parameters", []):
        parameter["schema"].pop("title", None)
    answers = operation["responses"]
    invalid = answers.get("422", {}).get("content", {})
    if "application/json" in invalid:
        del answers["422"]
    # What has no body has no schema of one.
    answers.get("204", {}).pop("content", None)
    if "requestBody" in operation:
        answers.setdefault(TOO_LARGE, problem(int(TOO_LARGE)))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        mark = content["schema"].get(SCHEMA_MARK)
        if mark is not None:
            content["schema"] = {"$ref": SCHEMAS + mark}
            # No body at all is an empty object.
            operation["requestBody"]["required"] = False


def _page(document: dict[str, Any]) -> str:
    """A page that needs nothing from elsewhere."""
    from aws_lambda_powertools.event_handler.openapi.swagger_ui import generate_swagger_html

    assets = resources.files("aws_lambda_powertools.event_handler.openapi.swagger_ui")
    script = (assets / "swagger-ui-bundle.min.js").read_text(encoding="utf-8")
    style = (assets / "swagger-ui.min.css").read_text(encoding="utf-8")
    # The document stands inside a script element: nothing in it may close that.
    spec = json.dumps(document).replace("</", "<\\/")
    page: str = generate_swagger_html(spec, script, style, "", None, persist_authorization=False)
    return page
