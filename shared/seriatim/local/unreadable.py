"""Answers to what is no HTTP, or more of it than the server reads: problems, as to all else."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

PROBLEMS: Final = {
    HTTPStatus.BAD_REQUEST: ("InvalidHttp", "This is no request of HTTP/1.1; mend it"),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("TooLarge", "The body is too large; send less"),
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: (
        "HeadersTooLarge",
        "The path and the headers are too large; send less",
    ),
    HTTPStatus.NOT_IMPLEMENTED: (
        "UnknownTransferEncoding",
        "Of transfer encodings there is 'chunked' alone; use that or none",
    ),
}
FAILED: Final = ("InternalError", "The service failed; its log says why")

Problem = Callable[[HTTPStatus, str, str], tuple[int, list[tuple[str, str]], bytes]]
"""Makes an answer of a status, a code and a detail."""


def channel_answering(problem: Problem) -> type[HTTPChannel]:
    """What the server is to read requests by, so that those that it refuses itself are answered
    by ``problem``. The connection is closed after that: where the next request begins is unknown.
    """

    class Refusal(ErrorTask):
        def execute(self) -> None:
            refused: Any = self.request.error  # type: ignore[attr-defined]
            status = HTTPStatus(refused.code)
            code, words = PROBLEMS.get(status, FAILED)
            _, headers, body = problem(status, code, f"{words}: {refused.body}.")
            self.status = f"{status.value} {status.phrase}"
            self.response_headers = headers
            self.set_close_on_finish()
            self.content_length = len(body)
            self.write(body)

    class Channel(HTTPChannel):
        error_task_class = Refusal

    return Channel
