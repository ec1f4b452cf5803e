"""Who may do what, in one place: the identity that API Gateway has verified, held against the
project that a call is about. ``resolver`` asks before any handler runs.

A token names the projects that it is good for in a claim; with a scope prefix configured, its
scopes say for what. A signed request (IAM) has passed the policies on its path, which name projects
there. A call without an identity may do nothing, but under ``seriatim dev``. What a project does
not let one see and a project that nobody has ever used are answered alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Request

from functions import wiring
from functions.api.errors import RequestRefused
from functions.settings import Settings

EVERY_PROJECT: Final = "*"
"""In the claim: whatever project there is."""
OPEN_RULES: Final = frozenset({"/health", "/openapi.json", "/docs"})
"""They show nothing of any project. API Gateway wants an identity for all but the first."""
TOKEN_RULES: Final = "/task-tokens/"  # noqa: S105 - a path
"""Their project is the one that the task token is bound to: see ``check_token``."""
PROJECT_RULES: Final = "/projects/<project_id>/"
SCOPE_CLAIMS: Final = ("scope", "scp")


class Access(StrEnum):
    """What a call does in a project."""

    READ = "read"
    """Shows what is there; stores nothing."""
    WRITE = "write"
    """Changes definitions, settings, global variables."""
    OPERATE = "operate"
    """Starts executions and moves them."""
    CALLBACKS = "callbacks"
    """Polls for attempts and reports on them."""


@dataclass(frozen=True)
class Grants:
    """What an identity may do: each of ``accesses`` in each of ``projects`` (None: in all)."""

    projects: frozenset[str] | None
    accesses: frozenset[Access] = frozenset(Access)

    def has(self, access: Access, project_id: str) -> bool:
        """Whether it may do that there."""
        is_reached = self.projects is None or project_id in self.projects
        return is_reached and access in self.accesses


NOTHING: Final = Grants(frozenset())
EVERYTHING: Final = Grants(None)


def needed(rule: str, method: str) -> Access | None:
    """What a call of a route needs in its project; None where it needs no project.

    A route that is not known here cannot be registered: nobody forgets to say who may call it.
    """
    if rule in OPEN_RULES:
        return None
    if rule.startswith(TOKEN_RULES):
        return Access.CALLBACKS
    assert rule.startswith(PROJECT_RULES), f"authorization does not say who may call {rule}"
    if rule.endswith("/poll"):
        return Access.CALLBACKS
    if method == "GET" or rule.endswith("/validate"):
        return Access.READ
    is_about_executions = "executions" in rule.split("/")
    return Access.OPERATE if is_about_executions else Access.WRITE


def check(path: str, context: Mapping[str, Any], access: Access | None) -> None:
    """Refuse a call whose identity, by its request's context, may not do that in the project of
    its (normalised) path.

    Raises:
        RequestRefused: 403, the same for every project.
    """
    if access is None:
        return
    grants = granted(context, wiring.current().settings)
    if path.startswith(TOKEN_RULES):
        # Without an access anywhere there is no need to look at the token.
        is_allowed = access in grants.accesses and grants.projects != frozenset()
    else:
        is_allowed = grants.has(access, unquote(path.split("/")[2]))
    if not is_allowed:
        raise _forbidden()


def check_token(request: Request, token: str) -> None:
    """Refuse a task token of a project that the caller may not report in. One that this service has
    not signed is left to its use case to refuse.

    Raises:
        RequestRefused: 403.
    """
    wired = wiring.current()
    try:
        claims = wired.tokens.verify(token)
    except ValueError:
        return
    grants = granted(request.resolved_event["requestContext"], wired.settings)
    if not grants.has(Access.CALLBACKS, claims.key.project_id):
        raise _forbidden()


def granted(context: Mapping[str, Any], settings: Settings) -> Grants:
    """What the identity of a request's context may do."""
    authorizer = context.get("authorizer") or {}
    jwt, iam = authorizer.get("jwt"), authorizer.get("iam")
    if jwt:
        return _granted_by_token(jwt.get("claims") or {}, settings)
    if iam:
        is_ours = iam.get("accountId") is not None and iam["accountId"] == context.get("accountId")
        return EVERYTHING if is_ours else NOTHING
    return EVERYTHING if settings.anonymous_allowed else NOTHING


def _granted_by_token(claims: Mapping[str, Any], settings: Settings) -> Grants:
    projects = _words(claims.get(settings.projects_claim))
    reached = None if EVERY_PROJECT in projects else projects
    if not settings.scope_prefix:
        return Grants(reached)
    scopes = frozenset().union(*(_words(claims.get(name)) for name in SCOPE_CLAIMS))
    accesses = {access for access in Access if settings.scope_prefix + access in scopes}
    return Grants(reached, frozenset(accesses))


def _words(claim: Any) -> frozenset[str]:
    """The values of a claim. API Gateway hands a list over as a text: ``[a b]``."""
    match claim:
        case str():
            text = claim.strip()
            is_list = text.startswith("[") and text.endswith("]")
            return frozenset((text[1:-1] if is_list else text).split())
        case list():
            return frozenset(each for each in claim if isinstance(each, str))
        case _:
            return frozenset()


def _forbidden() -> RequestRefused:
    return RequestRefused(
        HTTPStatus.FORBIDDEN,
        "Forbidden",
        "Your identity may not do this in this project. Whoever issues it can grant it.",
    )
