"""An interface to type against, made the way the real one is made."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, Field

from sidecar.rpc.openrpc import openrpc_document
from sidecar.rpc.registry import Registry
from sidecar.terminal.interface import Interface


class Sampling(BaseModel):
    top_k: int | None = None
    top_p: float | None = None


class Cloned(BaseModel):
    kind: Literal["cloned"] = "cloned"


class Preset(BaseModel):
    kind: Literal["preset"]
    voice_id: str


class MakeParams(BaseModel):
    text: str
    title: str | None = None
    format: Literal["wav", "flac"] = "wav"
    seed: int | None = Field(default=None, description="The same seed, the same speech.")
    speed: float = 1.0
    sampling: Sampling | None = None
    voice: Cloned | Preset = Cloned()
    effects: list[dict[str, str]] | None = None
    speakers: dict[str, str] | None = None
    stream: bool = False
    wait: bool = False


class Nothing(BaseModel):
    pass


class Speech:
    async def make(self, params: MakeParams) -> Nothing:
        """Speak a text. Or sing it."""
        return Nothing()

    async def count(self, params: Nothing) -> Nothing:
        """Count what was spoken."""
        return Nothing()


@pytest.fixture(scope="session")
def interface() -> Interface:
    registry = Registry()
    registry.add_namespace("speech", Speech())
    return Interface(openrpc_document(registry.methods, {}, [], "a test", "1"))
