"""Fixtures of the hostile tests."""

import pytest

from tests.unit.api.caller import Service


@pytest.fixture
def service() -> Service:
    """A service of its own, empty."""
    return Service()
