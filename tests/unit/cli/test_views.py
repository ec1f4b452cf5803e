"""``waiting``, ``revisions``, ``diff`` and ``move``, against the real service over HTTP."""

import json
from collections.abc import Iterator

import pytest

from seriatim.authoring.files import load_text
from seriatim.local.publishing import PROJECT, publish
from seriatim.local.service import LocalService
from tests.unit.cli.command import CommandLine, Ran
from tests.unit.cli.definitions import line, signal

FIRST = {"sequences": [line(signal("ask", "answer"), id="ask", name="Ask")]}


class Api:
    """The command line, pointed at a service."""

    def __init__(self, seriatim: CommandLine, service: LocalService) -> None:
        self._seriatim = seriatim
        self.service = service

    def __call__(self, command: str, *arguments: object) -> Ran:
        return self._seriatim(command, *arguments, "--endpoint", self.service.url)


@pytest.fixture
def api(seriatim: CommandLine) -> Iterator[Api]:
    with LocalService() as service:
        publish(service.wiring, [load_text(json.dumps(FIRST), "definitions.json")])
        yield Api(seriatim, service)


def test_an_execution_is_explained_compared_and_moved(api: Api) -> None:
    execution_id = api("start", "ask", "--json").json["id"]
    api.service.wait_idle()
    ran = api("waiting", execution_id)
    assert ran.status == 0
    assert "- Node 'ask' waits for the signal 'answer'." in ran.out
    assert f"POST /projects/default/executions/{execution_id}/signals/answer" in ran.out
    assert api("waiting", execution_id, "--json").json["items"][0]["kind"] == "signal"
    assert "waits           Node 'ask' waits for" in api("get", execution_id).out

    change = {"timeoutSeconds": 600}
    api.service.wiring.definitions.change(PROJECT, "ask", change)
    assert [row.split()[0] for row in api("revisions", "ask").out.splitlines()[1:]] == ["2", "1"]
    lines = api("diff", "ask").out.splitlines()
    assert lines[0] == "revision 1 → 2"
    assert any("/timeoutSeconds: " in line and line.endswith("→ 600") for line in lines[1:])

    dry = api("move", "ask", "--to", 2)
    assert (dry.status, f"{execution_id}  movable" in dry.out) == (0, True)
    assert "--yes moves them" in dry.out
    assert "1 moved" in api("move", "ask", "--to", 2, "--yes", "--reason", "longer").out
    assert api("get", execution_id, "--json").json["revision"] == 2


def test_what_can_not_move_is_said(api: Api) -> None:
    ran = api("move", "ask", "--to", 1, "--execution", "nothing")
    assert ran.status == 1
    assert "NotFound" in ran.out
    assert api("move", "ask", "--to", 7).status == 1
    assert api("waiting", "nothing").status == 1
