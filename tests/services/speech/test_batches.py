from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import soundfile

from sidecar.schema.batches import MOST_ITEMS, BatchItem, columns
from sidecar.services.speech import script_files
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Message, Studio

DEFAULTS = {"profile_id": "tone"}
FILES: dict[str, bytes] = {
    "comma.csv": b'text,title,speed\n"One, two.",A,1\nThree.,B,\n',
    "semicolon.csv": b"title;text\r\nA;One, two.\r\nB;Three.\r\n",
    "tab.tsv": b"title\ttext\nA\tOne, two.\nB\tThree.\n",
    "with a mark.csv": b'\xef\xbb\xbftitle,text\nA,"One, two."\nB,Three.\n',
    "items.jsonl": b'{"text": "One, two.", "title": "A"}\n\n{"text": "Three.", "title": "B", "seed": null}\n',
}


@asynccontextmanager
async def studio_of(folder: Path) -> AsyncIterator[Studio]:
    """A program with one profile and an engine that needs no model."""
    folder.mkdir(exist_ok=True)
    async with Studio(folder, [spec()]) as studio:
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        yield studio


async def refused(studio: Studio, **params: Any) -> Message:
    """The error of a call that makes nothing."""
    before = await studio.call("history.list"), await studio.call("jobs.list")
    answer = await studio.answer("generation.batch", **params)
    assert (await studio.call("history.list"), await studio.call("jobs.list")) == before
    error: Message = answer["error"]
    return error


async def made(studio: Studio, started: Message) -> list[Message]:
    """The generations of a batch in the order in which it names them."""
    found = [await studio.call("history.get", generation_id=one["id"]) for one in started["generations"]]
    return [one["generation"] for one in found]


async def test_every_item_becomes_a_generation_and_a_job_in_order(data_dir: Path) -> None:
    items = [{"text": f"Number {number}.", "seed": number} for number in range(5)]
    async with studio_of(data_dir) as studio:
        started = await studio.call("generation.batch", items=items, defaults=DEFAULTS)
        generations = await made(studio, started)
        assert [(one["text"], one["seed"]) for one in generations] == [(item["text"], item["seed"]) for item in items]
        parts = (await studio.call("jobs.list", parent_id=started["job_id"]))["items"]
        assert [(part["subject"], part["id"]) for part in reversed(parts)] == [
            (one["id"], one["job_id"]) for one in started["generations"]
        ]
        parent = (await studio.call("jobs.get", job_id=started["job_id"]))["job"]
        assert (parent["kind"], parent["parent_id"], parent["subject"]) == ("batch", None, None)
        assert {part["parent_id"] for part in parts} == {started["job_id"]}


async def test_with_wait_it_tells_how_the_batch_ended(data_dir: Path) -> None:
    async with studio_of(data_dir) as studio:
        items = [{"text": "A good day."}, {"text": "This breaks the engine."}]
        started = await studio.call("generation.batch", items=items, defaults=DEFAULTS, wait=True)
        first, second = await made(studio, started)
        assert (first["status"], second["status"]) == ("completed", "failed")
        assert started["result"] == {
            "completed": 1,
            "failed": 1,
            "cancelled": 0,
            "generation_ids": [first["id"], second["id"]],
            "errors": [{"generation_id": second["id"], "error": second["error"]}],
        }


async def test_what_an_item_says_takes_the_place_of_what_the_defaults_say(data_dir: Path) -> None:
    defaults = DEFAULTS | {"seed": 7, "title": "All", "chunking": {"max_chars": 100, "pause_s": 1}}
    items = [
        {"text": "One."},
        {"text": "Two.", "seed": 8, "title": None},
        {"text": "Three.", "chunking": {"pause_s": 2}},
    ]
    async with studio_of(data_dir) as studio:
        started = await studio.call("generation.batch", items=items, defaults=defaults)
        generations = await made(studio, started)
        assert [(one["seed"], one["title"]) for one in generations] == [(7, "All"), (8, "All"), (7, "All")]
        assert [one["settings"]["chunking"]["pause_s"] for one in generations] == [1, 1, 2]


@pytest.mark.parametrize("name", FILES)
async def test_a_file_says_the_same_in_every_form(data_dir: Path, tmp_path: Path, name: str) -> None:
    script = tmp_path / name
    script.write_bytes(FILES[name])
    async with studio_of(data_dir) as studio:
        started = await studio.call("generation.batch", path=str(script), defaults=DEFAULTS)
        generations = await made(studio, started)
        assert [(one["title"], one["text"]) for one in generations] == [("A", "One, two."), ("B", "Three.")]


@pytest.mark.parametrize(
    ("split", "texts"),
    [
        (None, ["One", "two.", "Three."]),
        ("lines", ["One", "two.", "Three."]),
        ("paragraphs", ["One\ntwo.", "Three."]),
    ],
)
async def test_plain_text_is_an_item_a_line_or_a_paragraph(
    data_dir: Path, tmp_path: Path, split: str | None, texts: list[str]
) -> None:
    script = tmp_path / "story.TXT"
    script.write_text("One\ntwo.\n\nThree.\n")
    async with studio_of(data_dir) as studio:
        started = await studio.call("generation.batch", path=str(script), split=split, defaults=DEFAULTS)
        assert [one["text"] for one in await made(studio, started)] == texts


@pytest.mark.parametrize(
    ("wrong", "kind", "loc"),
    [
        ({"text": ""}, "invalid_params", ["text"]),
        ({"text": "..."}, "invalid_params", ["text"]),
        ({}, "invalid_params", ["text"]),
        ({"text": "Two.", "volume": 11}, "invalid_params", ["volume"]),
        ({"text": "Two.", "stream": True}, "invalid_params", ["stream"]),
        ({"text": "Two.", "sampling": {"top_k": -1}}, "invalid_params", ["sampling", "top_k"]),
        ({"text": "Two.", "profile_id": "nobody"}, "not_found", []),
        ({"text": "Two.", "engine": "steam"}, "not_found", []),
        ({"text": "Two.", "language": "ja"}, "unsupported", []),
        ({"text": "Two.", "effects": [{"type": "gain", "params": {"gain_db": 900}}]}, "invalid_params", None),
        ({"text": "Two.", "effects": [{"type": "gain", "params": {"gain_db": None}}]}, "invalid_params", None),
    ],
)
async def test_one_item_that_does_not_fit_is_named_and_nothing_is_made(
    data_dir: Path, tmp_path: Path, wrong: dict[str, Any], kind: str, loc: list[str] | None
) -> None:
    items = [{"text": "One."}, wrong, {"text": "Three."}]
    script = tmp_path / "items.jsonl"
    async with studio_of(data_dir) as studio:
        error = await refused(studio, items=items, defaults=DEFAULTS)
        assert error["data"]["kind"] == kind
        (fault,) = error["data"]["errors"]
        assert fault["loc"][:2] == ["items", 1]
        assert loc is None or fault["loc"][2:] == loc
        assert error["message"].startswith("items.1")
        script.write_bytes(b"\n\n" + b"\n".join(map(orjson.dumps, items)))
        told = await refused(studio, path=str(script), defaults=DEFAULTS)
        assert told["data"]["kind"] == kind
        (same,) = told["data"]["errors"]
        assert (same["loc"], same["type"], same["line"]) == (fault["loc"], fault["type"], 4)
        assert "(line 4)." in told["message"]


async def test_all_items_that_do_not_fit_are_named_at_once(data_dir: Path) -> None:
    async with studio_of(data_dir) as studio:
        for wrong in ({"text": "..."}, {"text": "One.", "profile_id": "nobody"}, {"text": "One.", "speed": -1}):
            error = await refused(studio, items=[wrong, {"text": "Two."}, wrong], defaults=DEFAULTS)
            assert [fault["loc"][:2] for fault in error["data"]["errors"]] == [["items", 0], ["items", 2]]
            assert "1 more" in error["message"]


async def test_a_profile_is_named_by_the_item_or_by_the_defaults(data_dir: Path) -> None:
    async with studio_of(data_dir) as studio:
        error = await refused(studio, items=[{"text": "One.", "profile_id": "tone"}, {"text": "Two."}])
        assert [fault["loc"] for fault in error["data"]["errors"]] == [["items", 1, "profile_id"]]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"items": []},
        {"items": [{"text": "One."}], "path": "/tmp/items.csv"},
        {"items": [{"text": "One."}] * (MOST_ITEMS + 1)},
        {"items": [{"text": "One."}], "split": "lines"},
        {"items": [{"text": "One."}], "defaults": {"text": "One."}},
        {"items": ["One."]},
        {"path": "items.csv"},
    ],
)
async def test_a_call_that_makes_no_sense_is_refused(data_dir: Path, params: dict[str, Any]) -> None:
    async with studio_of(data_dir) as studio:
        error = await refused(studio, **{"defaults": DEFAULTS} | params)
        assert error["data"]["kind"] == "invalid_params"


def folder(path: Path) -> None:
    path.mkdir()


def written(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)


@pytest.mark.parametrize(
    ("name", "make", "params", "kind", "message"),
    [
        ("gone.csv", lambda path: None, {}, "not_found", "no file"),
        ("folder.csv", folder, {}, "invalid_params", "a folder or a device"),
        ("pipe.txt", os.mkfifo, {}, "invalid_params", "a folder or a device"),
        ("items.xlsx", written(b"PK"), {}, "invalid_params", "must end in one of"),
        ("empty.txt", written(b""), {}, "invalid_params", "no item"),
        ("blank.txt", written(b"\n \n"), {}, "invalid_params", "no item"),
        ("head.csv", written(b"text\n"), {}, "invalid_params", "no item"),
        ("latin.txt", written(b"One.\nZo\xeb.\n"), {}, "invalid_params", "Line 2 is not UTF-8"),
        ("wide.csv", written("text\nOne.\n".encode("utf-16")), {}, "invalid_params", "Line 1 is not UTF-8"),
        ("many.txt", written(b"One.\n" * (MOST_ITEMS + 1)), {}, "invalid_params", "more than 1,000 items"),
        ("split.csv", written(b"text\nOne.\n"), {"split": "lines"}, "invalid_params", "Only plain text"),
        ("unknown.csv", written(b"text,volume\nOne.,11\n"), {}, "invalid_params", "no column 'volume'"),
        ("broken.jsonl", written(b'{"text": "One."}\n{"text"\n'), {}, "invalid_params", "Line 2"),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused(
    data_dir: Path,
    tmp_path: Path,
    name: str,
    make: Callable[[Path], object],
    params: dict[str, Any],
    kind: str,
    message: str,
) -> None:
    make(tmp_path / name)
    async with studio_of(data_dir) as studio:
        error = await refused(studio, path=str(tmp_path / name), defaults=DEFAULTS, **params)
        assert error["data"]["kind"] == kind
        assert message in error["message"]


async def test_a_file_that_is_too_large_is_refused_with_its_size(data_dir: Path, tmp_path: Path) -> None:
    script = tmp_path / "large.txt"
    with script.open("wb") as file:
        file.truncate(script_files.MAX_BYTES + 1)
    async with studio_of(data_dir) as studio:
        error = await refused(studio, path=str(script), defaults=DEFAULTS)
        assert f"{script_files.MAX_BYTES + 1:,} bytes" in error["message"]


async def test_deleting_its_generations_does_not_keep_a_batch_from_ending(data_dir: Path) -> None:
    async with studio_of(data_dir) as studio:
        items = [{"text": f"Number {number}."} for number in range(6)]
        started = await studio.call("generation.batch", items=items, defaults=DEFAULTS)
        ids = [one["id"] for one in started["generations"]]
        assert await studio.call("history.delete", generation_ids=ids[1:]) == {"deleted": 5}
        result = (await studio.call("jobs.wait", job_id=started["job_id"]))["result"]
        assert (result["completed"] + result["cancelled"], result["generation_ids"]) == (6, ids)


async def test_a_part_that_was_cancelled_can_be_retried_by_itself(data_dir: Path) -> None:
    async with studio_of(data_dir) as studio:
        items = [{"text": f"Number {number}."} for number in range(3)]
        started = await studio.call("generation.batch", items=items, defaults=DEFAULTS)
        assert (await studio.call("jobs.cancel", job_id=started["job_id"]))["job"]["status"] == "cancelled"
        last = started["generations"][-1]["id"]
        again = await studio.call("generation.retry", generation_id=last, wait=True)
        assert again["generation"]["status"] == "completed"
        assert (await studio.call("jobs.get", job_id=again["job_id"]))["job"]["parent_id"] is None


async def test_an_import_that_did_not_come_off_cannot_be_spoken_again(data_dir: Path, tmp_path: Path) -> None:
    recording = tmp_path / "recording.wav"
    soundfile.write(recording, np.zeros(24_000, np.float32), 24_000)
    async with studio_of(data_dir) as studio:
        started = await studio.call("history.import_audio", path=str(recording))
        await studio.call("jobs.cancel", job_id=started["job_id"])
        answer = await studio.answer("generation.retry", generation_id=started["generation"]["id"])
        assert (answer["error"]["data"]["kind"], "imported" in answer["error"]["message"]) == ("conflict", True)


def test_every_parameter_of_an_item_has_its_column() -> None:
    found = columns()
    assert {name.partition(".")[0] for name in found} == set(BatchItem.model_fields)
    assert {name for name, is_text in found.items() if is_text} == {
        "profile_id",
        "text",
        "title",
        "language",
        "engine",
        "model",
        "instruct",
        "verify",
    }
    assert "sampling.top_k" in found
    assert "chunking.max_chars" in found
