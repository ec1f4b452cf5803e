"""What every ``Archive`` and every ``Forgetting`` does."""

from typing import Any

import pytest

from seriatim.adapters.archive import S3Archive
from seriatim.adapters.dynamodb import keys
from seriatim.adapters.dynamodb.forgetting import DynamoDBForgetting
from seriatim.adapters.dynamodb.stream import LogStream
from seriatim.domain.events import ExecutionStatusChanged
from seriatim.domain.step import Step
from seriatim.domain.values import ExecutionKey, Status
from seriatim.ports.archive import Archive
from seriatim.ports.errors import NotFound
from seriatim.ports.forgetting import Forgetting
from seriatim.ports.log import ExecutionLog, Snapshot
from seriatim.ports.payloads import Payloads
from seriatim.ports.summaries import SearchKey, Summaries, SummaryFilter
from seriatim.ports.watches import SHARDS, Watches
from seriatim.topology import LOG, RECORDS
from tests.contract.conftest import BUCKET, Aws
from tests.contract.test_summaries import listed, summary
from tests.fakes.archive import FakeArchive
from tests.fakes.forgetting import FakeForgetting
from tests.fakes.log import FakeLog
from tests.fakes.summaries import FakeSummaries

NOW = 1_000_000


@pytest.fixture
def archive(backend: str, request: pytest.FixtureRequest) -> Archive:
    if backend == "fake":
        return FakeArchive()
    return S3Archive(request.getfixturevalue("aws").clients.s3, BUCKET)


@pytest.fixture
def forgetting(
    request: pytest.FixtureRequest, log: ExecutionLog, summaries: Summaries
) -> Forgetting:
    if isinstance(log, FakeLog) and isinstance(summaries, FakeSummaries):
        return FakeForgetting(log, summaries)
    dynamodb = request.getfixturevalue("aws").clients.dynamodb
    return DynamoDBForgetting(dynamodb, LOG.name, RECORDS.name)


def step(number: int) -> Step:
    event = ExecutionStatusChanged(status=Status.WAITING)
    return Step(
        number=number, time=number, first_event=number, writer="w", events=(event,), commands=()
    )


def written(log: ExecutionLog, project: str) -> ExecutionKey:
    """Three steps and a snapshot."""
    key = ExecutionKey(project, "exec-1")
    for number in (1, 2, 3):
        log.append(key, step(number))
    log.write_snapshot(key, Snapshot(2, b"{}"))
    return key


def test_what_was_archived_is_read(archive: Archive, project: str) -> None:
    key = ExecutionKey(project, "exec-ü")
    with pytest.raises(NotFound):
        archive.get(key)
    archive.put(key, b"one")
    archive.put(key, b"two")
    assert archive.get(key) == b"two"
    with pytest.raises(NotFound):
        archive.get(ExecutionKey(project, "exec-2"))


@pytest.mark.parametrize("execution_id", ["\ufffe", "🦊" * 128])
def test_an_id_that_no_execution_has_is_not_archived(
    archive: Archive, project: str, execution_id: str
) -> None:
    for project_id in (project, "🦊" * 128):
        with pytest.raises(NotFound):
            archive.get(ExecutionKey(project_id, execution_id))


def test_a_log_that_is_told_to_go_is_there_until_it_goes(
    log: ExecutionLog, forgetting: Forgetting, project: str
) -> None:
    key = written(log, project)
    before = (log.read(key), log.load(key))
    for _ in range(2):
        forgetting.forget_log(key, 3, NOW, 2 * NOW)
    assert (log.read(key), log.load(key)) == before


def items_of(aws: Aws, key: ExecutionKey) -> list[dict[str, Any]]:
    answer = aws.clients.dynamodb.query(
        TableName=LOG.name,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": keys.log_partition(key)}},
    )
    return list(answer["Items"])


@pytest.mark.parametrize("backend", ["aws"])
def test_every_item_has_its_time_and_the_first_one_stays(
    aws: Aws, log: ExecutionLog, forgetting: Forgetting, project: str
) -> None:
    key = written(log, project)
    forgetting.forget_log(key, 3, NOW, 5 * NOW)
    forgetting.forget_log(key, 3, 2 * NOW, 9 * NOW)
    times = {item["sk"]["S"]: int(item["expires_at"]["N"]) for item in items_of(aws, key)}
    others = {keys.step_key(1), keys.step_key(2), keys.snapshot_key(2)}
    assert times == {keys.step_key(3): 5_000, **dict.fromkeys(others, 1_000)}


@pytest.mark.parametrize("backend", ["aws"])
def test_an_item_that_is_told_to_go_is_no_news(
    aws: Aws, log: ExecutionLog, forgetting: Forgetting, payloads: Payloads, project: str
) -> None:
    key = written(log, project)
    forgetting.forget_log(key, 3, NOW, NOW)
    stream = LogStream(payloads)
    image = items_of(aws, key)[0]
    assert stream.step_of({"eventName": "MODIFY", "dynamodb": {"NewImage": image}}) is None
    assert stream.step_of({"eventName": "REMOVE", "dynamodb": {"Keys": {}}}) is None


def test_a_forgotten_execution_is_in_no_list_and_comes_back_to_none(
    summaries: Summaries, watches: Watches, forgetting: Forgetting, project: str
) -> None:
    gone = summary(
        project, 1, number=3, status=Status.SUCCEEDED, metadata={"team": "red"}, watch_at=5
    )
    other = summary(project, 2, number=3, status=Status.SUCCEEDED, metadata={"team": "red"})
    for one in (gone, other):
        summaries.put(one, ["team"])
    for _ in range(2):
        forgetting.forget_summary(gone, ["team"], NOW)
    summaries.put(gone, ["team"])
    summaries.repair(gone, ["team"])
    by_team = SummaryFilter(metadata=(("team", "red"),))
    for where in (
        SummaryFilter(),
        SummaryFilter(status=Status.SUCCEEDED),
        SummaryFilter(sequence_id=gone.sequence_id),
        by_team,
    ):
        assert listed(summaries, project, where) == [other.id]
    found = summaries.list(project, by_team, 50, None, SearchKey("team", 0))
    assert [one.id for one in found.items] == [other.id]
    assert summaries.get(project, gone.id) is None
    due = [w for shard in range(SHARDS) for w in watches.due(shard, NOW, 200, None).items]
    assert not any(one.key.project_id == project for one in due)
