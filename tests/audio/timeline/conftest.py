from __future__ import annotations

from pathlib import Path

import pytest

from tests.audio.timeline.arrangements import make_sources


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One file of each rate, mono and stereo."""
    return make_sources(tmp_path_factory.mktemp("sources"))
