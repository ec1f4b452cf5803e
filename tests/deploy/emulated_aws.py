"""Starts the emulator that the deployment is tried on, and puts right there what keeps it from
enforcing policies as AWS does. Run by the emulator's own Python, with settings in the environment.
"""

from typing import Any

from ministack import app
from ministack.core import iam_actions, lambda_runtime
from ministack.services import scheduler

SWEEP_SECONDS = 0.25
"""How often schedules are looked at; with ministack's 10 s every timer would be late."""
LOG_WAIT_SECONDS = 0.005
"""How long an invocation that logs nothing is waited for, in case it does."""

resource_of = iam_actions.extract_resource_arn
came_from = app.pin_request_origin
logged_by = lambda_runtime.Worker._drain_stderr_bounded


def resource_in_full(
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, Any],
    region: str,
    account: str,
) -> str:
    """The ARN that a request is about; a schedule's with its group, and a rule's where its targets
    are changed: ministack leaves these out.
    """
    arn: str = resource_of(service, method, path, headers, body, query, region, account)
    rule = service == "events" and iam_actions._safe_json_field(body, "Rule")
    if rule:
        bus = iam_actions._safe_json_field(body, "EventBusName") or "default"
        return f"arn:aws:events:{region}:{account}:rule/{bus}/{rule}"
    if service != "scheduler":
        return arn
    given = query.get("groupName") or iam_actions._safe_json_field(body, "GroupName")
    group = given[0] if isinstance(given, list) else given
    return arn.replace(":schedule/default/", f":schedule/{group or 'default'}/")


def came_encrypted(source_ip: str, _is_encrypted: bool) -> None:
    """Our queues and bucket refuse whoever comes without TLS; loopback stands for it here."""
    came_from(source_ip, True)


def logged_soon(worker: Any, **_waits: float) -> str:
    """What an invocation wrote."""
    lines: str = logged_by(worker, first_line_wait=LOG_WAIT_SECONDS)
    return lines


scheduler._SCHEDULE_TICK_INTERVAL = SWEEP_SECONDS
iam_actions.extract_resource_arn = resource_in_full
app.pin_request_origin = came_encrypted
lambda_runtime.Worker._drain_stderr_bounded = logged_soon

if __name__ == "__main__":
    app.main()
