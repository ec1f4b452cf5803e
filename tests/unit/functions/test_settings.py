"""Settings come from the environment, and say what is wrong with it."""

import pytest

from functions.settings import SettingsError, load

GOOD = {
    "LOG_TABLE": "log",
    "RECORDS_TABLE": "records",
    "PAYLOAD_BUCKET": "payloads",
    "WORK_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/work",
    "WORK_QUEUE_ARN": "arn:aws:sqs:eu-west-1:123456789012:work",
    "TIMER_DLQ_ARN": "arn:aws:sqs:eu-west-1:123456789012:timer-dlq",
    "SCHEDULE_GROUP": "timers",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/scheduler",
    "TASK_TOKEN_SECRET_ID": "task-token-keys",
    "EVENT_BUS": "events",
    "STARTS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/starts",
    "STARTS_QUEUE_ARN": "arn:aws:sqs:eu-west-1:123456789012:starts",
    "STARTS_DLQ_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/starts-dlq",
    "STARTS_DLQ_ARN": "arn:aws:sqs:eu-west-1:123456789012:starts-dlq",
    "TRIGGER_GROUP": "triggers",
    "TRIGGER_ROLE_ARN": "arn:aws:iam::123456789012:role/triggers",
}


def test_all_that_is_needed_is_enough() -> None:
    settings = load(GOOD)
    assert settings.log_table == "log"
    assert settings.task_modules == ()
    assert settings.http_loopback_allowed is False
    assert settings.anonymous_allowed is False


def test_what_may_be_said_is_read() -> None:
    more = {"TASK_MODULES": " shop.tasks, ./more.py ,", "HTTP_LOOPBACK_ALLOWED": "True"}
    settings = load({**GOOD, **more})
    assert settings.task_modules == ("shop.tasks", "./more.py")
    assert settings.http_loopback_allowed is True


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        load({"LOG_TABLE": "log", "RECORDS_TABLE": "  "})
    for variable in GOOD.keys() - {"LOG_TABLE"}:
        assert f"{variable} is not set" in str(caught.value)
    assert "LOG_TABLE" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("WORK_QUEUE_URL", "work"),
        ("WORK_QUEUE_ARN", "https://sqs"),
        ("SCHEDULER_ROLE_ARN", "arn:aws"),
        ("HTTP_LOOPBACK_ALLOWED", "maybe"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_wanted(variable: str, text: str) -> None:
    with pytest.raises(SettingsError, match=rf"{variable} must be .*not '{text}'"):
        load({**GOOD, variable: text})
