"""What goes wrong rings, and says what to do."""

from functions.metrics import NAMESPACE, UNITS
from seriatim.topology import RECONCILER, TOPOLOGY, WORKER
from tests.infra.templates import Assembly, Resource


def alarms(assembly: Assembly) -> dict[str, Resource]:
    """By name, without the environment's prefix."""
    prefix = f"seriatim-{assembly.directory.name}-"
    return {a.name.removeprefix(prefix): a for a in assembly.all("AWS::CloudWatch::Alarm")}


def test_the_first_message_in_a_dlq_rings(each: Assembly) -> None:
    for queue in TOPOLOGY.queues:
        if queue.dead_letter_queue is None:
            alarm = alarms(each)[queue.name]
            metric = alarm.properties
            assert metric["MetricName"] == "ApproximateNumberOfMessagesVisible"
            assert metric["Dimensions"][0]["Value"].startswith(f"seriatim-{each.directory.name}-")
            assert metric["Dimensions"][0]["Value"].endswith(f"-{queue.name}.QueueName")
            assert alarm.properties["Threshold"] == alarm.properties["EvaluationPeriods"] == 1


def test_work_that_waits_rings_and_a_long_task_does_not(each: Assembly) -> None:
    alarm = alarms(each)["work-age"]
    assert alarm.properties["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert alarm.properties["Threshold"] > WORKER.timeout_seconds


def test_errors_and_throttles_of_every_function_ring(each: Assembly) -> None:
    for function in TOPOLOGY.functions:
        for metric in ("Errors", "Throttles"):
            found = alarms(each)[f"{function.name}-{metric.lower()}"].properties
            assert (found["Namespace"], found["MetricName"]) == ("AWS/Lambda", metric)


def test_faults_of_the_api_tables_and_timers_ring(each: Assembly) -> None:
    metrics = {alarm.properties["MetricName"] for alarm in alarms(each).values()}
    assert {"5xx", "WriteThrottleEvents", "InvocationDroppedCount"} <= metrics


def test_what_does_not_come_on_time_rings(each: Assembly) -> None:
    found = alarms(each)
    assert found["starts-age"].properties["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert found["notifier-late"].properties["MetricName"] == "IteratorAge"
    absent = found["reconciler-absent"].properties
    assert absent["MetricName"] == "Invocations"
    assert absent["ComparisonOperator"] == "LessThanThreshold"


def test_executions_that_stand_still_time_and_again_ring(each: Assembly) -> None:
    """The metric's name and dimension are those that the function prints."""
    metric = alarms(each)["stuck-executions"].properties
    assert metric["Namespace"] == NAMESPACE
    assert metric["MetricName"] in UNITS
    name = each.one("AWS::Lambda::Function", RECONCILER.name).name
    assert metric["Dimensions"] == [{"Name": "FunctionName", "Value": name}]


def test_an_alarm_says_what_to_do_and_is_quiet_without_data(each: Assembly) -> None:
    for name, alarm in alarms(each).items():
        assert len(alarm.properties["AlarmDescription"]) > 40
        is_absence = name == "reconciler-absent"
        expected = "breaching" if is_absence else "notBreaching"
        assert alarm.properties["TreatMissingData"] == expected


def test_alarms_go_where_the_environment_says(plain: Assembly, full: Assembly) -> None:
    topic = ["arn:aws:sns:eu-west-1:123456789012:alarms"]
    assert all(a.properties["AlarmActions"] == topic for a in alarms(full).values())
    assert not any("AlarmActions" in a.properties for a in alarms(plain).values())


def test_there_is_one_dashboard(each: Assembly) -> None:
    dashboard = each.one("AWS::CloudWatch::Dashboard").properties
    assert dashboard["DashboardName"] == f"seriatim-{each.directory.name}"
