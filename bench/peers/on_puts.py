"""The raw floor: one conditional put per task and per start in moto's DynamoDB, nothing else."""

from bench.peers.turns import play
from bench.shapes import floor_seconds
from seriatim.local.service import LocalService


def main() -> None:
    """Put items one after the other."""
    with LocalService() as service:

        def run(_shape: str, executions: int, tasks: int) -> None:
            floor_seconds(service, executions * (tasks + 1))

        play(run)


if __name__ == "__main__":
    main()
