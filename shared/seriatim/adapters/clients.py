"""Low-level AWS clients: one of each per process, built at its first call (a function pays at cold
start only for those that it calls), with explicit time-outs.

botocore's session is used as it is: ``boto3`` would add resources and transfers, which nobody here
uses, to every cold start.
"""

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import botocore
import botocore.session
from botocore.config import Config

from seriatim.adapters.service_models import ServiceModels
from seriatim.version import VERSION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient

CONNECT_TIMEOUT_SECONDS = 1
ATTEMPTS_MAX = 4
CONNECTIONS_MAX = 50
"""More than the threads that share a client: nobody waits for a connection."""

USER_AGENT = f"seriatim/{VERSION} Botocore/{botocore.__version__}"

READ_TIMEOUT_SECONDS = {
    "dynamodb": 3,
    "events": 5,
    "lambda": 900,
    "s3": 15,
    "scheduler": 5,
    "secretsmanager": 5,
    "sqs": 5,
}
"""How long an answer may take. A payload has up to 50 MB; an invoked function its own time-out."""


AWS_DOMAIN = ".amazonaws.com"
SIGNING = {
    "regional": Config(signature_version="s3v4", s3={"addressing_style": "virtual"}),
    "elsewhere": Config(signature_version="s3v4"),
}
"""How URLs for others are signed: by version 4, without which an encrypted bucket refuses them. At
AWS the address names the region, for not everybody follows a redirect of a ``PUT``.
"""


class Unbuilt:
    """Stands for a client, and builds it when something of it is first asked for. Clients that
    share ``building`` are built one after the other: a session is no thing for two threads.
    """

    def __init__(self, build: Callable[[], Any], building: Lock) -> None:
        self._build = build
        self._building = building
        self._client: Any = None

    def __getattr__(self, name: str) -> Any:
        """The client's own; each name is asked for once."""
        with self._building:
            if self._client is None:
                self._client = self._build()
        value = getattr(self._client, name)
        self.__dict__[name] = value
        return value


class Clients:
    """The AWS clients of one process. What is not given comes from the environment, as AWS has it
    (``AWS_ENDPOINT_URL``, ``AWS_REGION``, credentials).
    """

    def __init__(self, region: str | None = None, endpoint_url: str | None = None) -> None:
        self._region = region
        self._endpoint_url = endpoint_url
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = Lock()

    @property
    def dynamodb(self) -> "DynamoDBClient":
        """DynamoDB."""
        return cast("DynamoDBClient", self._client("dynamodb"))

    @property
    def events(self) -> "EventBridgeClient":
        """EventBridge."""
        return cast("EventBridgeClient", self._client("events"))

    @property
    def functions(self) -> "LambdaClient":
        """Lambda (a word of Python). An invocation is not repeated by itself: it may have run."""
        return cast("LambdaClient", self._client("lambda"))

    @property
    def s3(self) -> "S3Client":
        """S3."""
        return cast("S3Client", self._client("s3"))

    @property
    def presigner(self) -> "S3Client":
        """S3, to sign URLs that others call."""
        is_aws = AWS_DOMAIN in (urlsplit(self.s3.meta.endpoint_url).hostname or "")
        return cast("S3Client", self._client("s3", "regional" if is_aws else "elsewhere"))

    @property
    def scheduler(self) -> "EventBridgeSchedulerClient":
        """EventBridge Scheduler."""
        return cast("EventBridgeSchedulerClient", self._client("scheduler"))

    @property
    def secrets(self) -> "SecretsManagerClient":
        """Secrets Manager."""
        return cast("SecretsManagerClient", self._client("secretsmanager"))

    @property
    def sqs(self) -> "SQSClient":
        """SQS."""
        return cast("SQSClient", self._client("sqs"))

    def _client(self, service: str, signing: str = "") -> Any:
        build = partial(self._build, service, SIGNING.get(signing))
        return self._clients.setdefault((service, signing), Unbuilt(build, self._lock))

    def _build(self, service: str, more: Config | None) -> Any:
        if self._session is None:
            self._session = botocore.session.get_session()
            self._session.register_component("data_loader", ServiceModels(READ_TIMEOUT_SECONDS))
        return self._session.create_client(
            service,
            region_name=self._region,
            endpoint_url=self._endpoint_url,
            config=_config(service).merge(more) if more else _config(service),
        )


def _config(service: str) -> Config:
    settings: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "read_timeout": READ_TIMEOUT_SECONDS[service],
        "retries": {
            "mode": "standard",
            "total_max_attempts": 1 if service == "lambda" else ATTEMPTS_MAX,
        },
        "max_pool_connections": CONNECTIONS_MAX,
        "tcp_keepalive": True,
        # botocore puts its own together anew for every call, which is a tenth of the call's work.
        "user_agent": USER_AGENT,
    }
    if service == "dynamodb":
        # The few requests are fixed shapes under test; checking each again costs 3 % of a put.
        settings["parameter_validation"] = False
    return Config(**settings)
