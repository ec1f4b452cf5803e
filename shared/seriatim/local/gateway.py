"""An HTTP API on loopback: requests become API Gateway events (payload 2.0) for a Lambda handler.

The server is waitress: a pure-Python WSGI server with a parser of its own that answers bad requests
instead of dying of them, a bounded pool of threads, keep-alive, and the request's target as it was
sent (the standard library's server calls itself unfit for more than trying out; werkzeug's too).
"""

import base64
import errno
import ipaddress
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from wsgiref.types import StartResponse, WSGIEnvironment

from waitress.server import create_server

from seriatim.domain.limits import UPLOAD_BYTES_MAX
from seriatim.local import uploads
from seriatim.local.activity import Activity
from seriatim.local.clock import WaitableClock
from seriatim.local.event_source import Handler
from seriatim.local.lambda_context import ACCOUNT_ID, LambdaContext
from seriatim.local.unreadable import channel_answering
from seriatim.local.uploads import LocalUploads
from seriatim.ports.errors import NotFound

HOST = "127.0.0.1"
BODY_BYTES_MAX = 10 * 1024 * 1024
"""What API Gateway takes. The function takes less, and says so itself."""
BODY_BYTES_READ_MAX = 20 * BODY_BYTES_MAX
"""Past this a connection is cut; up to it a client gets a proper answer."""
THREADS = 32
"""Calls at once; a long poll takes one for as long as it waits."""
CONNECTIONS_MAX = 1_000
STOP_SECONDS = 2
PHRASES = {status.value: status.phrase for status in HTTPStatus}

HttpAnswer = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and body."""

log = logging.getLogger("seriatim.local")


class PortInUse(Exception):
    """Something else listens on the port; the message says what to do."""


class Gateway:
    """Serves ``handler``. ``listen``, which makes ``url`` known, then ``start``, then ``stop``."""

    def __init__(
        self,
        handler: Callable[[], Handler],
        *,
        clock: WaitableClock,
        activity: Activity,
        function_name: str,
        timeout_seconds: int,
        uploads: Callable[[], LocalUploads | None] = lambda: None,
    ) -> None:
        """``handler`` is called at the first request: importing an API takes its time.
        ``uploads`` gives what takes uploads, if that is not S3.
        """
        self._handler = handler
        self._clock = clock
        self._activity = activity
        self._function_name = function_name
        self._timeout_seconds = timeout_seconds
        self._uploads = uploads
        self._listening: socket.socket | None = None
        self._server: Any = None
        self._thread: threading.Thread | None = None
        self.url = ""

    def listen(self, port: int) -> None:
        """Take the port (0: any free one). Who connects has to wait for the start.

        Raises:
            PortInUse: something else listens on it.
        """
        self._listening = _listen(port)
        self.url = f"http://{HOST}:{self._listening.getsockname()[1]}"

    def start(self) -> None:
        """Begin to answer."""
        assert self._listening is not None, "listen first"
        # It warns whenever a request waits for a thread, and when a call outlasts the stop.
        logging.getLogger("waitress").setLevel(logging.ERROR)
        self._server = create_server(
            self.answer,
            sockets=[self._listening],
            threads=THREADS,
            ident="seriatim",
            connection_limit=CONNECTIONS_MAX,
            max_request_body_size=BODY_BYTES_READ_MAX,
            asyncore_use_poll=True,
        )
        self._server.channel_class = channel_answering(_problem)
        self._thread = threading.Thread(target=self._server.run, name="gateway", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Let calls end, for a moment, and close."""
        if self._server is None or self._thread is None:
            if self._listening is not None:
                self._listening.close()
            return
        self._server.task_dispatcher.shutdown(timeout=STOP_SECONDS)
        self._server.trigger.pull_trigger(self._close)
        self._thread.join(STOP_SECONDS)

    def _close(self) -> None:
        """In the server's own thread, whose loop ends when nothing is open any more."""
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()

    def answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The WSGI application."""
        status, headers, body = self._answer_to(environ)
        start_response(
            f"{status} {PHRASES.get(status, 'Unknown')}",
            [*headers, ("content-length", str(len(body)))],
        )
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _answer_to(self, environ: WSGIEnvironment) -> HttpAnswer:
        if _is_foreign(environ):
            return _problem(
                HTTPStatus.FORBIDDEN,
                "ForeignOrigin",
                "This service has no authentication and serves this machine alone; a page of"
                " another origin, or another host name, may not call it.",
            )
        path, _ = _target(environ["REQUEST_URI"])
        if path.startswith(uploads.PATH):
            receiver = self._uploads()
            if receiver is not None:
                return _upload(receiver, path, environ)
        if _bytes_of(environ) > BODY_BYTES_MAX:
            return _too_large(f"A body may have at most {BODY_BYTES_MAX:,} bytes.")
        run = self._activity.begin()
        try:
            with self._activity.entered(run):
                context = LambdaContext(self._function_name, self._clock, self._timeout_seconds)
                event = http_event(environ, context.aws_request_id, self._clock.now())
                return http_response(self._handler()(event, context))
        except Exception:
            # What API Gateway does when a function fails.
            log.exception("%s failed", self._function_name)
            return _problem(
                HTTPStatus.INTERNAL_SERVER_ERROR, "InternalError", "The API failed; see its log."
            )
        finally:
            self._activity.end(run)


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port), backlog=CONNECTIONS_MAX)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise PortInUse(
            f"Port {port} of {HOST} is in use. Stop what listens there, or take another port."
        ) from error


def http_event(environ: WSGIEnvironment, request_id: str, now: int) -> dict[str, Any]:
    """The event of an HTTP API. The path stays percent-encoded, as a function URL has it."""
    path, query = _target(environ["REQUEST_URI"])
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name in ("CONTENT_TYPE", "CONTENT_LENGTH")
    }
    cookies = headers.pop("cookie", "")
    body = environ["wsgi.input"].read()
    text, is_base64 = _as_text(body)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": "local",
            "domainName": headers.get("host", HOST),
            "domainPrefix": "local",
            "http": {
                "method": environ["REQUEST_METHOD"],
                "path": path,
                "protocol": environ["SERVER_PROTOCOL"],
                "sourceIp": environ.get("REMOTE_ADDR", HOST),
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": "$default",
            "stage": "$default",
            "timeEpoch": now,
        },
        "isBase64Encoded": is_base64,
    }
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if query:
        event["queryStringParameters"] = _parameters(query)
    if body:
        event["body"] = text
    return event


def http_response(answer: Mapping[str, Any] | None) -> HttpAnswer:
    """Status, headers and body of what the function answered.

    Raises:
        ValueError: it is no answer of an HTTP API.
    """
    if not answer or "statusCode" not in answer:
        raise ValueError("the function's answer has no statusCode")
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    headers = [(str(name), str(value)) for name, value in (answer.get("headers") or {}).items()]
    headers += [("set-cookie", cookie) for cookie in answer.get("cookies") or ()]
    # The server counts the body itself.
    headers = [header for header in headers if header[0].lower() != "content-length"]
    return int(answer["statusCode"]), headers, content


def _target(uri: str) -> tuple[str, str]:
    """Path and query of a request's target, both in ASCII: the server refuses other bytes."""
    if not uri.startswith("/"):
        scheme, _, rest = uri.partition("://")  # a proxy's form, with scheme and host
        uri = "/" + rest.partition("/")[2] if scheme and rest else "/"
    path, _, query = uri.partition("?")
    return path, query


def _parameters(query: str) -> dict[str, str]:
    """As API Gateway has them: decoded, the values of a repeated name joined by commas."""
    joined: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _as_text(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def _is_foreign(environ: WSGIEnvironment) -> bool:
    """Whether a browser sent this for a page from elsewhere: across origins, or by a name."""
    origin = environ.get("HTTP_ORIGIN")
    is_ours = _is_loopback("//" + environ.get("HTTP_HOST", HOST))
    return not is_ours or not (origin is None or _is_loopback(origin))


def _is_loopback(url: str) -> bool:
    try:
        host = urlsplit(url).hostname or ""
        is_name = host == "localhost" or host.endswith(".localhost")
        return is_name or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _upload(receiver: LocalUploads, path: str, environ: WSGIEnvironment) -> HttpAnswer:
    """What S3 answers to a ``PUT`` to a pre-signed URL."""
    if environ["REQUEST_METHOD"] != "PUT":
        detail = "An upload is put: PUT the document to the URL as it was given."
        status, headers, body = _problem(HTTPStatus.METHOD_NOT_ALLOWED, "MethodNotAllowed", detail)
        return status, [*headers, ("allow", "PUT")], body
    if _bytes_of(environ) > UPLOAD_BYTES_MAX:
        return _too_large(f"An upload may have at most {UPLOAD_BYTES_MAX:,} bytes.")
    try:
        receiver.receive(path, environ["wsgi.input"].read())
    except NotFound as error:
        return _problem(HTTPStatus.NOT_FOUND, "NotFound", str(error))
    return HTTPStatus.OK.value, [], b""


def _bytes_of(environ: WSGIEnvironment) -> int:
    return int(environ.get("CONTENT_LENGTH") or 0)


def _too_large(detail: str) -> HttpAnswer:
    return _problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "TooLarge", detail)


def _problem(status: HTTPStatus, code: str, detail: str) -> HttpAnswer:
    document = {
        "type": f"urn:seriatim:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
    }
    headers = [("content-type", "application/problem+json")]
    return status.value, headers, json.dumps(document).encode()
