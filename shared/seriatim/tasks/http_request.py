"""What an ``http`` task's settings ask for, checked and ready to be sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import msgspec

from seriatim.domain.limits import URL_CHARACTERS_MAX

BODY_BYTES_MAX: Final = 6 * 1024 * 1024
PORTS: Final = {"http": 80, "https": 443}

INVALID_REQUEST: Final = "Http.InvalidRequest"

_METHOD: Final = re.compile(r"[A-Z]{1,32}")
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}")
_PATH_SAFE: Final = "/:@!$&'()*+,;=~-._%[]"

OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that frame a request or say where it goes; the runner sets those that are needed."""


class InvalidRequest(ValueError):
    """The settings, their places filled, make no request; the message says what to do."""


class BodyTooLarge(Exception):
    """The body is over the limit that the message names."""


@dataclass(frozen=True, slots=True)
class Url:
    """A URL taken apart once, so that what is checked is what is used."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, as sent."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """What headers meant for one server may be sent to."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        """Without the query, which may hold secrets."""
        return f"{self.scheme}://{self.authority}{self.target.partition('?')[0]}"

    def joined(self, location: str) -> "Url":
        """Where a redirect from here leads. Raises ``InvalidRequest``."""
        try:
            joined = urljoin(f"{self.scheme}://{self.authority}{self.target}", location)
        except ValueError as error:
            raise InvalidRequest(f"the URL cannot be read: {error}") from error
        return parse_url(joined)


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Names of headers are in lower case."""

    method: str
    url: Url
    headers: Mapping[str, str]
    body: bytes | None = None


def parse_url(text: str) -> Url:
    """Raises ``InvalidRequest`` for what is no http(s) URL, or leaves room for interpretation."""
    if len(text) > URL_CHARACTERS_MAX:
        raise InvalidRequest(
            f"the URL has {len(text):,} characters; {URL_CHARACTERS_MAX:,} at most"
        )
    if _CONTROL.search(text):
        raise InvalidRequest("the URL has a control character in it")
    try:
        parts = urlsplit(text)
        host, port = _host(parts), parts.port
    except ValueError as error:
        raise InvalidRequest(f"the URL cannot be read: {error}") from error
    if parts.scheme not in PORTS:
        raise InvalidRequest("the URL must begin with https:// or http://")
    if "@" in parts.netloc:
        raise InvalidRequest("the URL must not hold a user or a password; use a header")
    if _HOST.fullmatch(host) is None:
        raise InvalidRequest("the URL has no valid host")
    if port == 0:
        raise InvalidRequest("the URL has the port 0")
    target = quote(parts.path or "/", safe=_PATH_SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=_PATH_SAFE + "?")
    return Url(parts.scheme, host, PORTS[parts.scheme] if port is None else port, target)


def has_control_character(text: str) -> bool:
    """Whether a text is more, or less, than one line of a header."""
    return _CONTROL.search(text.replace("\t", " ")) is not None


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError(f"its host is no domain name ({error})") from error


def prepare(settings: Mapping[str, Any], own_headers: Mapping[str, str]) -> Request:
    """The request that ``settings`` describe. ``own_headers`` (names in lower case) are added where
    the settings do not give them. Raises ``InvalidRequest``, ``BodyTooLarge``.
    """
    method = settings["method"].upper()
    if _METHOD.fullmatch(method) is None:
        raise InvalidRequest(f"the method {method!r} is none; use GET, POST, PUT, PATCH or DELETE")
    headers = {**own_headers, **_headers(settings.get("headers") or {})}
    body = settings.get("body")
    if body is None:
        return Request(method, parse_url(settings["url"]), headers)
    if isinstance(body, str):
        content, content_type = body.encode(), "text/plain; charset=utf-8"
    else:
        content, content_type = msgspec.json.encode(body), "application/json"
    if len(content) > BODY_BYTES_MAX:
        raise BodyTooLarge(f"the body has {len(content):,} bytes; {BODY_BYTES_MAX:,} at most")
    headers.setdefault("content-type", content_type)
    return Request(method, parse_url(settings["url"]), headers, content)


def _headers(given: Any) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise InvalidRequest("the headers must be an object of names and texts")
    headers: dict[str, str] = {}
    for name, value in given.items():
        lower = name.lower()
        if _HEADER_NAME.fullmatch(name) is None:
            raise InvalidRequest(f"{name!r} is no name of a header")
        if lower in OURS:
            raise InvalidRequest(f"the header {name!r} is not for a task to set; leave it out")
        text = _header_text(name, value)
        if text is not None:
            headers[lower] = text
    return headers


def _header_text(name: str, value: Any) -> str | None:
    """A header's value as text; null leaves the header out."""
    match value:
        case None:
            return None
        case bool() | int() | float():
            return msgspec.json.encode(value).decode()
        case str():
            if has_control_character(value):
                raise InvalidRequest(f"the header {name!r} has a control character in it")
            return value.strip()
        case _:
            raise InvalidRequest(f"the header {name!r} must be a text or a number")
