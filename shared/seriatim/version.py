"""The version of the library and of the service (a test holds it to ``pyproject.toml``)."""

from typing import Final

VERSION: Final = "0.1.0"
