"""What the program makes of where it is started."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.config import Config

NOBODY = 2**31 - 7
"""The number of a user that no table of users knows."""


def test_who_has_no_home_must_name_a_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: NOBODY)
    with pytest.raises(ValueError, match="--data-dir"):
        Config.from_environment({}, None, 1024)
    config = Config.from_environment({}, tmp_path, 1024)
    assert config.data_dir == tmp_path
    assert not config.hub_cache.exists()


def test_the_hubs_cache_is_where_the_hubs_own_client_has_it(tmp_path: Path) -> None:
    def hub_cache(**environment: str) -> Path:
        return Config.from_environment(environment, tmp_path, 1024).hub_cache

    assert hub_cache() == Path.home() / ".cache" / "huggingface" / "hub"
    assert hub_cache(XDG_CACHE_HOME="/caches") == Path("/caches/huggingface/hub")
    assert hub_cache(HF_HOME="~/hf", XDG_CACHE_HOME="/caches") == Path.home() / "hf" / "hub"
    assert hub_cache(HF_HUB_CACHE="/hub", HF_HOME="/hf") == Path("/hub")


def test_a_data_folder_without_a_name_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sidecar", "--data-dir", ""]
    surroundings = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}
    ended = subprocess.run(command, cwd=tmp_path, env=surroundings, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "must name a folder" in ended.stderr
    assert list(tmp_path.iterdir()) == []
