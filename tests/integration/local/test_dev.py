"""``seriatim dev``: says what it serves, serves it, and stops when told to."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from seriatim.local.dev import CannotServe, serve
from seriatim.local.publishing import LoadError, load_paths, publish
from seriatim.local.service import LocalService
from tests.integration.local import documents as d

REPOSITORY = Path(__file__).parents[3]


def write(folder: Path, name: str, *sequences: d.Document) -> Path:
    path = folder / name
    path.write_text(json.dumps({"taskDefinitions": d.TASKS, "sequences": list(sequences)}))
    return path


def test_banner_names_what_is_served_and_it_is_served(tmp_path: Path) -> None:
    write(tmp_path, "b.json", d.chain("second", d.task("echo")))
    (tmp_path / "a.yaml").write_text(json.dumps(d.chain("first", d.timer("w", 1))))
    lines: list[str] = []
    stop = threading.Event()
    answers: list[int] = []

    def say(line: str) -> None:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            url = lines[0].removeprefix("Seriatim serves http://")
            connection = http.client.HTTPConnection(url, timeout=10)
            connection.request("GET", "/projects/default/sequences/first")
            answers.append(connection.getresponse().status)
            connection.close()
            stop.set()

    serve(0, load=[tmp_path], time_scale=2, say=say, stop=stop)
    text = "\n".join(lines)
    assert answers == [200]
    assert "project    default" in text
    assert "embedded" in text
    assert "2 times as fast" in text
    assert "task       echo" in text
    assert "sequence   first 'first': active, revision 1" in text
    assert "sequence   second 'second': active, revision 1" in text


def refusal(tmp_path: Path, **arguments: object) -> str:
    with pytest.raises(CannotServe) as refused:
        serve(0, stop=threading.Event(), say=lambda _: None, **arguments)  # type: ignore[arg-type]
    return str(refused.value)


def test_what_cannot_be_served_is_said_with_what_to_do(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: x\nnodes: [\n")
    unknown = write(tmp_path, "unknown.json", d.chain("c", d.task("nowhere")))
    empty = tmp_path / "empty"
    empty.mkdir()
    assert f"{broken}:" in refusal(tmp_path, load=[broken])
    assert "cannot be read" in refusal(tmp_path, load=[tmp_path / "missing.yaml"])
    assert "nowhere" in refusal(tmp_path, load=[unknown])
    assert "no file of definitions" in refusal(tmp_path, load=[empty])
    assert "no.such.module" in refusal(tmp_path, tasks=["no.such.module"])
    assert "time scale" in refusal(tmp_path, time_scale=-1)


def test_port_in_use_is_refused_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotServe, match=f"Port {port} of .* is in use"):
            serve(port, load=[tmp_path / "missing.yaml"], stop=threading.Event())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_it_cleanly(number: signal.Signals) -> None:
    service = subprocess.Popen(
        [sys.executable, "-c", "from seriatim.local.dev import serve; serve(0)"],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'shared'}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert service.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = service.stdout.readline()
        assert line, "it ended"
        said += line
    service.send_signal(number)
    rest, errors = service.communicate(timeout=20)
    assert service.returncode == 0
    assert rest == "Stopping.\n"
    assert errors == ""


def test_sequence_that_names_an_unknown_one_is_refused_by_name(tmp_path: Path) -> None:
    missing = {"id": "call", "type": "subprocess", "parameters": {"sequenceId": "nobody"}}
    path = write(tmp_path, "b.json", d.chain("c", missing))
    with LocalService() as service, pytest.raises(LoadError, match="nobody") as refused:
        publish(service.wiring, load_paths([path]))
    assert "sequence 'c'" in str(refused.value)


def test_triggers_of_a_bundle_fire_and_their_events_are_shown(tmp_path: Path) -> None:
    bundle = {
        "taskDefinitions": d.TASKS,
        "sequences": [{**d.chain("often", d.task("echo")), "id": "often"}],
        "triggers": [{"id": "tick", "sequenceId": "often", "schedule": {"rate": "1 minute"}}],
    }
    (tmp_path / "b.json").write_text(json.dumps(bundle))
    lines: list[str] = []
    stop = threading.Event()

    def say(line: str) -> None:
        lines.append(line)
        if "Execution Status Change" in line and "succeeded" in line:
            stop.set()

    serve(0, load=[tmp_path], time_scale=1_000, is_verbose=True, say=say, stop=stop)
    assert "  trigger    tick" in lines
    assert any(line.startswith("  event      seriatim: ") for line in lines)
