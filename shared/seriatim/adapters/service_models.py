"""What botocore knows of services, read faster: a third of a cold start was reading these files.

botocore lists the folders of all services before it opens one, and reads JSON pair by pair into
ordered mappings, though plain ones have kept their order for long. Files, search paths and merging
stay botocore's.
"""

import gzip
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec
from botocore.loaders import JSONFileLoader, Loader


class ServiceModels(Loader):
    """Fulfils what a session asks of its ``data_loader``, for ``services`` alone."""

    def __init__(self, services: Collection[str]) -> None:
        super().__init__(file_loader=_Files())
        self._services = list(services)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's
        """The services that there are clients of; no folder is listed."""
        return self._services


class _Files(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        """The content of a file, packed or not; ``None`` if there is none."""
        if (plain := Path(f"{file_path}.json")).is_file():
            return msgspec.json.decode(plain.read_bytes())
        if (packed := Path(f"{file_path}.json.gz")).is_file():
            return msgspec.json.decode(gzip.decompress(packed.read_bytes()))
        return None
