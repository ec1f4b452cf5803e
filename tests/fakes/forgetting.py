"""``Forgetting`` in memory: it tells the other fakes."""

from collections.abc import Sequence

from seriatim.domain.values import ExecutionKey
from seriatim.ports.summaries import Summary
from tests.fakes.log import FakeLog
from tests.fakes.summaries import FakeSummaries


class FakeForgetting:
    """What expires goes when a test lets it (``FakeLog.let_go``)."""

    def __init__(self, log: FakeLog, summaries: FakeSummaries) -> None:
        self._log = log
        self._summaries = summaries

    def forget_log(self, key: ExecutionKey, last: int, at: int, last_at: int) -> None:
        self._log.expire(key, last, at, last_at)

    def forget_summary(self, summary: Summary, found_by: Sequence[str], at: int) -> None:
        self._summaries.forget(summary)
