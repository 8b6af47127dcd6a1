"""Real sidecars: one shared by the tests of a module that do not disturb each other, and a way to start more."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.process.sidecar_process import SidecarProcess

Start = Callable[..., SidecarProcess]
PRESET = {"kind": "preset", "engine": "kokoro", "voice_id": "af_heart"}


@pytest.fixture(scope="session")
def start(models_dir: Path) -> Start:
    """Spawns a sidecar that knows where the models are."""

    def spawn(data_dir: Path, *arguments: str, **environment: Any) -> SidecarProcess:
        return SidecarProcess(data_dir, *arguments, **{"VOICEBOX_MODELS_DIR": str(models_dir)} | environment)

    return spawn


@pytest.fixture(scope="module")
def sidecar(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SidecarProcess]:
    """A running sidecar with the preset profile "Heart", shared by the tests of a module."""
    with start(tmp_path_factory.mktemp("shared") / "data") as running:
        running.call("profiles.create", name="Heart", voice=PRESET)
        yield running


@pytest.fixture
def silent_hub() -> Iterator[str]:
    """The address of a model hub that takes every call and never answers one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
