"""A quota of a day with everything that counts for it in place: the worker's log, its stream, the
notifier and the table.
"""

from seriatim.domain.project_choices import ProjectChoices
from seriatim.domain.tally import STEPS_UNTOLD_MAX
from seriatim.domain.times import DAY_MS
from seriatim.domain.values import Status
from seriatim.local.publishing import PROJECT
from seriatim.local.service import LocalService
from tests.integration.local import documents as d
from tests.integration.local.documents import publish_all, run


def test_an_execution_that_only_runs_tasks_is_counted_before_it_ends() -> None:
    """No step between its first and the wait changes its status; none but a tally tells of it."""
    wait = {"id": "go", "type": "signal", "parameters": {"signalName": "go"}}
    tasks = [d.task(f"echo-{number}") for number in range(STEPS_UNTOLD_MAX + 10)]
    with LocalService() as service:
        wired = service.wiring
        wired.project_settings.put(PROJECT, ProjectChoices(max_steps_per_day=1), 0)
        publish_all(wired, d.chain("c", *tasks, wait))
        state = run(service, "c")
        assert state.status is Status.WAITING
        used = wired.day_counts.read(PROJECT, state.time // DAY_MS)
    assert used.steps == STEPS_UNTOLD_MAX
