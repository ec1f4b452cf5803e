"""What is installed is what was looked at: every locked package by version and hash, from a
registry by name, under a licence that we may ship.

Runs offline, with ``make check``'s other rules. Known vulnerabilities need a registry of them:
``make audit`` asks it.
"""

import re
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.+!]+( ; [^\\]+)? *\\?")
HASH = re.compile(r" +--hash=sha256:[0-9a-f]{64}( \\)?")
FREE = re.compile(
    r"Apache|BSD|MIT|ISC|PSF|Python Software Foundation|MPL|Mozilla|Unlicense|Zlib|CC0|0BSD|"
    r"Public Domain",
    re.IGNORECASE,
)
SHIPPED = {
    line.partition("==")[0].lower()
    for line in (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8").splitlines()
    if "==" in line and not line.startswith(" ")
}


@pytest.mark.parametrize("lock", LOCKS, ids=[lock.name for lock in LOCKS])
def test_every_locked_package_has_a_version_and_hashes(lock: Path) -> None:
    lines = [
        line
        for line in lock.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    wrong = [line for line in lines if not (REQUIREMENT.fullmatch(line) or HASH.fullmatch(line))]
    assert wrong == [], "no address, no option, nothing without a version"
    for place, line in enumerate(lines):
        if REQUIREMENT.fullmatch(line):
            assert HASH.fullmatch(lines[place + 1]), f"{line} has no hash"


def test_what_is_shipped_is_locked_alike_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for name in ("runtime.txt", "dev.txt", "infra.txt"):
        for line in (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines():
            if "==" in line and not line.startswith(" "):
                package, _, version = line.split(";")[0].strip(" \\").partition("==")
                if package.lower() in SHIPPED:
                    pins.setdefault(package.lower(), set()).add(version.strip())
    assert {name: found for name, found in pins.items() if len(found) > 1} == {}


def test_what_is_shipped_may_be_shipped() -> None:
    unclear = {}
    for found in distributions():
        name = str(found.metadata["Name"]).lower()
        if name not in SHIPPED:
            continue
        facts = found.metadata.json
        said = [str(facts.get(each, "")) for each in ("license_expression", "license")]
        said += facts.get("classifier", [])
        if not FREE.search(" ".join(one for one in said if "Programming Language" not in one)):
            unclear[name] = said
    assert unclear == {}


def test_the_lock_is_installed_by_its_hashes() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    installs = [
        line for line in makefile.splitlines() if "--requirement" in line and "compile" not in line
    ]
    assert installs
    assert all("--require-hashes" in line for line in installs)
