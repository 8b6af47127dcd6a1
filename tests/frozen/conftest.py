"""The frozen program, and a way to start it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.frozen.bundle import Bundle, find_bundle
from tests.process.sidecar_process import SidecarProcess

Start = Callable[..., SidecarProcess]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The bundle under test. Test processes that work side by side make it only once."""
    with FileLock(tmp_path_factory.getbasetemp().parent / "bundle.lock"):
        return find_bundle()


@pytest.fixture
def start(bundle: Bundle) -> Start:
    """Spawns the frozen program as an app would: with what is in the bundle, and told nothing about other models."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("VOICEBOX_")}

    def spawn(data_dir: Path, **options: Any) -> SidecarProcess:
        return SidecarProcess(data_dir, **{"command": [str(bundle.program)], "inherited": surroundings} | options)

    return spawn


@pytest.fixture
def recording(recordings: Path) -> Path:
    """Some seconds of a real person."""
    return recordings / "en_david.wav"
