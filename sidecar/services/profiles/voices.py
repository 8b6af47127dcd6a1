"""From a profile to what an engine is told of its voice, and the key under which the voice prompt is cached."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.table import EngineSpec
from sidecar.errors import InvalidParams, Unsupported
from sidecar.services.equipment import Equipment, memory_estimates
from sidecar.services.models.catalogue import Choice
from sidecar.store import profiles as store
from sidecar.store.files import FileStore
from sidecar.store.values import Row


def engine_voice(connection: Connection, files: FileStore, profile: Row, choice: Choice) -> dict[str, Any]:
    """The parameters `voice`, `prompt_key` and `prompt_path` of the engine's speech operations.

    The key is the SHA-256 of all that the prompt depends on: the samples' audio and texts in their order, the stock
    voice or the description, the model and its revision, and the version of the engine's preparation.

    Raises:
        InvalidParams: a cloned voice without a sample.

    """
    voice = profile["voice"]
    samples = store.samples_of(connection, profile["id"]) if voice["kind"] == "cloned" else []
    if voice["kind"] == "cloned" and not samples:
        raise InvalidParams.about(
            "profile_id", f"The profile {profile['name']!r} has no sample yet; add one with profiles.add_sample."
        )
    ingredients = {
        "voice": voice,
        "samples": [(sample["sha256"], sample["text"]) for sample in samples],
        "model": [choice.model.id, choice.model.revision],
        "preparation": [choice.engine.id, choice.engine.prompt_version],
    }
    key = hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()
    return {
        "voice": {
            "kind": voice["kind"],
            "voice_id": voice.get("voice_id"),
            "description": voice.get("instruct"),
            "references": [{"path": str(files.absolute(s["audio_path"])), "text": s["text"]} for s in samples],
        },
        "prompt_key": key,
        "prompt_path": str(files.prompts / f"{key}.safetensors"),
    }


def engine_params(connection: Connection, on: Equipment, profile: Row, choice: Choice) -> dict[str, Any]:
    """All that the engine's speech operations need but the words."""
    stretch = {"stretch": not choice.engine.speed}
    return adapter_params(on, choice) | stretch | engine_voice(connection, on.files, profile, choice)


def adapter_params(on: Equipment, choice: Choice) -> dict[str, Any]:
    """What the engine's operations need to load a model that speaks."""
    options: dict[str, Any] = {"int8": True} if on.int8 and choice.engine.int8 else {}
    if choice.servers is not None:
        options = {"model": choice.model.id, "servers": choice.servers}
    return {
        "adapter": choice.engine.adapter,
        "model": choice.model.id,
        "model_dir": str(choice.model_dir),
        "memory_bytes": memory_estimates(choice.model),
        "device": on.device,
        "options": options,
    }


def preferred_engine(profile: Row, asked: str | None) -> str | None:
    """The engine that is asked for, else the one that the voice belongs to, else the profile's own choice."""
    return asked or profile["voice"].get("engine") or profile["default_engine"]


def refuse_strange_voice(engine: EngineSpec, voice: dict[str, Any]) -> None:
    """Raise `Unsupported` if this is a stock voice and the engine does not have it: it would speak in another."""
    if voice["kind"] == "preset" and not engine.has_voice(voice["voice_id"]):
        raise Unsupported(
            f"{engine.name} has no voice {voice['voice_id']!r}, which is one of {voice['engine']}; voices.list says "
            "which it has.",
            engine=engine.id,
            voice_id=voice["voice_id"],
        )
