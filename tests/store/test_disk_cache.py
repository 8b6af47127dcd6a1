from __future__ import annotations

import os
from pathlib import Path

import pytest

from sidecar.store.disk_cache import DiskCache


@pytest.fixture
def cache(tmp_path: Path) -> DiskCache:
    """Three prompts of 100 bytes, the first used longest ago, beside a file that is being written."""
    for used_at, name in enumerate(("old", "middle", "new")):
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(bytes(100))
        os.utime(path, (used_at, used_at))
    (tmp_path / "half.safetensors.7.tmp").write_bytes(bytes(100))
    return DiskCache(tmp_path, "*.safetensors")


def left(folder: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in folder.iterdir()}


def test_it_knows_its_size(cache: DiskCache) -> None:
    assert cache.size() == (3, 300)


def test_those_used_longest_ago_go_until_the_rest_fits(cache: DiskCache, tmp_path: Path) -> None:
    assert cache.trim(299) == (1, 100)
    assert left(tmp_path) == {"middle", "new", "half"}
    os.utime(tmp_path / "middle.safetensors", (9, 9))
    assert cache.trim(100) == (1, 100)
    assert left(tmp_path) == {"middle", "half"}


def test_nothing_goes_while_it_fits(cache: DiskCache, tmp_path: Path) -> None:
    assert cache.trim(300) == (0, 0)
    assert cache.size() == (3, 300)


def test_clearing_removes_all_but_what_is_being_written(cache: DiskCache, tmp_path: Path) -> None:
    (tmp_path / "empty.safetensors").touch()
    assert cache.clear() == (4, 300)
    assert left(tmp_path) == {"half"}


def test_what_is_in_use_stays_until_nobody_uses_it(cache: DiskCache, tmp_path: Path) -> None:
    with cache.using({"old.safetensors", "late.safetensors"}):
        with cache.using({"old.safetensors"}):
            assert cache.trim(200) == (1, 100)
            assert left(tmp_path) == {"old", "new", "half"}
        (tmp_path / "late.safetensors").write_bytes(bytes(100))
        assert cache.clear() == (1, 100)
        assert cache.trim(0) == (0, 0)
        assert left(tmp_path) == {"old", "late", "half"}
    assert cache.clear() == (2, 200)


def test_a_folder_that_is_gone_is_empty(tmp_path: Path) -> None:
    assert DiskCache(tmp_path / "gone").size() == (0, 0)
