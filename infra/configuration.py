"""What differs between environments: a file each in ``infra/environments``, read as one typed
value. What is the same everywhere is ``seriatim.topology``.
"""

import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from seriatim.topology import WORKER

ENVIRONMENTS: Final = Path(__file__).parent / "environments"
SUFFIX: Final = ".toml"
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}")

LogDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365, 731, 1827, 3653]
"""Of what CloudWatch Logs offers, what people ask for."""

# A star only at the end, after the beginning of a name: one that stands for everything is refused.
_PLACE = r"[a-z0-9-]+:\d{12}"
_FUNCTION = rf"^arn:aws[a-z-]*:lambda:{_PLACE}:function:[A-Za-z0-9_-]{{3,}}\*?$"
_QUEUE = rf"^arn:aws[a-z-]*:sqs:{_PLACE}:[A-Za-z0-9_-]{{3,}}(\*|\.fifo)?$"
_BUS = rf"^arn:aws[a-z-]*:events:{_PLACE}:event-bus/[A-Za-z0-9._/-]{{3,}}\*?$"
_TOPIC = rf"^arn:aws[a-z-]*:sns:{_PLACE}:[A-Za-z0-9_-]+$"
FunctionArn = Annotated[str, StringConstraints(pattern=_FUNCTION)]
QueueArn = Annotated[str, StringConstraints(pattern=_QUEUE)]
BusArn = Annotated[str, StringConstraints(pattern=_BUS)]
TopicArn = Annotated[str, StringConstraints(pattern=_TOPIC)]
Module = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
Text = Annotated[str, StringConstraints(min_length=1)]


class ConfigurationError(ValueError):
    """An environment is not there, or its file is wrong; the message names every wrong place."""


class Choices(BaseModel):
    """Frozen; an unknown name is an error, and so is a value of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Iam(Choices):
    """Callers sign their requests; policies say who may call which path."""

    type: Literal["iam"]


class Jwt(Choices):
    """Callers bring a token of an identity provider."""

    type: Literal["jwt"]
    issuer: Annotated[str, StringConstraints(pattern=r"^https://[^\s?#]+$")]
    audience: Annotated[tuple[Text, ...], Field(min_length=1)]
    scopes: tuple[Text, ...] = ()
    """A token needs one of these, if there are any."""
    callback_scopes: tuple[Text, ...] = ()
    """One of these is enough to poll activities and to report results of tasks."""
    projects_claim: Text = "seriatim:projects"
    """The claim that names the projects a token is good for; ``*`` stands for all."""
    scope_prefix: Text | None = None
    """With one, a token also needs ``<prefix>read``, ``write``, ``operate`` or ``callbacks``."""

    @model_validator(mode="after")
    def _callbacks_are_narrower(self) -> Self:
        if self.callback_scopes and not self.scopes:
            raise ValueError("callback_scopes without scopes would keep nobody out; give scopes")
        return self


class Throttle(Choices):
    """Of all calls together; beyond it API Gateway answers 429."""

    requests_per_second: int = Field(default=200, ge=1, le=10_000)
    burst: int = Field(default=400, ge=1, le=5_000)


class Tasks(Choices):
    """Code for ``python`` tasks that goes with the functions."""

    modules: tuple[Module, ...] = ()
    directory: Path | None = None
    """What it is imported from; relative to the environment's file."""


class Targets(Choices):
    """What tasks may reach in AWS; nothing else is."""

    function_arns: tuple[FunctionArn, ...] = ()
    queue_arns: tuple[QueueArn, ...] = ()
    bus_arns: tuple[BusArn, ...] = ()


class Deployment(Choices):
    """One environment."""

    name: str
    account: Annotated[str, StringConstraints(pattern=r"^\d{12}$")] | None = None
    region: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")] | None = None
    keep_data: bool = True
    """Whether tables, payloads and keys survive the stack, and are protected from deletion."""
    point_in_time_days: int = Field(default=35, ge=1, le=35)
    customer_managed_key: bool = False
    authorizer: Iam | Jwt = Field(default=Iam(type="iam"), discriminator="type")
    throttle: Throttle = Throttle()
    worker_concurrency_max: int = Field(
        default=WORKER.event_source.max_concurrency if WORKER.event_source else 2, ge=2, le=1_000
    )
    node_events: bool = False
    """Whether the bus is told of changes of node runs, too."""
    python: Literal["3.11", "3.12", "3.13", "3.14"] = "3.14"
    snap_start: bool = False
    """Whether functions begin from a snapshot of what they have imported. It is paid for by memory,
    as long as a version is there, and by restoration.
    """
    bundled_architectures: tuple[Literal["arm64", "x86_64"], ...] = ("arm64",)
    """Whose binaries the layer carries. The functions run on arm64; an emulator may not."""
    tasks: Tasks = Tasks()
    targets: Targets = Targets()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_days: LogDays = 30
    alarm_topic_arn: TopicArn | None = None

    @property
    def prefix(self) -> str:
        """What names in the account begin with."""
        return f"seriatim-{self.name}"


def read(environment: str) -> Deployment:
    """The environment of that name (``dev``), or of that file (``path/to/own.toml``).

    Raises:
        ConfigurationError: there is none, or its file is wrong.
    """
    path = Path(environment) if environment.endswith(SUFFIX) else _file_of(environment)
    if not NAME.fullmatch(path.stem):
        raise ConfigurationError(
            f"{path.stem!r} is no name for an environment: it has up to 20 lower-case letters, "
            "digits and hyphens, and begins with a letter."
        )
    if not path.is_file():
        raise ConfigurationError(f"There is no file {path}. Known environments: {_known()}.")
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is no TOML: {error}") from error
    return parse(document, path)


def parse(document: dict[str, Any], path: Path) -> Deployment:
    """A file's content as a deployment, named after the file. Raises ``ConfigurationError``."""
    if "name" in document:
        raise ConfigurationError(f"{path}: name is the file's; remove it.")
    try:
        # By way of JSON, in which a list may be a tuple and a number still is no text.
        deployment = Deployment.model_validate_json(
            json.dumps({**document, "name": path.stem}, default=str)
        )
    except ValidationError as error:
        problems = "".join(f"\n  {_explained(problem)}" for problem in error.errors())
        raise ConfigurationError(f"{path} is wrong:{problems}") from error
    _check(deployment, path)
    directory = deployment.tasks.directory
    if directory is None:
        return deployment
    tasks = deployment.tasks.model_copy(update={"directory": (path.parent / directory).resolve()})
    return deployment.model_copy(update={"tasks": tasks})


def _check(deployment: Deployment, path: Path) -> None:
    """What no single field shows."""
    if (deployment.account is None) != (deployment.region is None):
        raise ConfigurationError(f"{path}: give account and region together, or neither.")
    if deployment.customer_managed_key and deployment.region is None:
        raise ConfigurationError(
            f"{path}: customer_managed_key needs account and region; give them."
        )
    if deployment.snap_start and deployment.python == "3.11":
        raise ConfigurationError(
            f"{path}: snap_start needs python 3.12 or newer; it is {deployment.python}."
        )
    if "arm64" not in deployment.bundled_architectures:
        raise ConfigurationError(
            f"{path}: bundled_architectures lacks arm64, which the functions run on; add it."
        )
    directory = deployment.tasks.directory
    if directory is not None and not (path.parent / directory).is_dir():
        raise ConfigurationError(
            f"{path}: tasks.directory names {directory}, and there is no such directory beside "
            "this file."
        )
    for module in deployment.tasks.modules:
        if directory is not None and not _is_module(path.parent / directory, module):
            raise ConfigurationError(
                f"{path}: tasks.modules names {module}, and {directory} has no such module."
            )


def _is_module(directory: Path, module: str) -> bool:
    place = directory.joinpath(*module.split("."))
    return place.is_dir() or place.with_suffix(".py").is_file()


def _explained(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"] if part not in {"iam", "jwt"})
    match problem["type"]:
        case "extra_forbidden":
            return f"{place}: there is no such setting; remove it, or correct its name"
        case "missing":
            return f"{place}: is missing"
        case _:
            given = json.dumps(problem["input"], default=str)
            message = problem["msg"].removeprefix("Value error, ")
            return f"{place}: {message}; it is {given}"


def _file_of(environment: str) -> Path:
    return ENVIRONMENTS / f"{environment}{SUFFIX}"


def _known() -> str:
    return ", ".join(sorted(path.stem for path in ENVIRONMENTS.glob(f"*{SUFFIX}"))) or "none"
