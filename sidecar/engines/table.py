"""The capability table: everything the product knows of an engine without importing it.

It answers `engines.list` and `voices.list` and refuses what an engine cannot do before a job exists. A new
engine is one adapter and one entry here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

VoiceKind = Literal["cloned", "preset", "designed"]
Fidelity = Literal["cloned", "matched", "preset", "designed"]


@dataclass(frozen=True)
class StockVoice:
    """A voice that comes with a model. `language` is ISO 639-1, `gender` "female" or "male"."""

    voice_id: str
    name: str
    language: str
    gender: Literal["female", "male"]


@dataclass(frozen=True)
class EngineSpec:
    """One engine as data. `adapter` is "module:Class", imported in the engine process only.

    `voice_kinds` maps each kind of voice to the fidelity that it comes out with. `prompt_version` is part of every
    voice prompt's cache key: raise it when `prepare` changes what it makes.
    """

    id: str
    name: str
    adapter: str
    models: tuple[str, ...]
    languages: tuple[str, ...]
    extra_languages: tuple[str, ...]
    voice_kinds: dict[VoiceKind, Fidelity]
    sample_rate: int
    licence: str
    max_chunk_chars: int
    prompt_version: int
    instruct: bool = False
    streaming: bool = False
    speed: bool = False
    words: bool = False
    batch: bool = False
    sampling: bool = False
    speed_range: tuple[float, float] = (1.0, 1.0)
    voices: tuple[StockVoice, ...] = ()
    needs_modules: tuple[str, ...] = ()
