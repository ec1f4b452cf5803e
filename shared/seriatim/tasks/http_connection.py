"""One HTTP exchange: connects to an address that was checked, and to no other; follows redirects
only as far as they are safe. No proxy, and nothing else from the environment, is used.
"""

import contextlib
import http.client
import socket
import ssl
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from seriatim.tasks.addresses import Resolve, allowed_addresses, is_loopback
from seriatim.tasks.http_request import InvalidRequest, Request, Url

REDIRECTS_MAX: Final = 5
REDIRECT_STATUSES: Final = frozenset({301, 302, 303, 307, 308})
REDIRECTED_METHODS: Final = frozenset({"GET", "HEAD"})
"""Others would send their body, or not, to where its author did not mean it to go."""
SENT_ANYWHERE: Final = frozenset({"accept", "accept-language", "user-agent"})
"""Headers that go to another origin too; what else there is may be a credential."""

ANSWER_BYTES_MAX: Final = 6 * 1024 * 1024
CONNECT_SECONDS_MAX: Final = 10.0
SILENT_SECONDS_MAX: Final = 900.0
"""Without a byte. The bound on the whole exchange is the caller's."""
READ_BYTES: Final = 64 * 1024
GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS


class AnswerTooLarge(Exception):
    """The answer is over the limit."""


class PlainRefused(Exception):
    """What is sent could be read on the way, and the task does not say that it may."""


class RedirectRefused(Exception):
    """A redirect leads where this request must not follow; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response. Names of headers are in lower case; repeated ones are joined by commas."""

    status: int
    headers: dict[str, str]
    body: bytes


class Exchange:
    """Sends one request, and what redirects make of it. Used once, in one thread; ``abort`` may be
    called from another.
    """

    def __init__(
        self,
        *,
        resolve: Resolve,
        is_loopback_allowed: bool,
        is_plain_allowed: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """``is_plain_allowed``: http, too, reaches more than this machine."""
        self._is_plain_allowed = is_plain_allowed
        self._resolve = resolve
        self._is_loopback_allowed = is_loopback_allowed
        self._tls = tls
        self._socket: socket.socket | None = None
        self._is_aborted = False

    def send(self, request: Request) -> Answer:
        """The final answer.

        Raises:
            AddressNotAllowed: the host, or that of a redirect, is not public.
            PlainRefused, RedirectRefused, AnswerTooLarge: see there.
            OSError, http.client.HTTPException: no connection, or it broke.
        """
        redirects = 0
        while True:
            answer = self._send_once(request)
            location = answer.headers.get("location")
            if (
                answer.status not in REDIRECT_STATUSES
                or location is None
                or request.method not in REDIRECTED_METHODS
            ):
                return answer
            if redirects == REDIRECTS_MAX:
                raise RedirectRefused(f"there were more than {REDIRECTS_MAX} redirects")
            redirects += 1
            request = redirected(request, location)

    def abort(self) -> None:
        """Break the connection off; a thread that reads from it goes on with an ``OSError``."""
        self._is_aborted = True
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _send_once(self, request: Request) -> Answer:
        url = request.url
        addresses = allowed_addresses(
            url.host, url.port, self._resolve, is_loopback_allowed=self._is_loopback_allowed
        )
        if url.scheme == "http" and not (
            self._is_plain_allowed or all(is_loopback(address) for address in addresses)
        ):
            raise PlainRefused(f"{url} would be called without encryption")
        # Made before there is a connection: the first time takes longer than many a request.
        tls = (self._tls or _system_tls()) if url.scheme == "https" else None
        self._socket = self._connected(url, addresses)
        try:
            self._go_on()
            if tls is not None:
                self._secure(self._socket, url.host, tls)
                self._go_on()
            self._socket.settimeout(SILENT_SECONDS_MAX)
            return _exchanged(self._socket, request)
        finally:
            self._socket.close()

    def _go_on(self) -> None:
        """Unless it was aborted when there was no connection to break off."""
        if self._is_aborted:
            raise ConnectionAbortedError("the attempt is over")

    def _connected(self, url: Url, addresses: Sequence[str]) -> socket.socket:
        problem: OSError | None = None
        for address in addresses:
            try:
                plain = socket.create_connection((address, url.port), CONNECT_SECONDS_MAX)
            except OSError as error:
                problem = error
                continue
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return plain
        assert problem is not None
        raise problem

    def _secure(self, plain: socket.socket, host: str, tls: ssl.SSLContext) -> None:
        """The certificate must be the name's, whatever address the socket is connected to."""
        secured = tls.wrap_socket(
            plain, server_hostname=host.rstrip("."), do_handshake_on_connect=False
        )
        self._socket = secured  # already, so that `abort` reaches a handshake that goes nowhere
        secured.do_handshake()


def redirected(request: Request, location: str) -> Request:
    """The request that follows a redirect. Raises ``RedirectRefused``."""
    try:
        url = request.url.joined(location)
    except InvalidRequest as error:
        raise RedirectRefused(f"a redirect leads nowhere: {error}") from error
    if request.url.scheme == "https" and url.scheme == "http":
        raise RedirectRefused("a redirect leads from https to http")
    headers = request.headers
    if url.origin != request.url.origin:
        headers = {name: text for name, text in headers.items() if name in SENT_ANYWHERE}
    return Request(request.method, url, headers)


def _exchanged(connected: socket.socket, request: Request) -> Answer:
    connection = http.client.HTTPConnection(request.url.host, request.url.port)
    connection.sock = connected
    connection.auto_open = 0  # nor ever another connection, by name
    headers = {
        "host": request.url.authority,
        "accept-encoding": "identity",
        "connection": "close",
        **request.headers,
    }
    encoded = {name: text.encode() for name, text in headers.items()}
    connection.request(request.method, request.url.target, request.body, encoded)
    with connection.getresponse() as response:
        return Answer(response.status, _headers_of(response), _body_of(response))


def _headers_of(response: http.client.HTTPResponse) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        lower = name.lower()
        headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
    return headers


def _body_of(response: http.client.HTTPResponse) -> bytes:
    """The body, unpacked where a server packs it unasked. Never reads more than the limit.

    ``read1`` gives what has come. ``read`` trusts the size that a chunk announces: below zero, it
    takes in all that is ever sent before anything here can count it.
    """
    is_packed = response.headers.get("content-encoding", "").strip().lower() == "gzip"
    unpack = zlib.decompressobj(GZIP_WINDOW) if is_packed else None
    body, bytes_read = bytearray(), 0
    while part := response.read1(READ_BYTES):
        bytes_read += len(part)
        if unpack is not None:
            part = _unpacked(unpack, part, ANSWER_BYTES_MAX + 1 - len(body))
        body += part
        if max(len(body), bytes_read) > ANSWER_BYTES_MAX:
            raise AnswerTooLarge(f"the answer has more than {ANSWER_BYTES_MAX:,} bytes")
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    if unpack is not None and bytes_read and not unpack.eof:
        raise http.client.HTTPException("the packed body ends too early")
    return bytes(body)


def _unpacked(unpack: "zlib._Decompress", part: bytes, bytes_max: int) -> bytes:
    try:
        unpacked = unpack.decompress(part, bytes_max)
    except zlib.error as error:
        raise http.client.HTTPException(f"the body is no gzip: {error}") from error
    if unpack.unused_data:  # it would be kept, however much there is
        raise http.client.HTTPException("there is more than one packed body")
    return unpacked


@lru_cache(maxsize=1)
def _system_tls() -> ssl.SSLContext:
    return ssl.create_default_context()
