"""Seriatim on the embedded default: DynamoDB, SQS and the rest by moto, in this process."""

from bench.peers.turns import play
from bench.shapes import SHAPES
from seriatim.local.service import LocalService


def main() -> None:
    """Run the shapes as ``bench.shapes`` has them; their sizes are those of every peer."""
    shapes = {shape.name: shape for shape in SHAPES}
    with LocalService() as service:

        def run(name: str, _executions: int, _tasks: int) -> None:
            shapes[name].run(service)

        play(run)


if __name__ == "__main__":
    main()
