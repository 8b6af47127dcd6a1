"""From a script to a project that is spoken, laid out and rendered, and its lines changed; with an engine of tones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.scripted_engine import VOICE, spec
from tests.services.studio import Message, Studio

SCRIPT = """\
# One

**Anna:** Well. [She nods.]
**Ben:** Good day?

Snow fell.

# Two

[pause 1s]

**Anna:** So. [pause 1.5s]
"""
CAST = {"Anna": "anna", "Ben": "ben"}


@asynccontextmanager
async def studio_of(folder: Path) -> AsyncIterator[Studio]:
    """A program with three profiles and an engine that needs no model."""
    there = folder.exists()
    folder.mkdir(exist_ok=True)
    async with Studio(folder, [spec()]) as studio:
        for name in () if there else ("Anna", "Ben", "Cleo"):
            await studio.call("profiles.create", name=name, voice=VOICE)
        yield studio


async def lines_of(studio: Studio, project_id: str) -> list[Message]:
    lines: list[Message] = (await studio.call("projects.list_lines", project_id=project_id, limit=200))["items"]
    return lines


def clips_of(project: Message) -> list[Message]:
    return sorted((clip for track in project["tracks"] for clip in track["clips"]), key=lambda clip: clip["start_s"])


async def refused(studio: Studio, **params: Any) -> Message:
    """The error of a call that makes nothing."""

    async def things() -> list[int]:
        return [(await studio.call(method))["total"] for method in ("projects.list", "history.list", "jobs.list")]

    before = await things()
    answer = await studio.answer("projects.from_script", **{"name": "Play"} | params)
    assert await things() == before
    error: Message = answer["error"]
    return error


async def test_one_call_makes_a_project_and_its_render_of_a_script(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "play.md").write_text(SCRIPT, "utf-8")
    render = {"format": "wav", "path": str(tmp_path / "play.wav")}
    asked = {"path": str(tmp_path / "play.md"), "speakers": CAST, "narrator": "Cleo", "render": render}
    async with studio_of(data_dir) as studio:
        made = await studio.call("projects.from_script", name="Play", **asked, channels=1, seed=5, wait=True)
        lines = await lines_of(studio, made["project"]["id"])
    assert (made["lines_count"], made["format"], made["result"]["spoken"], made["result"]["failed"]) == (
        (4, "markdown", 4, 0)
    )
    assert len(made["notes"]) == 1
    assert "Line 3" in made["notes"][0]
    assert "She nods." in made["notes"][0]
    assert [(line["number"], line["speaker"], line["text"], line["chapter"]) for line in lines] == [
        (3, "Anna", "Well.", "One"),
        (4, "Ben", "Good day?", None),
        (6, "Narrator", "Snow fell.", None),
        (12, "Anna", "So.", "Two"),
    ]
    assert [line["gap_after_s"] for line in lines] == [0.5, 0.6, 1.0, 1.5]
    for line, following in pairwise(lines):
        assert following["start_s"] - line["end_s"] == pytest.approx(line["gap_after_s"], abs=1e-9)
    project = made["project"]
    assert [track["name"] for track in project["tracks"]] == ["Anna", "Ben", "Narrator"]
    assert [(marker["title"], marker["at_s"]) for marker in project["markers"]] == [
        ("One", lines[0]["start_s"]),
        ("Two", lines[3]["start_s"]),
    ]
    rendered = made["result"]["render"]
    assert rendered["path"] == render["path"]
    assert soundfile.info(render["path"]).duration == pytest.approx(project["duration_s"])


async def test_a_book_is_rendered_to_a_file_a_chapter(data_dir: Path, tmp_path: Path) -> None:
    text = "Before.\n\n# Chapter 1: Snow\n\nIt fell.\n\n# End\n\nIt melted."
    render = {"format": "flac", "path": str(tmp_path / "book.flac"), "per_chapter": True}
    async with studio_of(data_dir) as studio:
        asked = {"text": text, "narrator": "Cleo", "speak_headings": True, "render": render, "wait": True}
        made = await studio.call("projects.from_script", name="Book", **asked)
        lines = await lines_of(studio, made["project"]["id"])
        whole = await studio.answer("projects.render", project_id=made["project"]["id"], **render, start_s=1.0)
    assert [line["text"] for line in lines] == ["Before.", "Chapter 1: Snow", "It fell.", "End", "It melted."]
    rendered = made["result"]["render"]
    assert [(file["title"], Path(file["path"]).name) for file in rendered["files"]] == [
        ("Chapter 1: Snow", "book.1 Chapter 1 Snow.flac"),
        ("End", "book.2 End.flac"),
    ]
    lengths = [soundfile.info(file["path"]).duration for file in rendered["files"]]
    assert lengths == pytest.approx([lines[3]["start_s"], lines[4]["end_s"] - lines[3]["start_s"]])
    assert sorted(path.name for path in tmp_path.glob("*.flac")) == [
        "book.1 Chapter 1 Snow.flac",
        "book.2 End.flac",
    ]
    assert "of the whole project" in whole["error"]["message"]


async def test_a_line_that_fails_is_left_out_and_named_and_is_there_when_it_has_been_tried_again(
    data_dir: Path, tmp_path: Path
) -> None:
    text = "Anna: One.\nBen: It breaks.\nAnna: Two."
    async with studio_of(data_dir) as studio:
        asked = {"name": "Play", "text": text, "default_profile": "Cleo", "wait": True}
        made = await studio.call("projects.from_script", **asked)
        first, broken, last = await lines_of(studio, made["project"]["id"])
        assert (made["result"]["spoken"], made["result"]["failed"]) == (2, 1)
        assert made["result"]["errors"][0]["id"] == broken["id"]
        assert (broken["status"], broken["start_s"]) == ("failed", None)
        assert last["start_s"] == pytest.approx(first["end_s"] + 0.5)
        render = {"format": "wav", "path": str(tmp_path / "play.wav")}
        asked = {"project_id": made["project"]["id"], "render": render, "wait": True}
        error = (await studio.answer("projects.lay_out", **asked))["error"]
        assert error["data"]["kind"] == "engine_failed"
        assert "1 of 3 lines" in error["message"]
        assert error["data"]["errors"][0]["id"] == broken["id"]
        assert not (tmp_path / "play.wav").exists()
        retried = await studio.answer("projects.lay_out", **asked, retry=True)
        assert retried["error"]["message"] == error["message"]
        assert len((await studio.call("jobs.list", kind="generation"))["items"]) == 4
        changed = await studio.call("projects.update_line", line_id=broken["id"], text="It mends.", wait=True)
        assert changed["line"]["start_s"] == pytest.approx(first["end_s"] + 0.5)
        await studio.call("projects.lay_out", **asked)
        assert (tmp_path / "play.wav").exists()


async def test_changing_a_line_speaks_it_alone_and_moves_what_follows_in_one_edit(data_dir: Path) -> None:
    text = "Anna: One.\nBen: Two.\nAnna: Three."
    async with studio_of(data_dir) as studio:
        made = await studio.call("projects.from_script", name="Play", text=text, speakers=CAST, seed=1, wait=True)
        project_id = made["project"]["id"]
        first, second, third = await lines_of(studio, project_id)
        changed = await studio.call(
            "projects.update_line", line_id=second["id"], text="Two and a half of them. [pause 2s]", seed=9, wait=True
        )
        after = await lines_of(studio, project_id)
        grown = after[1]["end_s"] - second["end_s"]
        assert grown > 0.5
        assert after[0] == first
        assert after[2] == third | {
            name: pytest.approx(third[name] + grown + 2 - second["gap_after_s"]) for name in ("start_s", "end_s")
        }
        assert (changed["line"], changed["undo"]) == (after[1], "Change a line")
        assert {clip["id"] for clip in changed["changes"]["clips"]} == {second["clip_id"], third["clip_id"]}
        assert (await studio.call("history.list"))["total"] == 4
        generation = (await studio.call("history.get", generation_id=after[1]["generation_id"]))["generation"]
        assert (generation["text"], generation["seed"]) == ("Two and a half of them.", 9)
        undone = await studio.call("projects.undo", project_id=project_id)
        assert await lines_of(studio, project_id) == [first, second, third]
        assert undone["project"] == made["project"]
        again = await studio.call("projects.update_line", line_id=first["id"], gap_after_s=3)
        assert (again["job_id"], again["line"]["gap_after_s"]) == (None, 3)
        assert again["line"]["end_s"] == first["end_s"]


async def test_of_two_changes_of_a_line_the_one_asked_for_last_stays(data_dir: Path) -> None:
    async with studio_of(data_dir) as studio:
        made = await studio.call("projects.from_script", name="Play", text="Anna: One.", speakers=CAST, wait=True)
        (line,) = await lines_of(studio, made["project"]["id"])
        asked = [
            await studio.call("projects.update_line", line_id=line["id"], text=f"Version {number}.")
            for number in range(6)
        ]
        await asyncio.gather(*(studio.call("jobs.wait", job_id=each["job_id"]) for each in asked))
        (changed,) = await lines_of(studio, made["project"]["id"])
        assert changed["text"] == "Version 5."


async def test_lines_are_added_and_removed(data_dir: Path) -> None:
    async with studio_of(data_dir) as studio:
        made = await studio.call("projects.from_script", name="Play", text="Anna: One.", speakers=CAST, wait=True)
        project_id = made["project"]["id"]
        new = {"project_id": project_id, "wait": True}
        unknown = await studio.answer("projects.add_line", **new, speaker="Ben", text="Two.")
        assert "Nobody is known who speaks for Ben" in unknown["error"]["message"]
        added = await studio.call("projects.add_line", **new, speaker="Ben", profile_id="ben", text="(aside) Two.")
        assert (added["line"]["speaker"], added["line"]["text"], added["line"]["direction"]) == ("Ben", "Two.", "aside")
        assert "'aside'" in added["notes"][0]
        before = await lines_of(studio, project_id)
        assert added["line"]["start_s"] == pytest.approx(before[0]["end_s"] + 0.5)
        broken = await studio.answer("projects.update_line", line_id=before[1]["id"], text="It breaks.", wait=True)
        assert "The project stays as it is" in broken["error"]["message"]
        assert await lines_of(studio, project_id) == before
        nothing = await studio.answer("projects.update_line", line_id=before[1]["id"], text="[She leaves.]")
        assert "nothing to say" in nothing["error"]["message"]
        removed = await studio.call("projects.remove_line", line_id=before[0]["id"])
        assert removed["changes"]["removed_clips"] == [before[0]["clip_id"]]
        (left,) = await lines_of(studio, project_id)
        assert (left["id"], left["start_s"], left["position"]) == (before[1]["id"], 0.0, 0)


async def test_it_goes_on_after_a_restart(data_dir: Path) -> None:
    text = "\n".join(f"Anna: Number {number}." for number in range(2))
    async with studio_of(data_dir) as studio:
        made = await studio.call("projects.from_script", name="Play", text=text, speakers=CAST)
        assert (made["result"], clips_of(made["project"])) == (None, [])
        await studio.hear("job.finished", lambda told: told["kind"] == "generation")
    async with studio_of(data_dir) as studio:
        finished = (await studio.call("jobs.wait", job_id=made["job_id"]))["result"]
        assert finished["spoken"] == 2
        project = (await studio.call("projects.get", project_id=made["project"]["id"]))["project"]
        assert len(clips_of(project)) == 2
        spoken = (data_dir / "models" / "scripted" / "spoken.txt").read_text().splitlines()
        assert set(spoken) == {f"Number {number}." for number in range(2)}
        assert len(spoken) <= 3, "a restart costs one line at most"


async def test_a_script_that_cannot_be_spoken_as_it_is_makes_nothing(data_dir: Path, tmp_path: Path) -> None:
    async with studio_of(data_dir) as studio:
        text = "Anna: One.\n\nBen: Two.\n\nBen: Three.\n\nSnow fell.\n\nNote: this."
        error = await refused(studio, text=text, speakers={"anna": "Anna"})
        assert error["data"]["kind"] == "invalid_params"
        told = {tuple(one["loc"]): one["line"] for one in error["data"]["errors"]}
        assert told == {("speakers", "Ben"): 3, ("narrator",): 7, ("speakers", "Note"): 9}
        error = await refused(studio, text="Anna: One.\n\nBen: Two.", speakers={"Anna": "anna", "Ben": "nobody"})
        assert (error["data"]["kind"], error["data"]["errors"][0]["line"]) == ("not_found", 3)
        error = await refused(studio, text="Anna:\n", default_profile="anna")
        assert error["data"]["errors"][0]["line"] == 1
        error = await refused(studio, text="Anna: One.", default_profile="anna", language="de")
        assert error["data"]["kind"] == "unsupported"
        error = await refused(studio, path=str(tmp_path / "none.md"), narrator="anna")
        assert error["data"]["kind"] == "not_found"
        nowhere = {"format": "mp3", "path": str(tmp_path / "nowhere" / "play.mp3")}
        error = await refused(studio, text="Anna: One.", default_profile="anna", render=nowhere)
        assert error["data"]["kind"] == "not_found"
        subtitles = {"format": "mp3", "path": str(tmp_path / "play.mp3"), "subtitles": True}
        error = await refused(studio, text="Anna: One.", default_profile="anna", render=subtitles)
        assert error["data"]["kind"] == "model_unavailable"
        made = await studio.call("projects.create", name="Empty")
        answer = await studio.answer("projects.lay_out", project_id=made["project"]["id"])
        assert answer["error"]["data"]["kind"] == "invalid_params"


async def test_empty_speakers_leave_everything_to_the_narrator(data_dir: Path) -> None:
    async with studio_of(data_dir) as studio:
        made = await studio.call(
            "projects.from_script", name="Book", text="Note: this.\n\nAnd that.", speakers={}, narrator="Cleo"
        )
        lines = await lines_of(studio, made["project"]["id"])
        assert [(line["speaker"], line["text"]) for line in lines] == [
            ("Narrator", "Note: this."),
            ("Narrator", "And that."),
        ]
        await studio.call("projects.delete", project_id=made["project"]["id"])
        job = (await studio.call("jobs.get", job_id=made["job_id"]))["job"]
        assert job["status"] == "cancelled"
