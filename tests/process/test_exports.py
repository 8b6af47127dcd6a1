from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tinytag import TinyTag

from sidecar import __version__
from tests.process.conftest import Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

TEXT = 'She said: "Five; no, six."\nThen she left.'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """An empty folder of the user's."""
    folder = tmp_path / "Müsik & more"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def spoken(sidecar: SidecarProcess) -> Message:
    """Two lines, spoken, without a title."""
    return dict(sidecar.call("generation.create", profile_id="heart", text=TEXT, seed=1, wait=True)["generation"])


@pytest.fixture(scope="module")
def imported(sidecar: SidecarProcess, recordings: Path) -> Message:
    """A recording, which has a title and neither text nor voice."""
    params = {"path": str(recordings / "en_david.wav"), "title": "Aux: 1/2?"}
    return dict(sidecar.call("history.import_audio", **params, wait=True)["generation"])


def tags_of(path: Path) -> Message:
    return dict(TinyTag.get(path).as_dict())


@pytest.mark.parametrize(
    ("format", "words", "program"),
    [
        ("wav", "comment", "isft"),
        ("flac", "lyrics", "encoded_by"),
        ("mp3", "uslt", "encoder_settings"),
        ("ogg", "lyrics", "encoded_by"),
    ],
)
def test_an_exported_file_says_what_it_is(
    format: str, words: str, program: str, sidecar: SidecarProcess, spoken: Message, place: Path
) -> None:
    target = place / f"said.{format}"
    told = sidecar.call("history.export", generation_id=spoken["id"], format=format, path=str(target), wait=True)
    assert (told["file_count"], told["size_bytes"]) == (1, target.stat().st_size)
    tags = tags_of(target)
    assert (tags["title"], tags["artist"]) == (['She said: "Five; no, six." Then she left.'], ["Heart"])
    assert tags[words] == [TEXT]
    assert tags[program] == [f"voicebox-sidecar {__version__}"]
    assert tags["year"][0] in (spoken["created_at"][:10], spoken["created_at"][:4])
    assert os.listdir(place) == [target.name]


def test_several_become_one_zip_with_a_table_of_them(
    sidecar: SidecarProcess, spoken: Message, imported: Message, place: Path
) -> None:
    target = place / "All of them.ZIP"
    ids = [spoken["id"], imported["id"], spoken["id"]]
    told = sidecar.call("history.export", generation_ids=ids, format="mp3", path=str(target), wait=True)
    assert (told["path"], told["file_count"]) == (str(target), 3)
    assert told["size_bytes"] == target.stat().st_size
    assert told["duration_s"] == pytest.approx(2 * spoken["duration_s"] + imported["duration_s"], abs=0.01)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        *names, table = archive.namelist()
        first = "1 She said Five; no, six. Then she left.mp3"
        assert names == [first, "2 Aux 1 2.mp3", f"3{first[1:]}"]
        archive.extractall(place)
        lines = list(csv.DictReader(io.StringIO(archive.read(table).decode("utf-8-sig"), newline="")))
    assert table == "contents.csv"
    assert [line["file"] for line in lines] == names
    assert [(line["title"], line["voice"], line["text"]) for line in lines[:2]] == [
        ('She said: "Five; no, six." Then she left.', "Heart", TEXT),
        ("Aux: 1/2?", "", ""),
    ]
    assert [float(line["duration_s"]) for line in lines] == pytest.approx(
        [spoken["duration_s"], imported["duration_s"], spoken["duration_s"]], abs=0.01
    )
    assert tags_of(place / first)["artist"] == ["Heart"]
    assert tags_of(place / "2 Aux 1 2.mp3")["title"] == ["Aux: 1/2?"]
    assert sorted(os.listdir(place)) == sorted([*names, table, target.name])


def test_a_zip_tells_of_every_file_on_the_way(sidecar: SidecarProcess, imported: Message, place: Path) -> None:
    ids = [imported["id"]] * 5
    job_id = sidecar.call("history.export", generation_ids=ids, path=str(place / "five.zip"))["job_id"]
    result = sidecar.event("job.finished", job_id=job_id)["result"]
    assert (result["file_count"], result["path"]) == (5, str(place / "five.zip"))
    heard = [news for news in sidecar.events("job.progress") if news["job_id"] == job_id]
    assert {(news["total"], news["unit"]) for news in heard} == {(5, "files")}
    fractions = [news["fraction"] for news in heard]
    assert fractions == sorted(fractions)


def test_a_cancelled_zip_leaves_what_was_there_before(sidecar: SidecarProcess, imported: Message, place: Path) -> None:
    target = place / "many.zip"
    target.write_bytes(b"before")
    job_id = sidecar.call("history.export", generation_ids=[imported["id"]] * 1_000, path=str(target))["job_id"]
    sidecar.event("job.progress", job_id=job_id)
    assert sidecar.call("jobs.cancel", job_id=job_id)["job"]["status"] == "cancelled"
    assert target.read_bytes() == b"before"
    assert os.listdir(place) == [target.name]
    assert list((sidecar.data_dir / "tmp").iterdir()) == []


def test_a_killed_zip_is_made_after_the_restart_and_leaves_nothing_beside_it(
    start: Start, data_dir: Path, recordings: Path, place: Path
) -> None:
    target = place / "again.zip"
    with start(data_dir) as sidecar:
        path = str(recordings / "en_david.wav")
        imported = sidecar.call("history.import_audio", path=path, wait=True)["generation"]
        job_id = sidecar.call("history.export", generation_ids=[imported["id"]] * 20, path=str(target))["job_id"]
        sidecar.wait_for(lambda: [news for news in sidecar.events("job.progress") if news["completed"] > 2] or None)
        sidecar.kill()
    assert not target.exists()
    with start(data_dir) as sidecar:
        assert sidecar.event("job.finished", job_id=job_id)["status"] == "completed"
    assert os.listdir(place) == [target.name]
    with zipfile.ZipFile(target) as archive:
        assert (archive.testzip(), len(archive.namelist())) == (None, 21)


def wrong_exports(spoken: Message, place: Path) -> Iterator[tuple[Message, str, str]]:
    one, several = {"generation_id": spoken["id"]}, {"generation_ids": [spoken["id"]]}
    version = {"version_id": "any"}
    there, nowhere = {"path": str(place / "a.zip")}, {"path": str(place / "gone" / "a.zip")}
    yield there, "invalid_params", "exactly one of generation_id and generation_ids"
    yield one | several | there, "invalid_params", "exactly one of generation_id and generation_ids"
    yield several | version | there, "invalid_params", "version_id goes with generation_id"
    yield several | {"path": str(place / "a.wav")}, "invalid_params", "end with .zip"
    yield {"generation_ids": []} | there, "invalid_params", "at least 1 item"
    yield {"generation_ids": [spoken["id"]] * 1_001} | there, "invalid_params", "at most 1000 items"
    yield {"generation_ids": [spoken["id"], "nobody"]} | there, "not_found", "nobody"
    yield several | nowhere, "not_found", "make it first"


def test_a_wrong_export_is_refused_with_what_is_allowed_before_a_job_exists(
    sidecar: SidecarProcess, spoken: Message, place: Path
) -> None:
    before = sidecar.call("jobs.list")["total"]
    for params, kind, says in wrong_exports(spoken, place):
        with pytest.raises(Refused, match=says) as refusal:
            sidecar.call("history.export", **params)
        assert refusal.value.data["kind"] == kind
    assert sidecar.call("jobs.list")["total"] == before
    assert os.listdir(place) == []


def test_what_has_no_audio_yet_is_refused(sidecar: SidecarProcess, spoken: Message, place: Path) -> None:
    long = sidecar.call("generation.create", profile_id="heart", text="Again and again. " * 400)
    ids = [spoken["id"], long["generation"]["id"]]
    with pytest.raises(Refused, match="has no audio") as refusal:
        sidecar.call("history.export", generation_ids=ids, path=str(place / "a.zip"))
    assert refusal.value.data["kind"] == "conflict"
    sidecar.call("jobs.cancel", job_id=long["job_id"])


def test_a_generation_without_audio_since_it_was_asked_for_fails_the_whole_zip(
    start: Start, data_dir: Path, recordings: Path, place: Path
) -> None:
    with start(data_dir) as sidecar:
        path = str(recordings / "en_david.wav")
        kept, gone = (
            sidecar.call("history.import_audio", path=path, title=title, wait=True)["generation"]["id"]
            for title in ("Kept", "Gone")
        )
        job_id = sidecar.call("history.export", generation_ids=[kept] * 60 + [gone], path=str(place / "a.zip"))[
            "job_id"
        ]
        sidecar.call("history.delete", generation_ids=[gone])
        error = sidecar.event("job.finished", job_id=job_id)["error"]
    assert error["kind"] == "not_found"
    assert os.listdir(place) == []
