"""Every view must fit the wire's type exactly: the types refuse a column too many as they do a missing one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from sidecar.schema.effects import EffectPreset
from sidecar.schema.generation import Generation
from sidecar.schema.jobs import Job
from sidecar.schema.profiles import Profile, Sample
from sidecar.schema.transcription import Transcription
from sidecar.schema.versions import Version
from sidecar.services.views import (
    generation_view,
    job_view,
    preset_view,
    profile_view,
    sample_view,
    transcription_view,
    version_view,
)
from sidecar.store import effect_presets, rows
from sidecar.store import generations as generation_store
from sidecar.store import jobs as job_store
from sidecar.store import profiles as profile_store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import generations, samples, versions
from sidecar.store.transcriptions import get_transcription, insert_transcription
from sidecar.store.versions import get_version

NOW = "2026-01-01T00:00:00Z"
METRICS = {
    "rms_db": -20.0,
    "peak_db": -3.0,
    "clipping": 0.0,
    "snr_db": None,
    "speech_ratio": 0.9,
    "loudness_lufs": -18.0,
}


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "data")


def add_generation(connection: Connection) -> None:
    values = {"profile_name": "Ada", "text": "Hello.", "engine": "kokoro", "settings": {}, "status": "completed"}
    rows.add(connection, generations, id="g", created_at=NOW, default_version_id="v", **values)


def add_version(connection: Connection) -> None:
    values = {"label": "Take 1", "kind": "take", "duration_s": 1.5, "sample_rate": 24_000, "created_at": NOW}
    rows.add(connection, versions, id="v", generation_id="g", audio_path="audio/generations/v.wav", **values)


async def test_a_profile(database: Database, files: FileStore) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        profile_store.insert_profile(connection, name="Ada", voice={"kind": "cloned"}, avatar_path="avatars/a.png")
        return profile_view(files, profile_store.resolve(connection, "ada"), 2)

    shown = Profile(**await database.write(change))
    assert (shown.name, shown.sample_count, shown.default_effects) == ("Ada", 2, [])
    assert shown.avatar_path == str(files.root / "avatars/a.png")


async def test_a_profile_without_a_picture(database: Database, files: FileStore) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        profile_store.insert_profile(connection, name="Ada", voice={"kind": "cloned"})
        return profile_view(files, profile_store.resolve(connection, "ada"), 0)

    assert Profile(**await database.write(change)).avatar_path is None


async def test_a_sample(database: Database, files: FileStore) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        profile_id = profile_store.insert_profile(connection, name="Ada", voice={"kind": "cloned"})
        measured = {"sha256": "1", "duration_s": 5.0, "metrics": METRICS, "warnings": ["loud"], "text": None}
        sample_id = profile_store.append_sample(connection, profile_id, audio_path="audio/samples/1.wav", **measured)
        return sample_view(files, rows.get(connection, samples, sample_id, "sample"))

    shown = Sample(**await database.write(change))
    assert shown.audio_path == str(files.root / "audio/samples/1.wav")
    assert shown.metrics.model_dump() == METRICS


async def test_a_generation_with_audio(database: Database, files: FileStore) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        add_generation(connection)
        add_version(connection)
        return generation_view(files, generation_store.get_generation(connection, "g"))

    shown = Generation(**await database.write(change))
    assert shown.audio_path == str(files.root / "audio/generations/v.wav")
    assert (shown.duration_s, shown.version_count, shown.favorite) == (1.5, 1, False)


async def test_a_generation_without_audio(database: Database, files: FileStore) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        add_generation(connection)
        return generation_view(files, generation_store.get_generation(connection, "g"))

    shown = Generation(**await database.write(change))
    assert (shown.audio_path, shown.version_count) == (None, 0)


async def test_a_version(database: Database, files: FileStore) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        add_generation(connection)
        add_version(connection)
        return version_view(files, get_version(connection, "g", "v"))

    shown = Version(**await database.write(change))
    assert shown.audio_path == str(files.root / "audio/generations/v.wav")
    assert (shown.is_default, shown.effects) == (True, [])


async def test_a_preset(database: Database) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        preset_id = effect_presets.insert_preset(connection, "Mine", [{"type": "gain", "params": {"gain_db": 1.0}}])
        return preset_view(effect_presets.get_preset(connection, preset_id))

    shown = EffectPreset(**await database.write(change))
    assert (shown.name, shown.builtin, len(shown.effects)) == ("Mine", False, 1)


async def test_a_transcription_that_nobody_has_made_yet(database: Database, files: FileStore) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        values = {"model": "whisper-base", "audio_path": "audio/recordings/r.mp3", "settings": {"vad": True}}
        return transcription_view(files, get_transcription(connection, insert_transcription(connection, **values)))

    shown = Transcription(**await database.write(change))
    assert shown.audio_path == str(files.root / "audio/recordings/r.mp3")
    assert (shown.segments, shown.words, shown.text) == ([], [], None)


async def test_a_job(database: Database) -> None:
    def change(connection: Connection) -> dict[str, Any]:
        job_id = job_store.enqueue(connection, "generation", "engine", "g", {"secret": 1})
        return job_view(job_store.get_job(connection, job_id))

    shown = Job(**await database.write(change))
    assert (shown.kind, shown.status, shown.subject) == ("generation", "queued", "g")
