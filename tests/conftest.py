"""What every test may use: a fresh data folder, and the models, without which the tests that need them fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

MODELS = Path(os.environ.get("VOICEBOX_MODELS_DIR", Path(__file__).parents[1] / ".models"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test of real models that cannot run says so in red: green must mean that speech was really made."""
    if item.get_closest_marker("models") and not (MODELS / "manifest.json").is_file():
        pytest.fail(f"there are no models in {MODELS}; run `python build/models.py` once", pytrace=False)


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
