"""The ``http`` integration: one HTTP request, whose 2xx answer completes the task or, with
``callback``, hands it out.
"""

import base64
import codecs
import http.client
import ssl
from collections.abc import Mapping
from email.message import Message
from typing import Any, Final
from urllib.parse import quote

from seriatim.domain.errors import PAYLOAD_TOO_LARGE, TIMEOUT
from seriatim.ports.clock import Clock
from seriatim.ports.tasks import Completed, Failed, HandedOut, TaskOutcome, TaskRequest
from seriatim.tasks.addresses import AddressNotAllowed, Resolve, system_addresses
from seriatim.tasks.bounded import TimeIsUp, call_within
from seriatim.tasks.failures import failed
from seriatim.tasks.http_connection import (
    Answer,
    AnswerTooLarge,
    Exchange,
    PlainRefused,
    RedirectRefused,
)
from seriatim.tasks.http_credentials import (
    Credential,
    NoSecrets,
    Secrets,
    credential,
)
from seriatim.tasks.http_request import (
    INVALID_REQUEST,
    BodyTooLarge,
    InvalidRequest,
    Request,
    prepare,
)
from seriatim.tasks.results import NotJson, completed, decoded, json_copy

SECONDS_DEFAULT: Final = 30.0
"""For the whole exchange, where the attempt has no time-out of its own."""
ERROR_BODY_BYTES_MAX: Final = 8 * 1024
"""How much of an error's answer is kept."""
RETRYABLE_STATUSES: Final = frozenset({408, 429})
CHARSETS: Final = frozenset(
    {
        "ascii", "big5", "cp1250", "cp1251", "cp1252", "cp932", "euc_jp", "euc_kr", "gb18030",
        "gb2312", "gbk", "iso2022_jp", "iso8859-1", "iso8859-15", "iso8859-2", "koi8-r",
        "shift_jis", "utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-8", "utf-8-sig",
    }
)  # fmt: skip
"""Of texts. Python knows more, some of which take quadratic time or decode no text."""

ADDRESS_NOT_ALLOWED: Final = "Http.AddressNotAllowed"
INSECURE_URL: Final = "Http.InsecureUrl"
REDIRECT_REFUSED: Final = "Http.RedirectRefused"
ANSWER_TOO_LARGE: Final = "Http.ResponseTooLarge"
CONNECTION_ERROR: Final = "Http.ConnectionError"
HTTP_TIMEOUT: Final = "Http.Timeout"


PROBLEMS: Final = (
    InvalidRequest,
    BodyTooLarge,
    PlainRefused,
    AddressNotAllowed,
    RedirectRefused,
    AnswerTooLarge,
    OSError,
    http.client.HTTPException,
)
RETRYABLE_PROBLEMS: Final = frozenset({HTTP_TIMEOUT, CONNECTION_ERROR})


class HttpTasks:
    """Sends requests to public addresses; to loopback as well where that is allowed."""

    def __init__(
        self,
        clock: Clock,
        *,
        is_loopback_allowed: bool = False,
        resolve: Resolve = system_addresses,
        tls: ssl.SSLContext | None = None,
        seconds_default: float = SECONDS_DEFAULT,
        secrets: Secrets | None = None,
    ) -> None:
        self._secrets = secrets or NoSecrets()
        self._clock = clock
        self._is_loopback_allowed = is_loopback_allowed
        self._resolve = resolve
        self._tls = tls
        self._seconds_default = seconds_default

    def run(self, request: TaskRequest, settings: Mapping[str, Any]) -> TaskOutcome:
        """Send it. 408, 429, 5xx and broken connections are retryable, other answers are not.

        Raises ``Unavailable`` where its credentials can not be read now.
        """
        found = credential(self._secrets, request.key.project_id, settings)
        return found if isinstance(found, Failed) else self.send(request, settings, found)

    def send(
        self, request: TaskRequest, settings: Mapping[str, Any], secret: Credential | None
    ) -> TaskOutcome:
        """``run``, with a credential that has been read."""
        is_callback = bool(settings.get("callback"))
        outgoing = None
        try:
            outgoing = prepare(settings, _own_headers(request, has_token=is_callback))
            # A task token is a secret, too.
            is_plain_allowed = bool(settings.get("insecure")) and not (is_callback or secret)
            answer = self._answer(outgoing, request, secret, is_plain_allowed)
        except TimeIsUp:
            return self._late(request.deadline)
        except PROBLEMS as error:
            code, message = _problem(error, outgoing)
            shown = message if secret is None else secret.blotted(message)
            return failed(code, shown, is_retryable=code in RETRYABLE_PROBLEMS)
        if not 200 <= answer.status < 300:
            return _refused(outgoing, answer, secret)
        return HandedOut() if is_callback else _result(answer, secret)

    def _answer(
        self,
        outgoing: Request,
        request: TaskRequest,
        secret: Credential | None,
        is_plain_allowed: bool,
    ) -> Answer:
        deadline = request.deadline
        sent = outgoing if secret is None else secret.put_into(outgoing)
        exchange = Exchange(
            resolve=self._resolve,
            is_loopback_allowed=self._is_loopback_allowed,
            is_plain_allowed=is_plain_allowed,
            tls=self._tls,
        )
        request.on_cancel(exchange.abort)
        answer = call_within(
            lambda: exchange.send(sent),
            clock=self._clock,
            deadline=deadline,
            seconds_max=self._seconds_default if deadline is None else None,
            when_late=exchange.abort,
        )
        return answer if secret is None else secret.blotted_out(answer)

    def _late(self, deadline: int | None) -> Failed:
        if deadline is not None:
            message = "the request took longer than timeoutSeconds"
            return failed(TIMEOUT, message, is_retryable=True)
        message = (
            f"the request took longer than {self._seconds_default:g} seconds; a node's or a task"
            " definition's timeoutSeconds allows more"
        )
        return failed(HTTP_TIMEOUT, message, is_retryable=True)


def _own_headers(request: TaskRequest, *, has_token: bool) -> dict[str, str]:
    headers = {
        "accept": "application/json, */*;q=0.5",
        "user-agent": "seriatim",
        # Ids may be of any script, a header may not.
        "idempotency-key": quote(request.idempotency_key, safe="/:@!$&'()*+,;=~-._#"),
    }
    if has_token:
        headers["seriatim-task-token"] = request.task_token
    return headers


def _problem(error: Exception, outgoing: Request | None) -> tuple[str, str]:
    """The code and message of what kept a request from being answered."""
    message = str(error)
    match error:
        case InvalidRequest():
            return INVALID_REQUEST, message
        case BodyTooLarge():
            return PAYLOAD_TOO_LARGE, message
        case PlainRefused():
            hint = "write https://, or, where nothing is secret, set 'insecure'"
            return INSECURE_URL, f"{message}; {hint}"
        case AddressNotAllowed():
            return ADDRESS_NOT_ALLOWED, message
        case RedirectRefused():
            return REDIRECT_REFUSED, message
        case AnswerTooLarge():
            return ANSWER_TOO_LARGE, message
        case _:
            code = HTTP_TIMEOUT if isinstance(error, TimeoutError) else CONNECTION_ERROR
            assert outgoing is not None, "what is not yet made is not yet sent"
            return code, f"{outgoing.method} {outgoing.url}: {message or type(error).__name__}"


def _result(answer: Answer, secret: Credential | None) -> Completed | Failed:
    result: dict[str, Any] = {"statusCode": answer.status, "headers": answer.headers}
    body, is_binary = _content(answer)
    result["body"] = body if secret is None else secret.blotted(body)
    if is_binary:
        result["isBase64Encoded"] = True
    return completed(result)


def _refused(outgoing: Request, answer: Answer, secret: Credential | None) -> Failed:
    status = answer.status
    if len(answer.body) > ERROR_BODY_BYTES_MAX:
        body, is_binary = answer.body[:ERROR_BODY_BYTES_MAX].decode("utf-8", "replace") + "…", False
    else:
        body, is_binary = _content(answer)
    shown = body if secret is None else secret.blotted(body)
    details = {"statusCode": status, "body": None if is_binary else shown}
    return failed(
        f"Http.{status}",
        f"{outgoing.method} {outgoing.url} was answered with {status}",
        details=details,
        is_retryable=status in RETRYABLE_STATUSES or status >= 500,
    )


def _content(answer: Answer) -> tuple[Any, bool]:
    """The body as JSON where it says so and is, else as text, else in base64 (then: true)."""
    if not answer.body:
        return None, False
    kind = Message()
    kind["content-type"] = answer.headers.get("content-type", "")
    subtype = kind.get_content_subtype()
    if subtype == "json" or subtype.endswith("+json"):
        try:
            return json_copy(decoded(answer.body), depth=2), False
        except NotJson:
            pass  # the request was done all the same: what came is given as text
    try:
        charset = codecs.lookup(kind.get_content_charset() or "utf-8").name
        if charset not in CHARSETS:
            raise LookupError(charset)
        return json_copy(answer.body.decode(charset)), False
    except (ValueError, LookupError):  # of a text, of its charset's name; or no JSON text
        return base64.b64encode(answer.body).decode(), True
