"""The words of a whole project, found by a real recogniser in real speech, over the real pipe."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.process.sidecar_process import Message, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

TEXT = "The harbour was quiet. [pause 1s] Nobody was there, not even the gulls."
START_S = 3.0


@pytest.fixture(scope="module")
def spoken(sidecar: SidecarProcess) -> Message:
    """A generation with a pause in its middle."""
    return dict(sidecar.call("generation.create", profile_id="heart", text=TEXT, wait=True)["generation"])


@pytest.fixture(scope="module")
def alone(sidecar: SidecarProcess, spoken: Message) -> list[Message]:
    """Its own words."""
    return list(sidecar.call("generation.words", generation_id=spoken["id"])["words"])


@pytest.fixture
def project(sidecar: SidecarProcess, spoken: Message) -> Message:
    """A project with it on Anna's track, three seconds from the beginning: the clip and the ids."""
    project_id = sidecar.call("projects.create", name="Harbour")["project"]["id"]
    track_id = sidecar.call("projects.add_track", project_id=project_id, name="Anna")["track"]["id"]
    where = {"project_id": project_id, "track_id": track_id}
    clip = sidecar.call("projects.add_clip", **where, start_s=START_S, generation_id=spoken["id"])["clip"]
    return where | {"clip_id": clip["id"]}


def words(sidecar: SidecarProcess, project: Message) -> list[Any]:
    answered = sidecar.call("projects.subtitles", project_id=project["project_id"], format="json")
    return list(json.loads(answered["text"])["words"])


def test_the_words_of_a_project_are_its_clips_where_they_stand(
    sidecar: SidecarProcess, alone: list[Message], project: Message
) -> None:
    told = words(sidecar, project)
    assert [word["word"] for word in told] == [word["word"] for word in alone]
    assert [word["start_s"] for word in told] == pytest.approx([word["start_s"] + START_S for word in alone])
    assert {(word["speaker"], word["clip_id"]) for word in told} == {("Anna", project["clip_id"])}


def test_a_split_and_muted_half_is_silent_in_the_subtitles_too(
    sidecar: SidecarProcess, alone: list[Message], project: Message
) -> None:
    quiet, nobody = (next(word for word in alone if word["word"] == each) for each in ("quiet.", "Nobody"))
    at_s = START_S + (quiet["end_s"] + nobody["start_s"]) / 2
    _, right = sidecar.call("projects.split_clip", clip_id=project["clip_id"], at_s=at_s)["clips"]
    assert len(words(sidecar, project)) == len(alone)
    sidecar.call("projects.update_clip", clip_id=right["id"], muted=True)
    assert [word["word"] for word in words(sidecar, project)] == ["The", "harbour", "was", "quiet."]


def test_words_that_are_known_are_not_sought_again(
    sidecar: SidecarProcess, alone: list[Message], project: Message
) -> None:
    sidecar.call("models.unload")
    began = time.monotonic()
    assert len(words(sidecar, project)) == len(alone)
    assert time.monotonic() - began < 2.0
    assert [engine for engine in sidecar.call("system.health")["engines"] if engine["role"] == "model"] == []


def test_what_a_recogniser_hears_in_a_render_is_what_its_words_say_and_when(
    sidecar: SidecarProcess, project: Message, tmp_path: Path
) -> None:
    target = str(tmp_path / "harbour.wav")
    rendered = sidecar.call(
        "projects.render",
        project_id=project["project_id"],
        format="wav",
        path=target,
        start_s=START_S - 0.5,
        subtitles=["json"],
        wait=True,
    )
    told = json.loads(Path(rendered["subtitles"][0]).read_text("utf-8"))["words"]
    heard = sidecar.call("transcription.create", path=target, language="en", wait=True)["transcription"]["words"]
    assert [plain(word) for word in heard] == [plain(word) for word in told]
    # Where silence comes before a word, the recogniser alone lets the word begin in it.
    assert [word["end_s"] for word in heard] == pytest.approx([word["end_s"] for word in told], abs=0.3)


def plain(word: Message) -> str:
    """The letters alone; the recogniser spells as Americans do."""
    return "".join(letter for letter in word["word"].lower() if letter.isalpha()).replace("harbour", "harbor")


def test_subtitles_are_written_beside_notes_on_what_has_no_text(
    sidecar: SidecarProcess, project: Message, recordings: Path, tmp_path: Path
) -> None:
    path = str(recordings / "en_david.wav")
    where = {"project_id": project["project_id"], "track_id": project["track_id"]}
    sidecar.call("projects.add_clip", **where, start_s=20.0, path=path, label="David")
    target = tmp_path / "harbour.vtt"
    told = sidecar.call("projects.subtitles", project_id=project["project_id"], format="vtt", path=str(target))
    assert (told["text"], told["path"]) == (None, str(target))
    assert "<v Anna>The harbour was quiet." in target.read_text("utf-8")
    (note,) = told["notes"]
    assert "'David'" in note
