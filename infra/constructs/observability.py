"""What rings, and what is looked at when it rings."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from functions.metrics import NAMESPACE
from infra.configuration import Deployment
from infra.constructs.data import Data
from infra.constructs.messaging import Messaging
from infra.constructs.service import Service
from seriatim.topology import RECONCILER, STARTS, WORK, WORKER, Topology

PERIOD: Final = Duration.minutes(5)
AGE_SECONDS_MAX: Final = WORKER.timeout_seconds + 5 * 60
"""A message counts until it is deleted: a long task's is as old as the task."""
LATE_SECONDS_MAX: Final = 15 * 60
SLOW_MILLISECONDS: Final = 5_000
WIDTH: Final = 12


class Observability(Construct):
    """Alarms, each with what to do in its description, and one dashboard."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        deployment: Deployment,
        topology: Topology,
        data: Data,
        messaging: Messaging,
        service: Service,
    ) -> None:
        super().__init__(scope, construct_id)
        self._prefix = deployment.prefix
        self._topic = (
            sns.Topic.from_topic_arn(self, "topic", deployment.alarm_topic_arn)
            if deployment.alarm_topic_arn
            else None
        )
        self._dashboard = cloudwatch.Dashboard(
            self, "dashboard", dashboard_name=deployment.prefix, default_interval=Duration.hours(6)
        )
        self._watch_queues(topology, messaging)
        self._watch_functions(service)
        self._watch_api(service)
        self._watch_tables(data)
        self._watch_timers(messaging)
        self._watch_regularity(topology, messaging, service)

    def _watch_queues(self, topology: Topology, messaging: Messaging) -> None:
        waiting = {}
        for queue in topology.queues:
            visible = messaging.queues[queue.name].metric_approximate_number_of_messages_visible(
                period=PERIOD, statistic="Maximum"
            )
            waiting[queue.name] = visible
            if queue.dead_letter_queue is None:
                self._alarm(
                    queue.name,
                    visible,
                    1,
                    f"Messages were given up. Read one in {queue.name}, mend its cause, and "
                    "redrive.",
                )
        age = messaging.queues[WORK.name].metric_approximate_age_of_oldest_message(
            period=PERIOD, statistic="Maximum"
        )
        self._alarm(
            f"{WORK.name}-age",
            age,
            AGE_SECONDS_MAX,
            "Work waits longer than any task takes. Are workers failing, throttled, or at their "
            "maximum concurrency?",
            periods=3,
        )
        self._show("Queues", waiting, {"oldest, seconds": age})

    def _watch_functions(self, service: Service) -> None:
        for name, engine in service.functions.items():
            function = engine.function
            errors = function.metric_errors(period=PERIOD, statistic="Sum")
            throttles = function.metric_throttles(period=PERIOD, statistic="Sum")
            self._alarm(
                f"{name}-errors",
                errors,
                1,
                f"{name} crashed or ran out of time or memory; its log group says where.",
            )
            self._alarm(
                f"{name}-throttles",
                throttles,
                1,
                f"{name} was refused concurrency. Raise the account's quota, or lower "
                "worker_concurrency_max.",
                periods=3,
            )
            runs = function.metric_invocations(period=PERIOD, statistic="Sum")
            duration = function.metric_duration(period=PERIOD, statistic="p99")
            shown = {"invocations": runs, "errors": errors, "throttles": throttles}
            self._show(f"Function {name}", shown, {"p99, ms": duration})

    def _watch_api(self, service: Service) -> None:
        api = service.gateway.api
        faults = api.metric_server_error(period=PERIOD, statistic="Sum")
        latency = api.metric_latency(period=PERIOD, statistic="p99")
        self._alarm(
            "api-faults", faults, 1, "The API answered 5xx; the log of the api function says why."
        )
        self._alarm(
            "api-latency",
            latency,
            SLOW_MILLISECONDS,
            "The slowest answers of the API take seconds: look at throttles of functions and "
            "tables.",
            periods=3,
        )
        calls = api.metric_count(period=PERIOD, statistic="Sum")
        refused = api.metric_client_error(period=PERIOD, statistic="Sum")
        shown = {"calls": calls, "4xx": refused, "5xx": faults}
        self._show("API", shown, {"p99, ms": latency})

    def _watch_tables(self, data: Data) -> None:
        shown = {}
        for name, table in data.tables.items():
            for metric_name in ("ReadThrottleEvents", "WriteThrottleEvents"):
                metric = table.metric(metric_name, period=PERIOD, statistic="Sum")
                shown[f"{name} {metric_name}"] = metric
                self._alarm(
                    f"{name}-{metric_name}",
                    metric,
                    1,
                    f"Table {name} is throttled. Which partition is hot? Contributor insights, "
                    "turned on for an hour, tell.",
                    periods=3,
                )
        self._show("Tables", shown)

    def _watch_timers(self, messaging: Messaging) -> None:
        group = messaging.schedule_group
        dropped = group.metric_dropped(period=PERIOD, statistic="Sum")
        failed = group.metric_target_errors(period=PERIOD, statistic="Sum")
        rung = group.metric_attempts(period=PERIOD, statistic="Sum")
        self._alarm(
            "timers-dropped",
            dropped,
            1,
            "Scheduler gave timers up; they are in the timers' dead-letter queue.",
        )
        self._show("Timers", {"rung": rung, "failed": failed, "dropped": dropped})

    def _watch_regularity(self, topology: Topology, messaging: Messaging, service: Service) -> None:
        """What should come on time: starts, events out, and the look at executions that hang."""
        starts = messaging.queues[STARTS.name].metric_approximate_age_of_oldest_message(
            period=PERIOD, statistic="Maximum"
        )
        self._alarm(
            f"{STARTS.name}-age",
            starts,
            LATE_SECONDS_MAX,
            "Starts wait. Is the starter failing, or throttled?",
            periods=3,
        )
        shown = {"starts, seconds": starts}
        for spec in topology.functions:
            function = service.functions[spec.name].function
            if spec.stream_source is not None:
                late = function.metric("IteratorAge", period=PERIOD, statistic="Maximum")
                shown[f"{spec.name}, ms"] = late
                self._alarm(
                    f"{spec.name}-late",
                    late,
                    LATE_SECONDS_MAX * 1000,
                    f"What {spec.name} tells is late; after a day it is not told any more. Its log "
                    "says which record holds it up.",
                    periods=3,
                )
            if spec.rate_minutes is not None:
                runs = function.metric_invocations(period=PERIOD, statistic="Sum")
                self._alarm(
                    f"{spec.name}-absent",
                    runs,
                    1,
                    f"{spec.name} does not run: executions whose messages were lost stay where "
                    "they are. Is its rule disabled, or the function throttled?",
                    periods=3,
                    is_absence=True,
                )
        repairs = cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name="ReconcilerRepairs",
            dimensions_map={"FunctionName": f"{self._prefix}-{RECONCILER.name}"},
            period=PERIOD,
            statistic="Sum",
        )
        self._alarm(
            "stuck-executions",
            repairs,
            1,
            "Executions stood still and were moved on, time and again. What loses their messages? "
            "The reconciler's log names them.",
            periods=3,
        )
        self._show("Regularity", {"repairs": repairs}, shown)

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        threshold: int,
        description: str,
        periods: int = 1,
        *,
        is_absence: bool = False,
    ) -> None:
        """It rings from ``threshold`` on; with ``is_absence`` below it, and without data, too."""
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=description,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=(
                cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
                if is_absence
                else cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING
                if is_absence
                else cloudwatch.TreatMissingData.NOT_BREACHING
            ),
        )
        if self._topic is not None:
            alarm.add_alarm_action(actions.SnsAction(self._topic))
            alarm.add_ok_action(actions.SnsAction(self._topic))

    def _show(
        self,
        title: str,
        left: Mapping[str, cloudwatch.Metric],
        right: Mapping[str, cloudwatch.Metric] | None = None,
    ) -> None:
        self._dashboard.add_widgets(
            cloudwatch.GraphWidget(
                title=title,
                width=WIDTH,
                left=[metric.with_(label=label) for label, metric in left.items()],
                right=[metric.with_(label=label) for label, metric in (right or {}).items()],
            )
        )
