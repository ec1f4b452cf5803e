"""Restate: its server from npm (environment variable ``SERVER``), a Python service beside it."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection

from bench.peers.turns import play

HOST = "127.0.0.1"


def main() -> None:
    """Start server and service, tell one of the other, run the shapes by the ingress."""
    node, admin, ingress, service = (_free_port() for _ in range(4))
    with tempfile.TemporaryDirectory() as directory:
        settings = {
            "RESTATE_BASE_DIR": directory,
            "RESTATE_NODE_NAME": "bench",
            "RESTATE_LOG_FILTER": "error",
            "RESTATE_BIND_ADDRESS": f"{HOST}:{node}",
            "RESTATE_ADMIN__BIND_ADDRESS": f"{HOST}:{admin}",
            "RESTATE_INGRESS__BIND_ADDRESS": f"{HOST}:{ingress}",
            "RESTATE_DISABLE_TELEMETRY": "true",
        }
        serving = [sys.executable, "-m", "hypercorn", "--bind", f"{HOST}:{service}"]
        with (
            _process([os.environ["SERVER"]], settings, admin),
            _process([*serving, "bench.peers.restate_service:app"], {}, service),
        ):
            _wait_for(ingress)
            _post(admin, "/deployments", {"uri": f"http://{HOST}:{service}"})

            def run(shape: str, executions: int, tasks: int) -> None:
                handler = "side_by_side" if shape == "fan-out" else "in_a_row"
                with ThreadPoolExecutor(executions) as pool:
                    done = pool.map(
                        lambda _: _post(ingress, f"/steps/{handler}", tasks), range(executions)
                    )
                    expected = tasks if shape == "fan-out" else tasks - 1
                    assert list(done) == [expected] * executions

            play(run)


def _post(port: int, path: str, body: object) -> object:
    connection = HTTPConnection(HOST, port, timeout=300)
    connection.request("POST", path, json.dumps(body), {"content-type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    assert response.status < 300, (response.status, answer)
    return json.loads(answer)


@contextmanager
def _process(command: list[str], settings: dict[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603 - what main starts
        command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL
    )
    try:
        _wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def _free_port() -> int:
    with socket.socket() as server:
        server.bind((HOST, 0))
        port: int = server.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
