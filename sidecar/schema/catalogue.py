"""`engines.list` and `voices.list`."""

from __future__ import annotations

from typing import Any

from sidecar.schema.common import Id, Language, Params, Result


class Capabilities(Result):
    """What an engine can do beside speaking."""

    instruct: bool
    streaming: bool
    speed: bool
    words: bool
    batch: bool


class Engine(Result):
    """An engine and what it can do; `voice_kinds` gives the fidelity that each kind of voice comes out with.

    What a `remote` one is told to speak leaves this machine, with the recordings of cloned voices, for its `hosts`.
    """

    id: str
    name: str
    languages: list[str]
    voice_kinds: dict[str, str]
    capabilities: Capabilities
    sample_rate: int
    limits: dict[str, Any]
    licence: str
    models: list[str]
    remote: bool
    hosts: list[str]
    available: bool
    reason: str | None


class EngineList(Result):
    """Every engine of this program."""

    items: list[Engine]
    total: int
    next_offset: int | None = None


class VoicesListParams(Params):
    """Which preset voices."""

    engine: Id | None = None
    language: Language | None = None


class Voice(Result):
    """A voice that comes with an engine."""

    engine: str
    voice_id: str
    name: str
    language: str
    gender: str


class VoiceList(Result):
    """Preset voices."""

    items: list[Voice]
    total: int
    next_offset: int | None = None
