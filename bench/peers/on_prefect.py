"""Prefect with its embedded server, on SQLite."""

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 4


def main() -> None:
    """Run the shapes; settings are read at import, so this comes after they are made."""
    with tempfile.TemporaryDirectory() as directory:
        os.environ |= {
            "PREFECT_HOME": directory,
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
            "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "CRITICAL",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
        _play()


def _play() -> None:
    from prefect import flow, task  # noqa: PLC0415 - see main

    from bench.peers.turns import play  # noqa: PLC0415

    @task
    def echo(value: int) -> int:
        return value

    @flow
    def in_a_row(tasks: int) -> int:
        value = 0
        for number in range(tasks):
            value = echo(number)
        return value

    @flow
    def side_by_side(tasks: int) -> int:
        return len(echo.map(range(tasks)).result())

    def run(shape: str, executions: int, tasks: int) -> None:
        if shape == "fan-out":
            assert side_by_side(tasks) == tasks
            return
        with ThreadPoolExecutor(min(executions, AT_ONCE)) as pool:
            done = pool.map(lambda _: in_a_row(tasks), range(executions))
            assert list(done) == [tasks - 1] * executions

    play(run)


if __name__ == "__main__":
    main()
