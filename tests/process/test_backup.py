"""The whole library carried away as it is at one moment, and brought back whole."""

from __future__ import annotations

import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sidecar.store.migrate import migrations
from tests.bundle_attacks import MANIFEST, Files, of_mode, packed, told, unpacked
from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = pytest.mark.process

DATABASE = "voicebox.db"


def sound(path: Path, seconds: float = 1.0) -> Path:
    """Noise as a WAV."""
    noise = np.random.default_rng(1).normal(0, 0.1, round(24_000 * seconds))
    soundfile.write(path, noise, 24_000, "PCM_16", format="WAV")
    return path


def keep(sidecar: SidecarProcess, title: str, seconds: float = 1.0) -> Message:
    """Something in history that no model is needed for."""
    path = sound(sidecar.data_dir.parent / "recording.wav", seconds)
    return dict(sidecar.call("history.import_audio", path=str(path), title=title, wait=True)["generation"])


def backed_up(sidecar: SidecarProcess, path: Path) -> Message:
    return sidecar.call("system.backup", path=str(path), wait=True)


def refusal(sidecar: SidecarProcess, method: str, **params: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        sidecar.call(method, **params)
    return caught.value


def titles(sidecar: SidecarProcess) -> list[str]:
    return [generation["title"] for generation in sidecar.call("history.list", sort="title")["items"]]


def sounds(sidecar: SidecarProcess) -> list[bytes]:
    return [Path(row["audio_path"]).read_bytes() for row in sidecar.call("history.list", sort="title")["items"]]


def assert_whole(data_dir: Path) -> None:
    """The database is sound, every file that it names is there, and no other."""
    with closing(sqlite3.connect(data_dir / DATABASE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        paths = database.execute("SELECT audio_path FROM versions UNION SELECT audio_path FROM chunks").fetchall()
    named = {data_dir / path for (path,) in paths if path}
    assert {path for path in (data_dir / "audio").rglob("*") if path.is_file()} == named


@pytest.fixture
def library(start: Start, tmp_path: Path) -> Path:
    """A backup of a library with two recordings."""
    with start(tmp_path / "origin") as sidecar:
        keep(sidecar, "first")
        keep(sidecar, "second", 2.0)
        backed_up(sidecar, tmp_path / "library.voicebox")
    return tmp_path / "library.voicebox"


def test_a_database_that_cannot_be_copied_is_a_fault_of_the_disk(start: Start, data_dir: Path, tmp_path: Path) -> None:
    with start(data_dir) as sidecar:
        sidecar.event("sidecar.ready")
        (data_dir / "tmp").rmdir()
        fault = refusal(sidecar, "system.backup", path=str(tmp_path / "library.voicebox"), wait=True)
        assert (fault.code, "could not be copied" in fault.message) == (-32007, True)
        (data_dir / "tmp").mkdir()


def test_a_library_comes_back_as_it_was_and_the_other_one_is_kept(start: Start, data_dir: Path, tmp_path: Path) -> None:
    backup = tmp_path / "library.voicebox"
    with start(data_dir) as sidecar:
        keep(sidecar, "first")
        second = keep(sidecar, "second", 2.0)
        before = sounds(sidecar)
        written = backed_up(sidecar, backup)
        assert (written["files"], written["missing"]) == (3, [])
        assert written["size_bytes"] == backup.stat().st_size
        sidecar.call("history.delete", generation_ids=[second["id"]])
        keep(sidecar, "third")
        answer = sidecar.call("system.restore", path=str(backup), wait=True)
        assert (answer["restart_required"], answer["files"]) == (True, 3)
        assert titles(sidecar) == ["first", "third"]
    with start(data_dir) as sidecar:
        assert titles(sidecar) == ["first", "second"]
        assert sounds(sidecar) == before
        keep(sidecar, "fourth")
    assert_whole(data_dir)
    kept = Path(answer["previous_library"])
    with start(kept) as sidecar:
        assert titles(sidecar) == ["first", "third"]
        assert all(sounds(sidecar))
    assert sorted(path.name for path in data_dir.glob("*restore*/")) == [kept.name]


def test_the_backups_own_queue_does_not_begin_by_itself(start: Start, data_dir: Path, tmp_path: Path) -> None:
    backup = tmp_path / "library.voicebox"
    with start(data_dir) as sidecar:
        long = sound(tmp_path / "long.wav", 600.0)
        started = [sidecar.call("history.import_audio", path=str(long), title=f"{n}") for n in range(4)]
        backed_up(sidecar, backup)
        for import_ in started:
            sidecar.call("jobs.cancel", job_id=import_["job_id"])
        sidecar.call("system.restore", path=str(backup), wait=True)
    backup.unlink()
    with start(data_dir) as sidecar:
        assert sidecar.call("system.health")["queue_depth"] == 0
        statuses = [row["status"] for row in sidecar.call("history.list")["items"]]
        assert set(statuses) <= {"cancelled", "completed"}
        assert statuses.count("cancelled") >= 2
    assert not backup.exists()


@pytest.mark.models
def test_a_backup_while_speech_is_made_and_deleted_is_of_one_moment(
    start: Start, data_dir: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "library.voicebox"
    with start(data_dir) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        kept = [keep(sidecar, f"{number:02}", 120.0) for number in range(6)]
        text = " ".join(f"Sentence number {number} of many." for number in range(100))
        speaking = sidecar.call("generation.create", profile_id="heart", text=text, chunking={"max_chars": 100})
        sidecar.event("job.progress", job_id=speaking["job_id"])
        job_id = sidecar.call("system.backup", path=str(backup))["job_id"]
        progress = sidecar.event("job.progress", job_id=job_id, stage="writing")
        assert progress["unit"] == "bytes"
        sidecar.call("history.delete", generation_ids=[generation["id"] for generation in kept])
        assert sidecar.event("job.finished", job_id=job_id)["status"] == "completed"
        assert not any(Path(generation["audio_path"]).exists() for generation in kept)
        sidecar.call("jobs.cancel", job_id=speaking["job_id"])
        sidecar.call("system.restore", path=str(backup), wait=True)
    with start(data_dir) as sidecar:
        listed = {row["title"]: row for row in sidecar.call("history.list")["items"]}
        assert [listed[generation["title"]]["status"] for generation in kept] == ["completed"] * 6
        assert all(Path(listed[generation["title"]]["audio_path"]).exists() for generation in kept)
        assert listed[None]["status"] == "cancelled"
    assert_whole(data_dir)


def test_a_cancelled_backup_leaves_nothing(start: Start, data_dir: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir()
    with start(data_dir) as sidecar:
        kept = keep(sidecar, "long", 1_200.0)
        job_id = sidecar.call("system.backup", path=str(target / "library"))["job_id"]
        sidecar.event("job.progress", job_id=job_id, stage="writing")
        status = sidecar.call("jobs.cancel", job_id=job_id)["job"]["status"]
        left = [path.name for path in target.iterdir()]
        assert (status, left) in [("cancelled", []), ("completed", ["library"])]
        assert list((data_dir / "tmp").iterdir()) == []
        sidecar.call("history.delete", generation_ids=[kept["id"]])
        assert not Path(kept["audio_path"]).exists()


def test_a_kill_during_a_backup_leaves_the_earlier_one_until_the_new_one_is_whole(
    start: Start, data_dir: Path, tmp_path: Path
) -> None:
    target = tmp_path / "target" / "library"
    target.parent.mkdir()
    sidecar = start(data_dir)
    keep(sidecar, "long", 1_200.0)
    target.write_bytes(b"the backup of yesterday")
    job_id = sidecar.call("system.backup", path=str(target))["job_id"]
    sidecar.event("job.progress", job_id=job_id, stage="writing")
    sidecar.kill()
    assert target.read_bytes() == b"the backup of yesterday" or zipfile.is_zipfile(target)
    with start(data_dir) as sidecar:
        assert sidecar.event("job.finished", job_id=job_id)["status"] == "completed"
        assert list(target.parent.iterdir()) == [target]
        assert sidecar.call("system.restore", path=str(target), wait=True)["restart_required"]


def test_a_kill_during_a_restore_leaves_the_old_library_or_the_new_one(
    start: Start, data_dir: Path, library: Path
) -> None:
    sidecar = start(data_dir)
    keep(sidecar, "mine")
    job_id = sidecar.call("system.restore", path=str(library))["job_id"]
    sidecar.event("job.progress", job_id=job_id, stage="unpacking")
    sidecar.kill()
    with start(data_dir) as sidecar:
        if titles(sidecar) == ["mine"]:
            assert sidecar.event("job.finished", job_id=job_id)["status"] == "completed"
    with start(data_dir) as sidecar:
        assert titles(sidecar) == ["first", "second"]
    assert_whole(data_dir)


def with_database(files: Files, *statements: str) -> bytes:
    """The backup with its database changed."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.deserialize(files[DATABASE])
    for statement in statements:
        connection.execute(statement)
    return packed(told(files | {DATABASE: connection.serialize()}))


def audio_of(files: Files) -> str:
    return next(name for name in files if name.startswith("audio/"))


HARMFUL: dict[str, Callable[[Files], bytes]] = {
    "a row that names a file of this machine": lambda files: with_database(
        files, "UPDATE versions SET audio_path = '../../etc/passwd'"
    ),
    "a file of this machine as a missing one": lambda files: packed(told(files, missing=["../../etc/passwd"])),
    "a trigger": lambda files: with_database(
        files, "CREATE TRIGGER evil AFTER UPDATE ON jobs BEGIN DELETE FROM profiles; END"
    ),
    "a newer schema": lambda files: packed(told(files, schema_number=9_001)),
    "a newer schema that is not told": lambda files: with_database(files, "PRAGMA user_version = 9001"),
    "a newer version": lambda files: packed(told(files, format_version=2)),
    "a profile": lambda files: packed(told(files, format="voicebox-profile")),
    "no database": lambda files: packed(told({name: files[name] for name in files if name != DATABASE})),
    "a letter as the database": lambda files: packed(told(files | {DATABASE: b"Dear grandmother, " * 500})),
    "a damaged database": lambda files: packed(
        told(files | {DATABASE: files[DATABASE][:8_192] + bytes(8_192) + files[DATABASE][16_384:]})
    ),
    "a recording that is not there": lambda files: packed(
        told({name: files[name] for name in files if name != audio_of(files)})
    ),
    "a recording that nobody names": lambda files: packed(told(files | {"audio/samples/more.wav": b"x"})),
    "a program": lambda files: packed(told(files | {"logs/evil.sh": b"x"})),
    "a model": lambda files: packed(told(files | {"models/m/model.onnx": b"x"})),
    "a lock": lambda files: packed(told(files | {"lock": b"x"})),
    "links": of_mode(0o120000),
    "a wrong checksum": lambda files: packed(files | {audio_of(files): files[audio_of(files)][:-1] + b"!"}),
}


def test_a_backup_that_was_made_to_do_harm_changes_nothing(
    start: Start, data_dir: Path, library: Path, tmp_path: Path
) -> None:
    files = unpacked(library)
    bad = tmp_path / "bad.voicebox"
    with start(data_dir) as sidecar:
        keep(sidecar, "mine")
        before = {path for path in tmp_path.rglob("*") if "voicebox.db" not in path.name} | {bad}
        for name, attack in HARMFUL.items():
            bad.write_bytes(attack(files))
            refused = refusal(sidecar, "system.restore", path=str(bad), wait=True)
            assert refused.data["kind"] == "invalid_params", name
            assert {path for path in tmp_path.rglob("*") if "voicebox.db" not in path.name} == before, name
        bad.write_bytes(packed(told(files)))
        assert sidecar.call("system.restore", path=str(bad), wait=True)["restart_required"]


def test_a_backup_of_an_older_program_is_brought_up_to_date(
    start: Start, data_dir: Path, library: Path, tmp_path: Path
) -> None:
    number, first = migrations()[0]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(first)
    connection.execute(f"PRAGMA user_version = {number}")
    connection.execute(
        "INSERT INTO profiles (id, name, name_key, voice, created_at, updated_at) "
        "VALUES ('p', 'Ada', 'ada', '{\"kind\": \"cloned\"}', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')"
    )
    files = {DATABASE: connection.serialize(), MANIFEST: unpacked(library)[MANIFEST]}
    (tmp_path / "older").write_bytes(packed(told(files, schema_number=number)))
    with start(data_dir) as sidecar:
        sidecar.call("system.restore", path=str(tmp_path / "older"), wait=True)
    with start(data_dir) as sidecar:
        (profile,) = sidecar.call("profiles.list")["items"]
        assert profile["name"] == "Ada"
        quieter = {"type": "gain", "params": {"gain_db": -12}}
        assert sidecar.call("effects.presets_create", name="Mine", effects=[quieter])["preset"]["name"] == "Mine"


def test_a_file_that_is_lost_is_told_and_stops_no_backup(start: Start, data_dir: Path, tmp_path: Path) -> None:
    with start(data_dir) as sidecar:
        lost = keep(sidecar, "lost")
        Path(lost["audio_path"]).unlink()
        written = backed_up(sidecar, tmp_path / "library")
        name = str(Path(lost["audio_path"]).relative_to(data_dir))
        assert (written["missing"], written["files"]) == ([name], 1)
        assert sidecar.call("system.restore", path=str(tmp_path / "library"), wait=True)["files"] == 1


def test_a_backup_never_goes_into_the_library(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        for name in ("voicebox.db", "audio/samples/x.zip"):
            refused = refusal(sidecar, "system.backup", path=str(data_dir / name))
            assert refused.data["kind"] == "invalid_params"
