"""What every test may use: a fresh data folder, and the models, without which the tests that need them fail."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.store.database import Database

HANG_S = 20.0

MODELS = Path(os.environ.get("VOICEBOX_MODELS_DIR", Path(__file__).parents[1] / ".models"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test of real models that cannot run says so in red: green must mean that speech was really made."""
    if item.get_closest_marker("models") and not (MODELS / "manifest.json").is_file():
        pytest.fail(f"there are no models in {MODELS}; run `python build/models.py` once", pytrace=False)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test in a loop of its own; one that hangs has failed."""
    if not inspect.iscoroutinefunction(pyfuncitem.function):
        return None
    wanted = inspect.signature(pyfuncitem.function).parameters
    test = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in wanted})
    asyncio.run(asyncio.wait_for(test, HANG_S))
    return True


@pytest.fixture(scope="session")
def models_dir() -> Path:
    """The folder that `build/models.py` fills."""
    return MODELS


@pytest.fixture(scope="session")
def recordings(models_dir: Path) -> Path:
    """The folder of recordings of real people that comes with the models."""
    return models_dir / "recordings"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Where a sidecar may keep everything; not made yet."""
    return tmp_path / "data"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A new database in a folder of its own."""
    opened = Database(tmp_path / "voicebox.db")
    yield opened
    opened.close()
