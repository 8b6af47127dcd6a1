from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save

from sidecar.engines.base import VoicePrompt
from sidecar.engines.worker.prompts import DETAILS, PromptCache

ROOM = 1 << 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "voice.safetensors"


def build() -> VoicePrompt:
    return VoicePrompt({"codes": np.arange(4, dtype=np.float32)}, {"text": "Hello."})


def test_a_prompt_is_built_once_and_found_by_the_next_process(path: Path) -> None:
    assert not PromptCache(ROOM).get("a", path, build)[1]
    found, cached = PromptCache(ROOM).get("a", path, build)
    assert cached
    assert found.details == {"text": "Hello."}


@pytest.mark.parametrize("same_process", [True, False])
def test_a_hit_marks_the_file_as_used(path: Path, same_process: bool) -> None:
    cache = PromptCache(ROOM)
    cache.get("a", path, build)
    os.utime(path, (0, 0))
    (cache if same_process else PromptCache(ROOM)).get("a", path, build)
    assert path.stat().st_mtime > 0


@pytest.mark.parametrize("details", ["{", "[" * 100_000, "[1]", "7", "null", '"text"'])
def test_a_file_whose_details_are_none_is_built_again(path: Path, details: str) -> None:
    path.write_bytes(save({"codes": np.zeros(1)}, metadata={DETAILS: details}))
    found, cached = PromptCache(ROOM).get("a", path, build)
    assert not cached
    assert found.details == {"text": "Hello."}
    assert PromptCache(ROOM).get("a", path, build)[1]


def test_a_file_that_was_removed_does_no_harm(path: Path) -> None:
    cache = PromptCache(ROOM)
    cache.get("a", path, build)
    path.unlink()
    assert cache.get("a", path, build)[1]
    assert not PromptCache(ROOM).get("a", path, build)[1]
    assert path.exists()
