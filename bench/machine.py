"""On what a run was measured: the line that goes with every table."""

import datetime as dt
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Final

PACKAGES: Final = ("moto", "botocore", "msgspec")
CPUINFO: Final = Path("/proc/cpuinfo")


def described() -> str:
    """The machine, the versions, the day."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    today = dt.datetime.now(dt.UTC).date()
    return (
        f"{os.cpu_count()} cores of {_processor()}, {platform.system()}, "
        f"Python {platform.python_version()}, {packages}, {today}"
    )


def _processor() -> str:
    if CPUINFO.exists():
        for line in CPUINFO.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()
