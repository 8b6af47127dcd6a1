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
class EngineModel:
    """One model of an engine, by its id in the catalogue: the kinds of voice it speaks with, and whether it obeys."""

    id: str
    voice_kinds: tuple[VoiceKind, ...]
    instruct: bool = False


@dataclass(frozen=True)
class EngineSpec:
    """One engine as data. `adapter` is "module:Class", imported in the engine process only.

    `models` are in the order in which they are preferred. `fidelity` says how each kind of voice comes out.
    `modules` are the packages that the adapter needs, installed by the extra of the engine's name; `extra_languages`
    need `extra_modules` beside them. `prompt_version` is part of every prompt's cache key: raise it when `prepare`
    changes what it makes. `speed` says that it has a speed of its own; what an engine without one says is stretched,
    where that can be done. `reads_numbers` are the languages whose numbers it puts into words itself. `seeded` says
    that it draws at random, though nobody may say how: another seed says the same otherwise. A `remote` one speaks on
    servers elsewhere: the setting `ID_servers` names them, and it is chosen only where somebody names it.
    """

    id: str
    name: str
    adapter: str
    models: tuple[EngineModel, ...]
    fidelity: dict[VoiceKind, Fidelity]
    languages: tuple[str, ...]
    sample_rate: int
    licence: str
    max_chunk_chars: int
    prompt_version: int
    modules: tuple[str, ...]
    extra_languages: tuple[str, ...] = ()
    extra_modules: tuple[str, ...] = ()
    streaming: bool = False
    speed: bool = False
    words: bool = False
    max_batch: int = 1
    sampling: bool = False
    reads_numbers: tuple[str, ...] = ()
    int8: bool = False
    seeded: bool = False
    remote: bool = False
    speed_range: tuple[float, float] = (1.0, 1.0)
    voices: tuple[StockVoice, ...] = ()

    @property
    def batch(self) -> bool:
        """Whether it gains from speaking several chunks in one pass."""
        return self.max_batch > 1

    @property
    def varied(self) -> bool:
        """Whether it may do better with another seed."""
        return self.sampling or self.seeded

    @property
    def servers_setting(self) -> str:
        """The setting that names the servers of a remote engine."""
        return f"{self.id.replace('-', '_')}_servers"

    @property
    def instruct(self) -> bool:
        """Whether any of its models follows an instruction."""
        return any(model.instruct for model in self.models)

    def has_voice(self, voice_id: str) -> bool:
        """Whether this is one of its stock voices."""
        return any(voice.voice_id == voice_id for voice in self.voices)
