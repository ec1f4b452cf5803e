"""``TriggerRules`` in memory."""

from seriatim.ports.errors import Unavailable
from seriatim.ports.trigger_rules import RuleRefused
from seriatim.ports.triggers import TriggerRecord


class FakeTriggerRules:
    """What would fire, by project and trigger. The next calls fail as a test says."""

    def __init__(self) -> None:
        self.applied: dict[tuple[str, str], TriggerRecord] = {}
        self.fail_next = 0
        self.refuses = False

    def apply(self, record: TriggerRecord) -> None:
        self._try()
        if self.refuses:
            raise RuleRefused("AWS refuses the trigger: too many rules")
        self.applied[record.project_id, record.id] = record

    def remove(self, project_id: str, trigger_id: str) -> None:
        self._try()
        self.applied.pop((project_id, trigger_id), None)

    def _try(self) -> None:
        if self.fail_next:
            self.fail_next -= 1
            raise Unavailable("not now")
