"""The resolver: Powertools' event handler, its routes known by path and method.

A resolver holds the request that it is answering, so each is used for one request at a time
(``handler`` keeps a pool). Nothing here reads or writes state that resolvers share.
"""

import inspect
import logging
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final, get_args, get_type_hints

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from functions.api import authorization
from functions.api.errors import RequestRefused, handle_errors
from functions.api.json_body import read_body
from seriatim.domain.validation.problems import ProblemCode

logging.getLogger("aws_lambda_powertools.event_handler").setLevel(logging.INFO)
"""At DEBUG it logs the bodies of calls: payloads and task tokens."""

ANY_KEY: Final = "KEY"
"""After a dot in the name of a query parameter: whatever key the caller writes there."""
PLACEHOLDER: Final = "<"
"""What a segment of a rule begins with that any text may stand for."""


class Routes(Router):
    """The routes of one module."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]


class Route:
    """A path with its methods: of each the query parameters it takes, what it says it does, and
    what a caller needs for it.
    """

    def __init__(self, rule: str) -> None:
        self._segments = rule.split("/")
        self.query_names: dict[str, frozenset[str]] = {}
        self.descriptions: dict[str, str] = {}
        self.accesses: dict[str, authorization.Access | None] = {}

    def has(self, path: str) -> bool:
        """Whether this is the route of a path."""
        segments = path.split("/")
        return len(segments) == len(self._segments) and all(
            bool(one) if rule.startswith(PLACEHOLDER) else one == rule
            for one, rule in zip(segments, self._segments, strict=True)
        )


class ApiResolver(APIGatewayHttpResolver):
    """Powertools' resolver, isolated from others in the process, that knows its own routes."""

    def __init__(self) -> None:
        self._event: APIGatewayProxyEventV2 | None = None
        self.routes: dict[str, Route] = {}
        super().__init__(enable_validation=True, json_body_deserializer=read_body)
        handle_errors(self)

    # Powertools keeps the event on a class that all resolvers share; two requests at once (locally)
    # would see each other's.
    @property
    def current_event(self) -> APIGatewayProxyEventV2:  # type: ignore[override]
        """The request that is being answered."""
        assert self._event is not None, "read while a request is being answered"
        return self._event

    def resolve(self, event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        """Answer a normalised event.

        Raises:
            RequestRefused: 404 or 405 where no route fits, 403 where its caller may not, 400 for an
                unknown query parameter.
        """
        self._event = APIGatewayProxyEventV2(dict(event), read_body)
        try:
            self._check_route(self._event)
            return super().resolve(event, context)
        finally:
            self._event = None

    def route(self, rule: str, method: Any, *args: Any, **options: Any) -> Any:
        """Register a route; see Powertools."""
        register = super().route(rule, method, *args, **options)

        def remember(function: Callable[..., Any]) -> Callable[..., Any]:
            route = self.routes.setdefault(rule, Route(rule))
            for each in [method] if isinstance(method, str) else method:
                route.query_names[each.upper()] = _query_names(function)
                route.descriptions[each.upper()] = inspect.getdoc(function) or ""
                route.accesses[each.upper()] = authorization.needed(rule, each.upper())
            registered: Callable[..., Any] = register(function)
            return registered

        return remember

    def _check_route(self, event: APIGatewayProxyEventV2) -> None:
        path, method = event.path, event.http_method.upper()
        fitting = [route for route in self.routes.values() if route.has(path)]
        allowed = {each: names for route in fitting for each, names in route.query_names.items()}
        if not allowed:
            detail = "There is nothing at this path; GET /openapi.json lists all there is."
            raise RequestRefused(HTTPStatus.NOT_FOUND, "UnknownPath", detail)
        if method not in allowed:
            names = ", ".join(sorted(allowed))
            detail = f"{method} is not for this path; it takes {names}."
            raise RequestRefused(
                HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", detail, headers={"Allow": names}
            )
        for route in fitting:
            if method in route.accesses:
                context = event.raw_event["requestContext"]
                authorization.check(path, context, route.accesses[method])
        unknown = {
            name for name in event.query_string_parameters if not _is_known(name, allowed[method])
        }
        if unknown and allowed[method]:
            known = ", ".join(sorted(allowed[method]))
            detail = f"{min(unknown)!r} is not known in the query string; known are {known}."
            raise RequestRefused(HTTPStatus.BAD_REQUEST, ProblemCode.UNKNOWN_FIELD, detail)


def _is_known(name: str, known: frozenset[str]) -> bool:
    """Whether a query parameter is one of these; ``metadata.KEY`` stands for any key."""
    family, dot, key = name.partition(".")
    return name in known or bool(key and f"{family}{dot}{ANY_KEY}" in known)


@cache
def _query_names(function: Callable[..., Any]) -> frozenset[str]:
    """The query parameters that a route's function declares (``Annotated[…, Query(alias=…)]``)."""
    hints = get_type_hints(function, include_extras=True)
    return frozenset(
        mark.alias or name
        for name, hint in hints.items()
        for mark in get_args(hint)[1:]
        if isinstance(mark, Query)
    )
