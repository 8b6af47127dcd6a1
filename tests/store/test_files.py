from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from sidecar.durable import SYNC_EVERY_BYTES, Growth, half_written, publish
from sidecar.errors import StorageError
from sidecar.store import generations as generation_store
from sidecar.store import profiles as profile_store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.files import FOLDERS, PREVIEWS_KEPT, FileStore
from sidecar.store.project_sources import add_source
from sidecar.store.sweep import claimed_files, claims
from sidecar.store.tables import generations, projects, transcriptions, versions

NOW = "2026-01-01T00:00:00Z"


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "data 🎉 'quoted'")


def put(files: FileStore, content: bytes = b"sound") -> Path:
    temporary = files.temporary(".wav")
    temporary.write_bytes(content)
    return temporary


def everything(files: FileStore) -> set[str]:
    return {str(path.relative_to(files.root)) for path in files.root.rglob("*") if path.is_file()}


def test_an_adopted_file_has_moved_to_its_place(files: FileStore) -> None:
    temporary = put(files)
    relative = files.adopt(temporary, "samples", "a.wav")
    assert relative == "audio/samples/a.wav"
    assert files.absolute(relative).read_bytes() == b"sound"
    assert everything(files) == {relative}


@pytest.mark.parametrize("name", ["../a.wav", "/tmp/a.wav", "b/a.wav", "../../../a.wav"])
def test_a_name_that_leads_out_of_its_folder_is_refused(files: FileStore, name: str) -> None:
    temporary = put(files)
    before = everything(files)
    with pytest.raises(StorageError, match="leads out"):
        files.adopt(temporary, "chunks", name)
    with pytest.raises(StorageError, match="leads out"):
        files.copy_in(temporary, "chunks", name)
    assert everything(files) == before


def test_two_temporary_names_are_never_the_same(files: FileStore) -> None:
    assert files.temporary(".wav") != files.temporary(".wav")


def test_a_file_copied_in_leaves_the_original_where_it_is(files: FileStore, tmp_path: Path) -> None:
    source = tmp_path / "mine.png"
    source.write_bytes(b"picture")
    relative = files.copy_in(source, "avatars", "a.png")
    assert files.absolute(relative).read_bytes() == source.read_bytes() == b"picture"
    assert everything(files) == {relative}


def test_copying_in_what_is_not_there_leaves_nothing(files: FileStore, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        files.copy_in(tmp_path / "gone.png", "avatars", "a.png")
    assert everything(files) == set()


def test_deleting_minds_neither_gaps_nor_what_is_gone_already(files: FileStore) -> None:
    kept = files.adopt(put(files), "samples", "kept.wav")
    gone = files.adopt(put(files), "samples", "gone.wav")
    files.delete([gone, None, gone])
    assert everything(files) == {kept}


def test_what_cannot_be_deleted_now_is_no_fault_of_the_caller(files: FileStore) -> None:
    gone = files.adopt(put(files), "samples", "gone.wav")
    files.absolute("audio/samples/stuck.wav").mkdir()
    files.delete(["audio/samples/stuck.wav", gone])
    assert not files.absolute(gone).exists()


async def test_while_somebody_copies_deleted_files_stay(files: FileStore) -> None:
    gone = [files.adopt(put(files), "samples", f"{number}.wav") for number in range(3)]
    async with files.keeping():
        files.delete(gone[:1])
        async with files.keeping():
            files.delete(gone[1:2])
        assert everything(files) == set(gone)
    assert everything(files) == set(gone[2:])
    files.delete(gone[2:])
    assert everything(files) == set()


async def test_a_name_that_is_taken_again_meanwhile_is_that_of_a_file_that_stays(files: FileStore) -> None:
    async with files.keeping():
        files.delete([files.adopt(put(files), "generations", "take.wav")])
        again = files.adopt(put(files), "generations", "take.wav")
    assert everything(files) == {again}


def started_again(files: FileStore) -> FileStore:
    return FileStore(files.root)


def test_the_sweep_removes_what_nobody_claims_and_nothing_else(files: FileStore) -> None:
    claimed = {files.adopt(put(files), kind, "claimed.wav") for kind in FOLDERS}
    orphans = {files.adopt(put(files), kind, "orphan.wav") for kind in FOLDERS}
    others = {"voicebox.db", "lock", "logs/sidecar.log", "cache/prompts/a.safetensors", "models/m/model.onnx"}
    for other in others:
        files.absolute(other).parent.mkdir(parents=True, exist_ok=True)
        files.absolute(other).write_bytes(b"")
    temporary = str(put(files).relative_to(files.root))
    assert files.sweep_temporary() == [temporary]
    assert set(started_again(files).sweep(claimed)) == orphans
    assert everything(files) == claimed | others


def test_what_lies_among_temporary_files_and_is_none_of_ours_stays(files: FileStore) -> None:
    theirs = {"tmp/thesis.docx", "cache/previews/holiday.png"}
    for path in theirs:
        files.absolute(path).write_bytes(b"theirs")
    files.keep_preview(put(files))
    put(files)
    files.sweep_temporary()
    files.sweep_previews()
    assert everything(files) == theirs


def test_a_voice_prompt_stays_but_one_half_written_is_swept(files: FileStore) -> None:
    for name in ("a.safetensors", "a.safetensors.77.tmp"):
        (files.prompts / name).touch()
    assert files.sweep_temporary() == ["cache/prompts/a.safetensors.77.tmp"]
    assert files.sweep(set()) == []


def test_what_an_engine_process_was_still_writing_goes_with_it_and_what_others_write_stays(files: FileStore) -> None:
    half = [half_written(files.prompts / "a.safetensors", 77), half_written(files.waveforms / "b.peaks", 77)]
    half.append(half_written(files.temporary(".wav"), 77))
    others = [files.prompts / "a.safetensors", files.prompts / "c.safetensors.177.tmp", files.waveforms / "b.peaks"]
    others.append(files.temporary(".wav"))
    for path in (*half, *others):
        path.touch()
    files.sweep_after(77)
    assert [path.exists() for path in (*half, *others)] == [False] * 3 + [True] * 4


def test_what_a_note_names_goes_with_it_wherever_it_lies(files: FileStore, tmp_path: Path) -> None:
    parts = [tmp_path / "half ✎.part", tmp_path / "gone" / "half.part"]
    parts[0].write_bytes(b"half")
    notes = [files.note(part) for part in parts]
    assert everything(files) == {str(note.relative_to(files.root)) for note in notes}
    files.sweep_temporary()
    assert everything(files) == set()
    assert not parts[0].exists()


def test_a_note_stays_until_what_it_names_can_be_removed(files: FileStore, tmp_path: Path) -> None:
    held = tmp_path / "held.part"
    held.mkdir()
    note = files.note(held)
    assert files.sweep_temporary() == []
    held.rmdir()
    assert files.sweep_temporary() == [str(note.relative_to(files.root))]


def test_a_swept_folder_has_nothing_left_to_sweep(files: FileStore) -> None:
    files.adopt(put(files), "chunks", "orphan.wav")
    assert started_again(files).sweep(set()) == ["audio/chunks/orphan.wav"]
    assert started_again(files).sweep(set()) == []


def test_what_was_put_in_place_since_the_start_is_not_swept_away_whatever_the_claims_say(files: FileStore) -> None:
    before = files.adopt(put(files), "samples", "before.wav")
    restarted = started_again(files)
    placed = {
        restarted.adopt(put(files), "generations", "adopted.wav"),
        restarted.copy_in(put(files), "recordings", "copied.wav"),
        restarted.link_in(before, "projects", "linked.wav"),
    }
    assert restarted.sweep(set()) == [before]
    assert placed <= everything(files)


def test_a_sweep_ends_when_it_is_enough_and_the_next_one_goes_on(files: FileStore) -> None:
    for number in range(10):
        files.adopt(put(files), "chunks", f"{number}.wav")
    enough = iter([False] * 3 + [True] * 10)
    assert len(started_again(files).sweep(set(), lambda: next(enough))) == 3
    assert len(started_again(files).sweep(set())) == 7


async def test_every_file_that_a_row_names_is_claimed(database: Database, files: FileStore) -> None:
    """Add a column of files and this test says so, if the sweep would remove them."""
    paths = {kind: files.adopt(put(files), kind, f"{kind}.wav") for kind in FOLDERS}

    def change(connection: Connection) -> None:
        ada = profile_store.insert_profile(
            connection, name="Ada", voice={"kind": "cloned"}, avatar_path=paths["avatars"]
        )
        measured: dict[str, Any] = {"sha256": "", "duration_s": 1.0, "metrics": {}, "warnings": []}
        profile_store.append_sample(connection, ada, audio_path=paths["samples"], **measured)
        spoken = {"profile_name": "Ada", "text": "a", "engine": "kokoro", "settings": {}, "status": "completed"}
        rows.add(connection, generations, id="g", created_at=NOW, **spoken)
        take = {"id": "v", "label": "Take 1", "kind": "take", "duration_s": 1.0, "sample_rate": 24_000}
        rows.add(connection, versions, generation_id="g", audio_path=paths["generations"], created_at=NOW, **take)
        chunk = {"version_id": "w", "position": 0, "generation_id": "g", "text": "a", "pause_after_s": 0.0, "seed": 1}
        generation_store.plan_chunks(connection, [chunk, chunk | {"position": 1}])
        generation_store.finish_chunk(connection, "w", 0, audio_path=paths["chunks"])
        heard = {"id": "t", "status": "queued", "model": "whisper-base", "settings": {}}
        rows.add(connection, transcriptions, audio_path=paths["recordings"], created_at=NOW, **heard)
        project = {"id": "p", "name": "Talk", "sample_rate": 48_000, "channels": 2}
        rows.add(connection, projects, created_at=NOW, updated_at=NOW, **project)
        add_source(connection, "p", 0, name="song.wav", audio_path=paths["projects"])

    await database.write(change)
    assert await database.read(claimed_files) == set(paths.values())
    assert started_again(files).sweep(await database.read(claims)) == []


def test_a_folder_that_cannot_be_written_to_is_told(files: FileStore) -> None:
    assert files.writable()
    (files.root / "tmp").rmdir()
    assert not files.writable()


def test_publishing_replaces_a_file_as_a_whole(tmp_path: Path) -> None:
    final, temporary = tmp_path / "new folder" / "final", tmp_path / "temporary"
    temporary.write_bytes(b"new")
    publish(temporary, final)
    temporary.write_bytes(b"newer")
    with final.open("rb") as reader:
        publish(temporary, final)
        # Whoever has the old file open goes on reading the old one: it was replaced, never written over.
        assert reader.read() == b"new"
    assert final.read_bytes() == b"newer"
    assert not temporary.exists()


def test_publishing_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    final = tmp_path / "final"
    final.write_bytes(b"old")
    with pytest.raises(FileNotFoundError):
        publish(tmp_path / "gone", final)
    assert final.read_bytes() == b"old"


def test_a_file_that_grows_is_synced_whenever_it_has_grown_by_so_much(tmp_path: Path) -> None:
    growth = Growth(tmp_path / "gone")
    growth.by(SYNC_EVERY_BYTES - 1)
    with pytest.raises(FileNotFoundError):
        growth.by(1)


def test_only_the_newest_previews_are_kept_and_none_past_a_start(files: FileStore) -> None:
    kept = [files.keep_preview(put(files, str(number).encode())) for number in range(PREVIEWS_KEPT + 3)]
    assert [path.exists() for path in kept] == [False] * 3 + [True] * PREVIEWS_KEPT
    files.sweep_previews()
    assert everything(files) == set()


def test_previews_may_be_kept_by_many_at_once(files: FileStore) -> None:
    with ThreadPoolExecutor(4) as threads:
        kept = list(threads.map(lambda number: files.keep_preview(put(files, str(number).encode())), range(500)))
    assert 0 < len([path for path in kept if path.exists()]) <= PREVIEWS_KEPT
