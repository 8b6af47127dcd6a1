"""Tiny checkpoints of every kind, made once a session, and recordings to clone from.

Without torch, transformers or `qwen_tts` (the extra `qwen`) the whole folder is skipped.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile

from tests.engines.qwen.stand_ins import SAMPLE_RATE, Listener, speech

if TYPE_CHECKING:
    from sidecar.engines.base import Reference, VoicePrompt
    from sidecar.engines.qwen.adapter import QwenEngine
    from tests.engines.qwen.upstream import Upstream

NEEDED = ("torch", "transformers", "qwen_tts", "soundfile", "soxr")
collect_ignore_glob = [] if all(importlib.util.find_spec(name) for name in NEEDED) else ["test_*.py"]

Record = Callable[..., "Reference"]
MakeEngine = Callable[..., "QwenEngine"]


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders of a tiny checkpoint of every kind, by name; "endless" is "base" without an end of greedy speech."""
    from tests.engines.qwen.checkpoints import make_checkpoint

    root = tmp_path_factory.mktemp("checkpoints")
    return {
        "base": make_checkpoint(root / "base", "base", size="0b6", seed=1, eagerness=3.0),
        "endless": make_checkpoint(root / "endless", "base", size="0b6", seed=1, eagerness=0.0),
        "custom_voice": make_checkpoint(root / "custom", "custom_voice", seed=8, eagerness=3.0),
        "small_custom_voice": make_checkpoint(root / "small", "custom_voice", size="0b6", seed=8, eagerness=3.0),
        "voice_design": make_checkpoint(root / "design", "voice_design", seed=5, eagerness=3.0),
    }


@pytest.fixture(scope="session")
def make_engine(checkpoints: dict[str, Path]) -> Iterator[MakeEngine]:
    """Engines by the name of their checkpoint, on the processor, loaded once a session."""
    from sidecar.engines.qwen.adapter import QwenEngine

    loaded: dict[tuple[str, bool], QwenEngine] = {}

    def make(name: str, *, int8: bool = False) -> QwenEngine:
        if (name, int8) not in loaded:
            loaded[name, int8] = QwenEngine(checkpoints[name], "cpu", int8=int8)
        return loaded[name, int8]

    yield make
    for engine in loaded.values():
        engine.close()


@pytest.fixture(scope="session")
def upstream(checkpoints: dict[str, Path]) -> Callable[[str], Upstream]:
    """The library's own models, by the name of their checkpoint, loaded once a session."""
    from tests.engines.qwen.upstream import Upstream

    loaded: dict[str, Upstream] = {}

    def load(name: str) -> Upstream:
        if name not in loaded:
            loaded[name] = Upstream(checkpoints[name])
        return loaded[name]

    return load


@pytest.fixture(scope="session")
def record(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """Makes a recording of something like speech: syllables of a buzzing voice, and a pause after every sentence."""
    from sidecar.engines.base import Reference

    folder = tmp_path_factory.mktemp("recordings")

    def make(seconds: float, text: str | None, *, pitch: float = 120.0, level: float = 0.2, seed: int = 0) -> Reference:
        path = folder / f"{seconds}-{pitch}-{level}-{seed}-{abs(hash(text))}.wav"
        soundfile.write(path, speech(seconds, pitch=pitch, level=level, seed=seed), SAMPLE_RATE, subtype="FLOAT")
        return Reference(path, text)

    return make


@pytest.fixture(scope="session")
def prompt(make_engine: MakeEngine, record: Record) -> VoicePrompt:
    """A voice cloned with its transcript by the tiny Base checkpoint."""
    from sidecar.engines.base import Voice

    reference = record(3.0, "This is how I sound.")
    return make_engine("base").prepare(Voice("cloned", references=(reference,)), Listener())
