"""Run every peer in turn, several rounds, and print the medians: ``make bench-peers``.

In a round each peer has a process of its own, which runs the four shapes and ends, so that no two
compute at once and whatever slows the machine down meets them all. A peer that is not to be had is
named with the reason.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.peers.roster import ENVIRONMENTS, OURS, PEERS, Peer
from bench.shapes import SHAPES

ROUNDS = 5
TURN_SECONDS_MAX = 900
SLOW_PART = 10
"""A slow peer runs the tenth part of many executions; rates are by the step all the same."""
ROOT = Path(__file__).resolve().parents[2]
VERSIONS = """
import sys
from importlib.metadata import version
print(*(f"{name} {version(name)}" for name in sys.argv[1:]), sep=", ")
"""


class NotToBeHad(Exception):
    """Why a peer cannot be measured here."""


@dataclass(frozen=True)
class Measured:
    """Rates in steps per second by peer and shape, one for each round; and what is missing."""

    rates: defaultdict[tuple[str, str], list[float]] = field(
        default_factory=lambda: defaultdict(list)
    )
    missing: dict[str, str] = field(default_factory=dict)

    def median(self, peer: str, shape: str) -> float | None:
        """None where there is no figure."""
        found = self.rates.get((peer, shape))
        return statistics.median(found) if found else None


def main() -> None:
    """Measure, and print tables in Markdown."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", nargs="*", metavar="PEER", help="names, as the table has them")
    asked = parser.parse_args()
    peers = [peer for peer in PEERS if not asked.only or peer.name in asked.only]
    measured, busy = Measured(), os.getloadavg()[0]
    try:
        for round_ in range(asked.rounds):
            for peer in peers:
                if peer.name not in measured.missing and not (peer.is_slow and round_):
                    measure(peer, measured)
                    print(f"round {round_ + 1}: {peer.name}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("interrupted: what was measured so far", file=sys.stderr)
    report(peers, measured, asked.rounds, busy)


def measure(peer: Peer, measured: Measured) -> None:
    """Add a turn's figures, or the reason why there are none."""
    try:
        lines = turn(peer)
    except NotToBeHad as reason:
        measured.missing[peer.name] = str(reason)
        return
    for line in lines:
        measured.rates[peer.name, line["shape"]].append(line["steps"] / line["seconds"])


def turn(peer: Peer) -> list[dict[str, Any]]:
    """One process of a peer: a line for each shape.

    Raises ``NotToBeHad`` if it is not installed or does not get to its end.
    """
    part = SLOW_PART if peer.is_slow else 1
    shapes = {shape.name: [-(-shape.executions // part), shape.tasks] for shape in SHAPES}
    asked = json.dumps({"shapes": shapes, "warm": not peer.is_slow})
    command = [str(_python(peer)), "-m", f"bench.peers.{peer.script}", asked]
    try:
        done = subprocess.run(  # noqa: S603 - an interpreter that we installed
            command,
            env=_environment(peer),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=TURN_SECONDS_MAX,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NotToBeHad(f"takes longer than {TURN_SECONDS_MAX} s") from None
    if done.returncode != 0:
        raise NotToBeHad((done.stderr.strip().splitlines() or ["no reason given"])[-1])
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"shape"')]


def _python(peer: Peer) -> Path:
    found = ROOT / peer.script_python(Path(sys.executable))
    if not found.exists():
        raise NotToBeHad(f"not installed: {found.relative_to(ROOT)} is missing")
    return found


def _environment(peer: Peer) -> dict[str, str]:
    environment = {**os.environ, **peer.settings, "PYTHONPATH": str(ROOT)}
    if peer.environment is None:
        environment["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(ROOT / "shared")))
    if peer.program is not None:
        found = sorted((ROOT / ENVIRONMENTS).glob(peer.program))
        if not found:
            raise NotToBeHad(f"not installed: no {peer.program} (npm ci)")
        environment["SERVER"] = str(found[0])
    # Without byte code each process would compile what it imports.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


# -- telling


def report(peers: list[Peer], measured: Measured, rounds: int, busy: float) -> None:
    """Rates with their ratio to ours, what is durable, and where and when it was."""
    names = [shape.name for shape in SHAPES]
    today = datetime.now(UTC).date()
    print(
        f"{today}: {rounds} rounds; {platform.machine()}, {os.cpu_count()} cores,"
        f" Python {platform.python_version()}, moto {version('moto')}; "
        f"load before {busy:.1f}, at the end {os.getloadavg()[0]:.1f}\n"
    )
    print("| steps/s (ratio to Seriatim) |", *(f" {name} |" for name in names), sep="")
    print("|---|", "---|" * len(names), sep="")
    for peer in peers:
        cells = (_cell(measured, peer.name, name) for name in names)
        print(f"| {peer.name} |", *(f" {cell} |" for cell in cells), sep="")
    print("\n| | what is durable when a step has ended | versions |\n|---|---|---|")
    for peer in peers:
        print(f"| {peer.name} | {peer.durable} | {_versions(peer, measured)} |")
    for name, reason in measured.missing.items():
        print(f"\n{name} is missing: {reason}")


def _cell(measured: Measured, peer: str, shape: str) -> str:
    rate, ours = measured.median(peer, shape), measured.median(OURS, shape)
    if rate is None:
        return "-"
    return f"{rate:,.0f}" + (f" ({rate / ours:.2f})" if ours and peer != OURS else "")


def _versions(peer: Peer, measured: Measured) -> str:
    if not peer.packages or peer.name in measured.missing:
        return ""
    told = subprocess.run(  # noqa: S603 - an interpreter that we installed
        [_python(peer), "-c", VERSIONS, *peer.packages], capture_output=True, text=True, check=True
    )
    server = _environment(peer).get("SERVER") if peer.program else None
    if server is None:
        return told.stdout.strip()
    server_version = subprocess.run(  # noqa: S603
        [server, "--version"], capture_output=True, text=True, check=True
    )
    return f"{told.stdout.strip()}, {server_version.stdout.strip()}"


if __name__ == "__main__":
    main()
