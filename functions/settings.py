"""What a function is told by its environment, as one typed value; never read at import."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

ARN = "an ARN, such as arn:aws:sqs:eu-west-1:123456789012:work"
URL = "a URL, such as https://sqs.eu-west-1.amazonaws.com/123456789012/work"
SWITCH = "true or false"


class SettingsError(ValueError):
    """The environment lacks a variable or has a wrong one; the message names all of them."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One field per variable; the variable's name is the field's, in capitals."""

    log_table: str
    records_table: str
    payload_bucket: str
    work_queue_url: str
    work_queue_arn: str
    timer_dlq_arn: str
    schedule_group: str
    scheduler_role_arn: str
    task_token_secret_id: str
    event_bus: str
    starts_queue_url: str
    starts_queue_arn: str
    starts_dlq_url: str
    starts_dlq_arn: str
    trigger_group: str
    trigger_role_arn: str
    """What the schedules of triggers run under: it may send to the queue of starts."""
    projects_claim: str = "seriatim:projects"
    """The claim of a token that names the projects it is good for; ``*`` stands for all."""
    scope_prefix: str = ""
    """With one, a token needs ``<prefix>read``, ``write``, ``operate`` or ``callbacks`` as well."""
    anonymous_allowed: bool = False
    """Whether a call without an identity may do everything; only ``seriatim dev`` sets it."""
    node_events: bool = False
    """Whether the bus is told of changes of node runs, too."""
    task_modules: tuple[str, ...] = ()
    """Modules that register ``python`` tasks, separated by commas."""
    http_function: str = ""
    """The function that sends the requests of ``http`` tasks; without one, they are sent here."""
    task_secrets_prefix: str = "seriatim/tasks/"
    """What the names of secrets for tasks begin with; the project's folder follows."""
    http_loopback_allowed: bool = False
    """Whether ``http`` tasks may reach this machine; only ``seriatim dev`` sets it."""


def load(environment: Mapping[str, str]) -> Settings:
    """The settings of this environment. Raises ``SettingsError``, naming all that is wrong."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in msgspec.structs.fields(Settings):
        variable = field.name.upper()
        text = environment.get(variable, "").strip()
        if not text:
            if field.required:
                problems.append(f"{variable} is not set")
            continue
        try:
            values[field.name] = READERS.get(field.name, _text)(text)
        except ValueError as error:
            problems.append(f"{variable} must be {error}, not {text!r}")
    if problems:
        raise SettingsError("Environment: " + "; ".join(problems) + ".")
    return Settings(**values)


def _text(text: str) -> str:
    return text


def _arn(text: str) -> str:
    if text.count(":") < 5 or not text.startswith("arn:"):
        raise ValueError(ARN)
    return text


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError(URL)
    return text


def _switch(text: str) -> bool:
    match text.lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case _:
            raise ValueError(SWITCH)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


READERS: dict[str, Callable[[str], Any]] = {
    "work_queue_url": _url,
    "work_queue_arn": _arn,
    "timer_dlq_arn": _arn,
    "starts_queue_url": _url,
    "starts_queue_arn": _arn,
    "starts_dlq_url": _url,
    "starts_dlq_arn": _arn,
    "trigger_role_arn": _arn,
    "scheduler_role_arn": _arn,
    "node_events": _switch,
    "task_modules": _names,
    "anonymous_allowed": _switch,
    "http_loopback_allowed": _switch,
}
