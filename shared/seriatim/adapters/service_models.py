"""What botocore knows of services, read faster: a third of a cold start was reading these files.

botocore lists the folders of all services before it opens one, reads JSON pair by pair into ordered
mappings, though plain ones have kept their order for long, and reads the endpoints of 300 services
to use those of one. Which files there are, and how they are merged, stays botocore's affair.
"""

import gzip
from collections.abc import Collection
from pathlib import Path
from typing import Any, Final

import msgspec
from botocore.loaders import JSONFileLoader, Loader

CREDENTIALS: Final = {"sts": "sts", "sso": "portal.sso", "sso-oidc": "oidc", "signin": "signin"}
"""Services that credentials may come from, outside Lambda, with their names among endpoints."""
ENDPOINTS: Final = "endpoints"

Parts = dict[str, msgspec.Raw]


class ServiceModels(Loader):
    """Fulfils what a session asks of its ``data_loader``, for ``services`` and what credentials
    need. The name of each of ``services`` is its name among endpoints, too.
    """

    def __init__(self, services: Collection[str]) -> None:
        super().__init__(file_loader=_Files({*services, *CREDENTIALS.values()}))
        self._services = [*services, *CREDENTIALS]

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's
        """The services that may be asked for; no folder is listed."""
        return self._services


class _Files(JSONFileLoader):
    def __init__(self, endpoints_of: Collection[str]) -> None:
        self._endpoints_of = endpoints_of

    def load_file(self, file_path: str) -> Any:
        """The content of a file, packed or not; ``None`` if there is none."""
        content = _read(file_path)
        if content is None:
            return None
        if Path(file_path).name == ENDPOINTS:
            return self._endpoints(content)
        return msgspec.json.decode(content)

    def _endpoints(self, content: bytes) -> dict[str, Any]:
        """All partitions, each with the endpoints that may be asked for."""
        parts = msgspec.json.decode(content, type=Parts)
        partitions = msgspec.json.decode(parts.pop("partitions"), type=list[Parts])
        return {**_decoded(parts), "partitions": [self._partition(one) for one in partitions]}

    def _partition(self, parts: Parts) -> dict[str, Any]:
        services = msgspec.json.decode(parts.pop("services"), type=Parts)
        wanted = {name: raw for name, raw in services.items() if name in self._endpoints_of}
        return {**_decoded(parts), "services": _decoded(wanted)}


def _read(path: str) -> bytes | None:
    if (plain := Path(f"{path}.json")).is_file():
        return plain.read_bytes()
    if (packed := Path(f"{path}.json.gz")).is_file():
        return gzip.decompress(packed.read_bytes())
    return None


def _decoded(parts: Parts) -> dict[str, Any]:
    return {name: msgspec.json.decode(raw) for name, raw in parts.items()}
