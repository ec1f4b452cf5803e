"""Which adapter stands behind which port that keeps something: tables and the bucket."""
# ruff: noqa: PLC0415 - imports are inside: a function pays at cold start only for what it uses

from typing import TYPE_CHECKING

from functions.building import Building, built_once
from functions.settings import Settings

if TYPE_CHECKING:
    from seriatim.adapters.bundle_files import BundleFiles
    from seriatim.adapters.clients import Clients
    from seriatim.adapters.dynamodb.stream import LogStream
    from seriatim.ports.activities import Activities
    from seriatim.ports.archive import Archive
    from seriatim.ports.bulk_keys import BulkKeys
    from seriatim.ports.day_counts import DayCounts
    from seriatim.ports.forgetting import Forgetting
    from seriatim.ports.global_variables import GlobalVariables
    from seriatim.ports.ledgers import Ledgers
    from seriatim.ports.log import ExecutionLog
    from seriatim.ports.payloads import Payloads
    from seriatim.ports.project_settings import ProjectSettings
    from seriatim.ports.published_marks import PublishedMarks
    from seriatim.ports.sequences import Sequences
    from seriatim.ports.start_counts import StartCounts
    from seriatim.ports.summaries import Summaries
    from seriatim.ports.task_definitions import TaskDefinitions
    from seriatim.ports.templates import Templates
    from seriatim.ports.triggers import Triggers
    from seriatim.ports.uploads import Uploads
    from seriatim.ports.watches import Watches


class StoreWiring(Building):
    """The stores of one process, on the clients that all adapters share."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings

    @built_once
    def clients(self) -> "Clients":
        """The AWS clients."""
        from seriatim.adapters.clients import Clients

        return Clients()

    @built_once
    def payloads(self) -> "Payloads":
        """Big values."""
        from seriatim.adapters.s3 import S3Payloads

        return S3Payloads(self.clients.s3, self.settings.payload_bucket)

    @built_once
    def archive(self) -> "Archive":
        """Executions that are kept no longer."""
        from seriatim.adapters.archive import S3Archive

        return S3Archive(self.clients.s3, self.settings.payload_bucket)

    @built_once
    def forgetting(self) -> "Forgetting":
        """Lets retired executions go."""
        from seriatim.adapters.dynamodb.forgetting import DynamoDBForgetting

        tables = self.settings.log_table, self.settings.records_table
        return DynamoDBForgetting(self.clients.dynamodb, *tables)

    @built_once
    def log(self) -> "ExecutionLog":
        """The steps of executions."""
        from seriatim.adapters.dynamodb.log import DynamoDBLog

        return DynamoDBLog(
            self.clients.dynamodb,
            self.settings.log_table,
            self.payloads,
            self.settings.records_table,
        )

    @built_once
    def summaries(self) -> "Summaries":
        """What lists of executions are made of."""
        from seriatim.adapters.dynamodb.summaries import DynamoDBSummaries

        table = self.settings.records_table
        return DynamoDBSummaries(self.clients.dynamodb, table, self.payloads)

    @built_once
    def watches(self) -> "Watches":
        """Which executions are to be looked at: the other side of the summaries."""
        from seriatim.adapters.dynamodb.summaries import DynamoDBSummaries

        table = self.settings.records_table
        return DynamoDBSummaries(self.clients.dynamodb, table, self.payloads)

    @built_once
    def sequences(self) -> "Sequences":
        """Definitions and their revisions."""
        from seriatim.adapters.dynamodb.sequences import DynamoDBSequences

        table = self.settings.records_table
        return DynamoDBSequences(self.clients.dynamodb, table, self.payloads)

    @built_once
    def task_definitions(self) -> "TaskDefinitions":
        """Task definitions and catalogues of them."""
        from seriatim.adapters.dynamodb.task_definitions import DynamoDBTaskDefinitions

        table = self.settings.records_table
        return DynamoDBTaskDefinitions(self.clients.dynamodb, table, self.payloads)

    @built_once
    def global_variables(self) -> "GlobalVariables":
        """Variables that all executions of a project share."""
        from seriatim.adapters.dynamodb.global_variables import DynamoDBGlobalVariables

        return DynamoDBGlobalVariables(
            self.clients.dynamodb, self.settings.records_table, self.payloads
        )

    @built_once
    def bulk_keys(self) -> "BulkKeys":
        """Which bulk a caller's key stands for."""
        from seriatim.adapters.dynamodb.bulk_keys import DynamoDBBulkKeys

        return DynamoDBBulkKeys(self.clients.dynamodb, self.settings.records_table)

    @built_once
    def start_counts(self) -> "StartCounts":
        """Starts of projects, by the minute."""
        from seriatim.adapters.dynamodb.start_counts import DynamoDBStartCounts

        return DynamoDBStartCounts(self.clients.dynamodb, self.settings.records_table)

    @built_once
    def day_counts(self) -> "DayCounts":
        """Steps and timers of projects, by the day."""
        from seriatim.adapters.dynamodb.day_counts import DynamoDBDayCounts

        return DynamoDBDayCounts(self.clients.dynamodb, self.settings.records_table)

    @built_once
    def project_settings(self) -> "ProjectSettings":
        """What projects have chosen for themselves."""
        from seriatim.adapters.dynamodb.project_settings import DynamoDBProjectSettings

        return DynamoDBProjectSettings(self.clients.dynamodb, self.settings.records_table)

    @built_once
    def ledgers(self) -> "Ledgers":
        """Who holds permits, and who waits for them."""
        from seriatim.adapters.dynamodb.ledgers import DynamoDBLedgers

        table = self.settings.records_table
        return DynamoDBLedgers(self.clients.dynamodb, table, self.payloads)

    @built_once
    def templates(self) -> "Templates":
        """Sequences with parameters."""
        from seriatim.adapters.dynamodb.templates import DynamoDBTemplates

        table = self.settings.records_table
        return DynamoDBTemplates(self.clients.dynamodb, table, self.payloads)

    @built_once
    def uploads(self) -> "Uploads":
        """Documents too large for a body."""
        from seriatim.adapters.uploads import S3Uploads

        clients = self.clients
        return S3Uploads(clients.s3, clients.presigner, self.settings.payload_bucket)

    @built_once
    def published_marks(self) -> "PublishedMarks":
        """How far events have been published."""
        from seriatim.adapters.dynamodb.published_marks import DynamoDBPublishedMarks

        return DynamoDBPublishedMarks(self.clients.dynamodb, self.settings.records_table)

    @built_once
    def triggers(self) -> "Triggers":
        """What starts sequences by schedules and events."""
        from seriatim.adapters.dynamodb.triggers import DynamoDBTriggers

        table = self.settings.records_table
        return DynamoDBTriggers(self.clients.dynamodb, table, self.payloads)

    @built_once
    def bundles(self) -> "BundleFiles":
        """Bundles of definitions that came with a deployment."""
        from seriatim.adapters.bundle_files import BundleFiles

        return BundleFiles(self.clients.s3)

    @built_once
    def log_stream(self) -> "LogStream":
        """Reads what the stream of the log's table hands over."""
        from seriatim.adapters.dynamodb.stream import LogStream

        return LogStream(self.payloads)

    @built_once
    def activities(self) -> "Activities":
        """Lists of attempts that wait for outside workers."""
        from seriatim.adapters.dynamodb.activities import DynamoDBActivities

        return DynamoDBActivities(self.clients.dynamodb, self.settings.records_table)
