"""The verbs of the API, against the real service over HTTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seriatim.authoring.files import load_text
from seriatim.local.publishing import publish
from seriatim.local.service import LocalService
from tests.unit.cli.command import CommandLine, Ran
from tests.unit.cli.definitions import definition, line, signal, task

DEFINITIONS = {
    "taskDefinitions": [definition("echo", "builtin.echo"), definition("fail", "builtin.fail")],
    "sequences": [
        line(task("say", "echo", word="hi"), id="greet", name="Greet"),
        line(signal("ask", "answer"), id="ask", name="Ask"),
        line(task("break", "fail", code="Broken", message="by design"), id="bad", name="Bad"),
    ],
}


@pytest.fixture(scope="module")
def service() -> Iterator[LocalService]:
    """A service with three sequences."""
    import json  # noqa: PLC0415

    with LocalService() as service:
        publish(service.wiring, [load_text(json.dumps(DEFINITIONS), "definitions.json")])
        yield service


class Api:
    """The command line, pointed at the service."""

    def __init__(self, seriatim: CommandLine, service: LocalService) -> None:
        self._seriatim = seriatim
        self._service = service

    def __call__(self, command: str, *arguments: object) -> Ran:
        return self._seriatim(command, *arguments, "--endpoint", self._service.url)

    def started(self, sequence: str) -> str:
        """The id of a new execution that moves no more."""
        execution_id: str = self("start", sequence, "--json").json["id"]
        self._service.wait_idle()
        return execution_id


@pytest.fixture
def api(seriatim: CommandLine, service: LocalService) -> Api:
    return Api(seriatim, service)


def test_start_answers_id_and_status(api: Api) -> None:
    ran = api("start", "greet")
    assert ran.status == 0
    assert ran.out.startswith("exec-")
    assert ran.out.rstrip().endswith("  running")


def test_a_sequence_can_be_started_by_its_name(api: Api) -> None:
    assert api("start", "Greet", "--json").json["sequenceId"] == "greet"


def test_start_with_watch_follows_to_the_end(api: Api) -> None:
    good = api("start", "greet", "--watch", "--json")
    assert (good.status, good.json["status"]) == (0, "succeeded")
    assert "  say  succeeded" in good.err
    bad = api("start", "bad", "--watch")
    assert bad.status == 1
    assert "  execution failed: Broken: by design" in bad.err


def test_a_named_start_is_safe_to_repeat(api: Api) -> None:
    options = ("--name", "n-1", "--input", '{"x": 1}', "--metadata", '{"k": "v"}', "--json")
    first, again = api("start", "ask", *options), api("start", "ask", *options)
    assert first.json["id"] == again.json["id"]
    other = api("start", "ask", "--name", "n-1", "--input", '{"x": 2}')
    assert other.status == 1
    assert "(NameTaken)" in other.err


def test_get_shows_the_execution_and_its_nodes(api: Api) -> None:
    ran = api("get", api.started("bad"))
    assert ran.status == 0
    lines = [" ".join(one.split()) for one in ran.out.splitlines()]
    assert "status failed" in lines
    assert "error Broken at break: by design" in lines
    assert any(one.startswith("break 1 failed 1 ") for one in lines)
    assert not any(one.endswith(" ") for one in ran.out.splitlines())


def test_get_says_where_the_tokens_are(api: Api) -> None:
    lines = [one.split() for one in api("get", api.started("ask")).out.splitlines()]
    assert ["currentNodeIds", '["ask"]'] in lines


def test_list_shows_executions_newest_first(api: Api) -> None:
    first, second = api.started("ask"), api.started("ask")
    ran = api("list", "--sequence", "ask", "--status", "waiting", "--limit", "2")
    rows = [one.split() for one in ran.out.splitlines()]
    assert rows[0][:3] == ["ID", "STATUS", "SEQUENCE"]
    assert [row[:3] for row in rows[1:]] == [[second, "waiting", "ask"], [first, "waiting", "ask"]]
    ids = [one["id"] for one in api("list", "--limit", "1", "--json").json["items"]]
    assert ids == [second]


def test_what_is_paused_is_shown_as_paused_until_it_has_ended(api: Api) -> None:
    def shown() -> list[str]:
        row = api("list", "--sequence", "ask", "--limit", "1").out.splitlines()[1].split()
        got = [one.split() for one in api("get", execution_id).out.splitlines()]
        return [row[1], next(one[1] for one in got if one[:1] == ["status"])]

    execution_id = api.started("ask")
    api("pause", execution_id)
    assert shown() == ["waiting,paused"] * 2
    api("cancel", execution_id)
    assert shown() == ["cancelled"] * 2


def test_list_finds_by_metadata_and_name(api: Api) -> None:
    ids = []
    for team in ("red", "blue"):
        options = ("--name", f"of {team}", "--metadata", f'{{"list.team": "{team} = 1"}}')
        ids.append(api("start", "ask", *options, "--json").json["id"])
    found = api("list", "--metadata", "list.team=red = 1", "--json").json["items"]
    assert [one["id"] for one in found] == ids[:1]
    found = api("list", "--name", "of blue", "--json").json["items"]
    assert [one["id"] for one in found] == ids[1:]


@pytest.mark.parametrize("pairs", [["team"], ["=x"], ["team=x", "team=y"]])
def test_metadata_that_is_no_pair_is_wrong_usage(api: Api, pairs: list[str]) -> None:
    ran = api("list", *(word for pair in pairs for word in ("--metadata", pair)))
    assert ran.status == 2
    assert "KEY=VALUE" in ran.err


def test_history_shows_every_event_in_order(api: Api) -> None:
    execution_id = api.started("greet")
    items = api("history", execution_id, "--json").json["items"]
    assert [item["number"] for item in items] == list(range(1, len(items) + 1))
    ran = api("history", execution_id)
    assert len(ran.out.splitlines()) == len(items)
    assert ran.out.splitlines()[0].split()[2] == "ExecutionStarted"
    assert ran.out.splitlines()[-1].split()[2] == "ExecutionEnded"
    assert len(api("history", execution_id, "--limit", "3").out.splitlines()) == 3


def test_a_signal_is_delivered(api: Api, service: LocalService) -> None:
    execution_id = api.started("ask")
    ran = api("signal", execution_id, "answer", "--payload", '{"n": 42}')
    assert ran.status == 0
    service.wait_idle()
    execution = api("get", execution_id, "--json").json
    assert execution["status"] == "succeeded"
    assert execution["nodeExecutions"]["ask"]["outputs"] == {"n": 42}


def test_a_repeated_idempotency_key_signals_once(api: Api, service: LocalService) -> None:
    execution_id = api.started("ask")
    for _ in range(2):
        assert api("signal", execution_id, "other", "--idempotency-key", "k").status == 0
    service.wait_idle()
    items = api("history", execution_id, "--json").json["items"]
    assert [item["type"] for item in items].count("SignalReceived") == 1


@pytest.mark.parametrize("key", ["a\nb", "\x7f", "é", "注文", "\udcff"])
def test_an_idempotency_key_that_is_no_header_is_wrong_usage(api: Api, key: str) -> None:
    ran = api("signal", "nowhere", "go", "--idempotency-key", key)
    assert ran.status == 2
    assert "--idempotency-key: An idempotency key is printable ASCII" in ran.err


def test_cancel_ends_an_execution_once(api: Api) -> None:
    execution_id = api.started("ask")
    first = api("cancel", execution_id, "--reason", "no longer needed")
    assert (first.status, first.out) == (0, f"{execution_id}  cancelled\n")
    assert api("get", execution_id, "--json").json["reason"] == "no longer needed"
    again = api("cancel", execution_id)
    assert again.status == 1
    assert "(ExecutionOver)" in again.err


def test_what_the_service_refuses_is_told_with_its_code(api: Api) -> None:
    ran = api("get", "exec-nowhere")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == "There is no execution 'exec-nowhere' in this project. (NotFound)\n"
    assert api("get", "has/slash").status == 1
    wrong = api("list", "--status", "sleeping")
    assert wrong.status == 1
    assert wrong.err.count("must be one of pending") == 1


def test_the_project_is_an_option(api: Api) -> None:
    assert api("list", "--project", "other", "--json").json == {"items": []}


def test_endpoint_and_project_come_from_the_environment(
    seriatim: CommandLine, service: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERIATIM_ENDPOINT", service.url)
    monkeypatch.setenv("SERIATIM_PROJECT", "other")
    assert seriatim("list", "--json").json == {"items": []}


def test_an_endpoint_that_nobody_serves_is_status_3(seriatim: CommandLine) -> None:
    ran = seriatim("list", "--endpoint", "http://127.0.0.1:1")
    assert ran.status == 3
    assert ran.err == ("The service at http://127.0.0.1:1 cannot be reached: Connection refused.\n")


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://x", "http://", "http://x:port"])
def test_an_endpoint_that_is_no_address_is_wrong_usage(
    seriatim: CommandLine, endpoint: str
) -> None:
    ran = seriatim("list", "--endpoint", endpoint)
    assert ran.status == 2
    assert "is no address such as http://127.0.0.1:8000" in ran.err


def test_dev_says_why_it_cannot_serve(seriatim: CommandLine, tmp_path: Path) -> None:
    ran = seriatim("dev", "--load", tmp_path / "missing.yaml")
    assert ran.status == 1
    assert "missing.yaml" in ran.err


def test_tasks_that_cannot_be_imported_are_wrong_usage_of_dev(seriatim: CommandLine) -> None:
    ran = seriatim("dev", "--tasks", "no.such.module")
    assert ran.status == 2
    assert "cannot import the task module 'no.such.module'" in ran.err


def test_dev_loads_each_path_that_is_given(seriatim: CommandLine, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.yaml" for name in ("one", "two", "three")]
    ran = seriatim("dev", "--load", files[0], files[1], "--load", files[2])
    assert ran.status == 1
    for file in files:
        assert file.name in ran.err


def test_dev_takes_no_path_without_load(seriatim: CommandLine) -> None:
    ran = seriatim("dev", "order.yaml")
    assert ran.status == 2
    assert "--load order.yaml" in ran.err
