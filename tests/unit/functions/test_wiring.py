"""The wiring builds what is asked for, once, and imports no more than that."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, cast

import pytest

from functions import wiring
from functions.building import built_once
from functions.settings import SettingsError, load
from functions.wiring import Wiring
from seriatim.adapters.dynamodb.log import DynamoDBLog
from tests.fakes.clock import FakeClock
from tests.fakes.log import FakeLog
from tests.unit.functions.test_settings import GOOD


@pytest.fixture(autouse=True)
def _put_back() -> Iterator[None]:
    before = wiring._current
    yield
    wiring._current = before


def test_everything_can_be_built_without_a_call_to_aws() -> None:
    wired = Wiring(load(GOOD))
    parts = {name: value for each in Wiring.__mro__ for name, value in vars(each).items()}
    names = [name for name, value in parts.items() if isinstance(value, built_once)]
    assert len(names) > 20
    for name in names:
        assert getattr(wired, name) is getattr(wired, name), name
    assert isinstance(wired.log, DynamoDBLog)


def test_what_is_handed_in_stands() -> None:
    clock, log = FakeClock(), FakeLog()
    wired = Wiring(load(GOOD), clock=clock, log=log)
    assert wired.clock is clock
    assert wired.log is log


def test_threads_that_ask_at_once_get_the_same() -> None:
    wired = Wiring(load(GOOD))
    together = Barrier(8, timeout=20)

    def ask(_: int) -> Any:
        together.wait()
        return wired.worker

    with ThreadPoolExecutor(8) as pool:
        assert len(set(map(id, pool.map(ask, range(8))))) == 1


def test_the_current_wiring_is_the_one_in_use() -> None:
    wired = Wiring(load(GOOD))
    wiring.use(wired)
    assert wiring.current() is wired


def test_without_one_in_use_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring._current = None
    monkeypatch.setattr("functions.observability.configure", lambda: None)
    monkeypatch.setattr("os.environ", cast("Any", GOOD))
    first = wiring.current()
    assert first.settings == load(GOOD)
    assert wiring.current() is first


def test_an_environment_that_lacks_something_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring._current = None
    monkeypatch.setattr("functions.observability.configure", lambda: None)
    monkeypatch.setattr("os.environ", {})
    with pytest.raises(SettingsError, match="LOG_TABLE is not set"):
        wiring.current()
