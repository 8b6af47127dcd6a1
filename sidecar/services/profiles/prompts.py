"""Which cached voice prompts belong to a profile."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from sidecar.services.models.catalogue import Catalogue, Choice
from sidecar.services.profiles.voices import engine_voice
from sidecar.store import profiles as store
from sidecar.store.files import FileStore
from sidecar.store.values import Row


def prompt_paths(connection: Connection, files: FileStore, profile: Row, catalogue: Catalogue) -> dict[str, Path]:
    """Where the prompts of a profile lie or would lie, by their keys: one for each model here that speaks in its voice.

    A key says all that a prompt depends on, so a prompt from elsewhere serves here under the same key and no other.
    """
    kind = profile["voice"]["kind"]
    if kind == "cloned" and not store.samples_of(connection, profile["id"]):
        return {}
    entries = {entry.id: entry for entry in catalogue.models}
    choices = [
        Choice(spec, entries[model.id], Path())
        for spec in catalogue.engines
        if not spec.remote
        for model in spec.models
        if kind in model.voice_kinds
    ]
    voices = [engine_voice(connection, files, profile, choice) for choice in choices]
    return {voice["prompt_key"]: Path(voice["prompt_path"]) for voice in voices}
