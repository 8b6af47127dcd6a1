"""Each invariant is broken once by hand, so that it is known to see what it is there for."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sidecar.store.database import Database
from sidecar.store.files import FileStore
from tests.torture import invariants
from tests.torture.invariants import Decoder, rows_of
from tests.torture.ledger import Ledger, Wish

RATE = 24_000
SECONDS = 0.5
NOW = "2026-01-01T00:00:00Z"
AUDIO = "audio/generations/v1.wav"
ROWS = (
    "INSERT INTO generations (id, profile_name, text, engine, settings, status, default_version_id, created_at) "
    f"VALUES ('g1', 'Heart', 'Hello.', 'scripted', '{{}}', 'completed', 'v1', '{NOW}')",
    "INSERT INTO versions (id, generation_id, label, kind, audio_path, duration_s, sample_rate, created_at) "
    f"VALUES ('v1', 'g1', 'Take 1', 'take', '{AUDIO}', {SECONDS}, {RATE}, '{NOW}')",
    "INSERT INTO jobs (id, kind, lane, status, payload, announced, created_at, finished_at) "
    f"VALUES ('j1', 'generation', 'engine', 'completed', '{{}}', 1, '{NOW}', '{NOW}')",
)


@pytest.fixture
def library(data_dir: Path) -> Path:
    """A data folder with one generation, whole."""
    files = FileStore(data_dir)
    Database(files.database).close()
    for row in ROWS:
        execute(data_dir, row)
    execute(data_dir, "INSERT INTO history_search (rowid, body) SELECT seq, text FROM generations")
    sound = 0.1 * np.ones(round(SECONDS * RATE))
    soundfile.write(data_dir / AUDIO, sound, RATE)
    exports = data_dir.with_name("exports")
    exports.mkdir()
    soundfile.write(exports / "1.wav", sound, RATE)
    return data_dir


def execute(data_dir: Path, change: str) -> None:
    with closing(sqlite3.connect(data_dir / "voicebox.db")) as database, database:
        database.execute(change)


def findings(library: Path) -> Iterator[str]:
    yield from invariants.unsound_database(library)
    yield from invariants.unfinished_work(library)
    yield from invariants.untold_ends(library)
    yield from invariants.damaged_files(library, Decoder())
    yield from invariants.stray_files(library)
    yield from invariants.damaged_exports(library.with_name("exports"), Decoder())


def halve(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def overwrite_pages(library: Path) -> None:
    with (library / "voicebox.db").open("r+b") as file:
        for page in range(2, 20):
            file.seek(page * 4096)
            file.write(b"\xa5" * 100)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "pages of the database": (overwrite_pages, "integrity_check"),
    "a row without its parent": (
        lambda library: execute(library, "DELETE FROM generations"),
        "foreign_key_check",
    ),
    "a generation that cannot be searched": (
        lambda library: execute(library, "DELETE FROM history_search_docsize"),
        "the index of the search",
    ),
    "totals of another history": (
        lambda library: execute(library, "UPDATE history_totals SET audio_us = audio_us + 1"),
        "the totals of the history",
    ),
    "a job that stays queued": (lambda library: execute(library, "UPDATE jobs SET status = 'queued'"), "is queued"),
    "a generation that stays running": (
        lambda library: execute(library, "UPDATE generations SET status = 'running'"),
        "nothing works on it",
    ),
    "a completed generation without a version": (
        lambda library: execute(library, "UPDATE generations SET default_version_id = 'another'"),
        "has no audio",
    ),
    "chunks after the end": (
        lambda library: execute(
            library,
            "INSERT INTO chunks (version_id, position, generation_id, text, pause_after_s, seed) "
            "VALUES ('v1', 0, 'g1', 'Hello.', 0, 1)",
        ),
        "there are chunks of version v1",
    ),
    "an end that was not noted": (lambda library: execute(library, "UPDATE jobs SET announced = 0"), "not noted"),
    "a file that is gone": (lambda library: (library / AUDIO).unlink(), "the file of versions v1"),
    "half a file": (lambda library: halve(library / AUDIO), "its row says 0.5"),
    "an empty file": (lambda library: (library / AUDIO).write_bytes(b""), "the file of versions v1"),
    "a file that no row names": (
        lambda library: (library / "audio/chunks/x.wav").write_bytes(b"x"),
        "no row names audio/chunks/x.wav",
    ),
    "a temporary file": (lambda library: (library / "tmp/x").write_bytes(b"x"), "tmp/x was left behind"),
    "a part of a cached file": (
        lambda library: (library / "cache/prompts/x.tmp").write_bytes(b"x"),
        "cache/prompts/x.tmp was left behind",
    ),
    "a stranger in the folder": (lambda library: (library / "x").mkdir(), "x does not belong"),
    "half an export": (
        lambda library: (library.parent / "exports/2.flac").write_bytes(b"fLaC"),
        "the exported 2.flac",
    ),
    "half an archive": (lambda library: (library.parent / "exports/2.zip").write_bytes(b"PK"), "no whole archive"),
    "a part of an export": (
        lambda library: (library.parent / "exports/.2.wav.j1.part").write_bytes(b"x"),
        "was left beside",
    ),
}


def test_in_a_whole_library_there_is_nothing_to_find(library: Path) -> None:
    assert list(findings(library)) == []


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(library: Path, damage: str) -> None:
    inflict, expected = DAMAGE[damage]
    inflict(library)
    assert any(expected in finding for finding in findings(library)), list(findings(library))


def granted(ledger: Ledger, wish: Wish, **result: object) -> None:
    ledger.ask(1, wish)
    ledger.hear({"jsonrpc": "2.0", "id": 1, "result": result})


SPOKEN = Wish("generation.create", {})
NAMED = Wish("history.update", {}, ("generations", "g1"), {"title": "New"})
DELETED = Wish("history.delete", {}, deletes=(("generations", "g1"),))


def test_what_was_acknowledged_must_be_there(library: Path) -> None:
    ledger = Ledger()
    granted(ledger, SPOKEN, generation={"id": "g2"}, job_id="j2")
    assert sorted(ledger.compare(rows_of(library))) == [
        "('generations', 'g2') was acknowledged and is not there",
        "job j2 is not there, told was None",
    ]


def test_a_change_that_was_acknowledged_must_hold(library: Path) -> None:
    ledger = Ledger()
    granted(ledger, NAMED)
    assert "title of ('generations', 'g1') is None" in next(ledger.compare(rows_of(library)))


def test_a_change_that_was_not_answered_may_hold_or_not(library: Path) -> None:
    ledger = Ledger()
    ledger.ask(1, NAMED)
    ledger.lose(cleanly=False)
    assert list(ledger.compare(rows_of(library))) == []


def test_a_change_may_be_that_of_a_later_request_which_was_cancelled(library: Path) -> None:
    ledger = Ledger()
    ledger.ask(1, NAMED)
    ledger.ask(2, replace(NAMED, to={"title": None}))
    cancelled = {"kind": "cancelled"}
    ledger.hear({"jsonrpc": "2.0", "id": 2, "error": {"code": -32800, "message": "", "data": cancelled}})
    ledger.hear({"jsonrpc": "2.0", "id": 1, "result": {}})
    assert list(ledger.compare(rows_of(library))) == []
    granted(ledger, NAMED)
    assert len(list(ledger.compare(rows_of(library)))) == 1


def test_a_deletion_that_was_acknowledged_must_hold(library: Path) -> None:
    ledger = Ledger()
    granted(ledger, SPOKEN, generation={"id": "g1"})
    granted(ledger, DELETED)
    assert list(ledger.compare(rows_of(library))) == [
        "the deletion of ('generations', 'g1') was acknowledged, and it is there"
    ]


def test_a_deletion_that_was_not_answered_may_hold_or_not(library: Path) -> None:
    ledger = Ledger()
    granted(ledger, SPOKEN, generation={"id": "g2"})
    ledger.ask(1, Wish("history.delete", {}, deletes=(("generations", "g2"),)))
    ledger.lose(cleanly=False)
    assert list(ledger.compare(rows_of(library))) == []


def test_what_was_perhaps_deleted_may_be_brought_back_as_it_was_before(library: Path) -> None:
    ledger = Ledger()
    granted(ledger, replace(NAMED, to={"title": "another"}))
    ledger.ask(1, Wish("history.delete", {}, deletes=(NAMED.changes or ("", ""),)))
    ledger.lose(cleanly=False)
    assert len(list(ledger.compare(rows_of(library)))) == 1
    ledger = Ledger()
    granted(ledger, replace(NAMED, to={"title": "another"}))
    ledger.ask(1, Wish("history.delete", {}, deletes=(NAMED.changes or ("", ""),)))
    ledger.lose(cleanly=False)
    ledger.ask(2, Wish("profiles.import", {}, revives=("generations",)))
    assert list(ledger.compare(rows_of(library))) == []


def test_a_version_may_go_with_its_generation(library: Path) -> None:
    ledger = Ledger()
    granted(ledger, SPOKEN, generation={"id": "g2"}, version={"id": "v2", "generation_id": "g2"})
    granted(ledger, Wish("history.delete", {}, deletes=(("generations", "g2"),)))
    assert list(ledger.compare(rows_of(library))) == []


def test_what_went_with_a_row_does_not_come_back_with_it(library: Path) -> None:
    ledger = Ledger()
    granted(ledger, SPOKEN, generation={"id": "g1"}, version={"id": "v9", "generation_id": "g1"})
    granted(ledger, Wish("history.delete", {}, deletes=(("generations", "g1"),), revives=("generations",)))
    assert list(ledger.compare(rows_of(library))) == []


def test_undoing_may_change_the_name_of_a_project(library: Path) -> None:
    ledger, project = Ledger(), ("projects", "p1")
    granted(
        ledger, Wish("projects.update", {}, changes=project, to={"name": "New"}), project={"id": "p1", "tracks": []}
    )
    granted(ledger, Wish("projects.undo", {}, uses=(project,), unsettles=True))
    assert ledger.things[project].columns == {}


def test_an_end_that_was_told_must_be_the_one_that_is_written_down(library: Path) -> None:
    ledger = Ledger()
    ledger.hear(finished("failed"))
    assert list(ledger.compare(rows_of(library))) == ["job j1 is completed, told was failed"]


def test_an_end_is_told_once(library: Path) -> None:
    ledger = Ledger()
    ledger.hear(finished("completed"))
    ledger.lose(cleanly=True)
    ledger.hear(finished("completed"))
    assert len(ledger.wrong) == 1


def test_an_end_that_was_told_just_before_a_kill_may_be_told_once_more_and_no_oftener(library: Path) -> None:
    ledger = Ledger()
    ledger.hear(finished("completed"))
    ledger.lose(cleanly=False)
    ledger.hear(finished("completed"))
    assert ledger.wrong == []
    ledger.hear(finished("completed"))
    assert len(ledger.wrong) == 1


def finished(status: str) -> dict[str, object]:
    end: dict[str, object] = {"job_id": "j1", "kind": "generation", "status": status}
    end |= {"result": {}} if status == "completed" else {"error": {"kind": "storage", "message": "", "data": {}}}
    return {"jsonrpc": "2.0", "method": "job.finished", "params": end}
