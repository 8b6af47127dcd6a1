"""The whole library carried away as it is at one moment, and brought back whole."""

from __future__ import annotations

import json
import shutil
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


def test_what_was_under_way_in_the_backup_ends_as_if_it_had_been_cancelled(
    start: Start, data_dir: Path, library: Path, tmp_path: Path
) -> None:
    under_way = (
        "UPDATE generations SET status = 'running'",
        "UPDATE generations SET default_version_id = NULL WHERE title = 'second'",
        ADA,
        job("voice_design", "{}", status="queued", subject="p"),
    )
    (tmp_path / "busy").write_bytes(with_database(unpacked(library), *under_way))
    with start(data_dir) as sidecar:
        sidecar.call("system.restore", path=str(tmp_path / "busy"), wait=True)
    with start(data_dir) as sidecar:
        first, second = sidecar.call("history.list", sort="title")["items"]
        assert (first["status"], first["stop_reason"]) == ("completed", None)
        assert (second["status"], second["stop_reason"], second["error"]["kind"]) == (
            "cancelled",
            "cancelled",
            "cancelled",
        )
        assert sidecar.call("profiles.list")["items"] == []
        assert sidecar.call("jobs.get", job_id="j")["job"]["status"] == "cancelled"


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


def of_an_older_program(files: Files, *statements: str) -> bytes:
    """A backup of a library as the first program made it, changed."""
    number, first = migrations()[0]
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.executescript(first)
    connection.execute(f"PRAGMA user_version = {number}")
    for statement in statements:
        connection.execute(statement)
    contents = {DATABASE: connection.serialize(), MANIFEST: files[MANIFEST]}
    return packed(told(contents, schema_number=number))


def job(kind: str, payload: str, id: str = "j", status: str = "completed", subject: str = "s") -> str:
    """A row of the queue, as an SQL statement."""
    return (
        "INSERT INTO jobs (id, kind, lane, status, subject, payload, created_at) "
        f"VALUES ('{id}', '{kind}', 'models', '{status}', '{subject}', '{payload}', '2026-01-01T00:00:00Z')"
    )


ADA = (
    "INSERT INTO profiles (id, name, name_key, voice, created_at, updated_at) "
    "VALUES ('p', 'Ada', 'ada', '{\"kind\": \"cloned\"}', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')"
)
ENDLESS = "(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n)"


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
    "a view in place of a table": lambda files: with_database(
        files, "DROP TABLE settings", f"CREATE VIEW settings AS SELECT 'device' AS key, {ENDLESS} AS value"
    ),
    "a trigger without end in an older database": lambda files: of_an_older_program(
        files,
        job("generation", "{}"),
        f"CREATE TRIGGER evil BEFORE UPDATE ON jobs BEGIN SELECT {ENDLESS}; END",
    ),
    "a view without end in an older database": lambda files: of_an_older_program(
        files, "DROP TABLE versions", f"CREATE VIEW versions AS SELECT {ENDLESS} AS id"
    ),
    "a column that is computed": lambda files: with_database(
        files, "ALTER TABLE settings ADD COLUMN evil TEXT AS (hex(zeroblob(1000000000)))"
    ),
    "an index of what is computed": lambda files: of_an_older_program(
        files, "CREATE INDEX evil ON jobs (hex(zeroblob(length(payload))))"
    ),
    "a table without a name": lambda files: with_database(
        files,
        "CREATE TABLE evil (x)",
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_schema SET type = NULL, name = NULL WHERE name = 'evil'",
    ),
    "a setting that is no JSON": lambda files: with_database(files, "INSERT INTO settings VALUES ('device', '{')"),
    "a job that is no JSON": lambda files: with_database(files, job("generation", "{", status="queued")),
    "a title that is no text": lambda files: with_database(files, "UPDATE generations SET title = x'ff00'"),
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
    (tmp_path / "older").write_bytes(of_an_older_program(unpacked(library), ADA))
    with start(data_dir) as sidecar:
        sidecar.call("system.restore", path=str(tmp_path / "older"), wait=True)
    with start(data_dir) as sidecar:
        (profile,) = sidecar.call("profiles.list")["items"]
        assert profile["name"] == "Ada"
        quieter = {"type": "gain", "params": {"gain_db": -12}}
        assert sidecar.call("effects.presets_create", name="Mine", effects=[quieter])["preset"]["name"] == "Mine"


def test_what_a_strangers_jobs_name_is_not_touched(start: Start, data_dir: Path, library: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    beside = precious / ".song.wav.j1.part"
    for folder in (precious / "hub", precious / "kokoro-82m"):
        folder.mkdir(parents=True)
        (folder / "weights").write_bytes(b"mine")
    beside.write_bytes(b"mine")
    before = set(precious.rglob("*"))
    here = json.dumps(str(precious))
    asked = [
        ("model_move", f'{{"from": {here}, "to": {here}}}'),
        ("history_export", f'{{"path": {json.dumps(str(precious / "song.wav"))}}}'),
        ("project_script", f'{{"render": {{"path": {json.dumps(str(precious / "song.wav"))}}}}}'),
        ("model_install", f'{{"path": {here}}}'),
        ("system_backup", "{}"),
        ("model_move", "[]"),
        ("generation", '"poem"'),
        ("voice_design", "7"),
        ("unheard_of", "null"),
    ]
    waiting = {f"j{number}": job(kind, payload, f"j{number}", "queued") for number, (kind, payload) in enumerate(asked)}
    at_work = {"x/../hub": job("model_install", "{}", "x/../hub", "running")}
    (tmp_path / "bad").write_bytes(with_database(unpacked(library), *waiting.values(), *at_work.values()))
    with start(data_dir) as sidecar:
        sidecar.call("system.restore", path=str(tmp_path / "bad"), wait=True)
        assert set(precious.rglob("*")) == before
    with start(data_dir) as sidecar:
        cancelled = {row["id"] for row in sidecar.call("jobs.list", status="cancelled")["items"]}
        assert cancelled >= waiting.keys() | at_work.keys()
        assert sidecar.call("system.health")["queue_depth"] == 0
    assert set(precious.rglob("*")) == before


def test_what_was_at_work_keeps_what_there_was_of_it_before(
    start: Start, data_dir: Path, library: Path, tmp_path: Path
) -> None:
    bundle = with_database(
        unpacked(library),
        ADA,
        "INSERT INTO samples SELECT 's', 'p', 0, NULL, audio_path, 'x', 1.0, '{}', '[]', created_at "
        "FROM versions LIMIT 1",
        job("voice_design", "{}", "design", "running", "p"),
        "UPDATE generations SET status = 'running' WHERE title = 'first'",
        "INSERT INTO chunks (version_id, position, generation_id, text, pause_after_s, seed) "
        "SELECT 'another take', 0, id, 'Half of it.', 0, 1 FROM generations WHERE title = 'first'",
        "UPDATE chunks SET audio_path = (SELECT audio_path FROM versions ORDER BY created_at DESC LIMIT 1)",
        "DELETE FROM versions WHERE generation_id IN (SELECT id FROM generations WHERE title = 'second')",
        "DELETE FROM generations WHERE title = 'second'",
    )
    (tmp_path / "busy").write_bytes(bundle)
    with start(data_dir) as sidecar:
        sidecar.call("system.restore", path=str(tmp_path / "busy"), wait=True)
    with start(data_dir) as sidecar:
        assert sidecar.call("profiles.get", profile_id="p")["profile"]["sample_count"] == 1
        (first,) = sidecar.call("history.list", search="first")["items"]
        assert first["status"] == "completed"
        assert sidecar.call("system.health")["unclaimed"] == []
    with closing(sqlite3.connect(data_dir / DATABASE)) as database:
        assert database.execute("SELECT count(*) FROM chunks").fetchone() == (0,)


def test_where_anything_goes_is_not_for_a_backup_to_say(
    start: Start, data_dir: Path, library: Path, tmp_path: Path
) -> None:
    values = {
        "vllm_omni_servers": "http://127.0.0.1:9",
        "default_engine": "vllm-omni",
        "models_dir": str(tmp_path),
        "queue_limit": 7,
        "of_another_version": "x",
    }
    stored = [f"INSERT INTO settings VALUES ('{name}', '{json.dumps(value)}')" for name, value in values.items()]
    (tmp_path / "bad").write_bytes(with_database(unpacked(library), *stored))
    with start(data_dir) as sidecar:
        sidecar.call("settings.update", default_engine="kokoro", queue_limit=8)
        folders = sidecar.call("system.info")["paths"]["models_dirs"]
        sidecar.call("system.restore", path=str(tmp_path / "bad"), wait=True)
    with start(data_dir) as sidecar:
        settings = sidecar.call("settings.get")["settings"]
        assert (settings["default_engine"], settings["vllm_omni_servers"]) == ("kokoro", None)
        assert settings["queue_limit"] == 7
        assert sidecar.call("system.info")["paths"]["models_dirs"] == folders
    with closing(sqlite3.connect(data_dir / DATABASE)) as database:
        kept = {name for (name,) in database.execute("SELECT key FROM settings")}
    assert kept == {"default_engine", "queue_limit"}


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


@pytest.mark.parametrize("name", ["MEMO.WAV", "memo.wav ✎", "no ending"])
def test_a_backup_holds_a_recording_whatever_it_was_called(
    start: Start, data_dir: Path, recordings: Path, tmp_path: Path, name: str
) -> None:
    recording = tmp_path / name
    shutil.copyfile(next(recordings.glob("*.wav")), recording)
    with start(data_dir) as sidecar:
        made = sidecar.call("transcription.create", path=str(recording), language="en")["transcription"]
        backed_up(sidecar, tmp_path / "library.voicebox")
        sidecar.call("system.restore", path=str(tmp_path / "library.voicebox"), wait=True)
    with start(data_dir) as sidecar:
        (after,) = sidecar.call("transcription.list")["items"]
        assert Path(after["audio_path"]).read_bytes() == recording.read_bytes()
        assert after["id"] == made["id"]
