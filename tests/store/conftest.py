from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sidecar.store.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A new database in a folder of its own."""
    opened = Database(tmp_path / "voicebox.db")
    yield opened
    opened.close()
