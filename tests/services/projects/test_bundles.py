"""Projects carried from one library to another, by friends and by others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.bundle_attacks import MANIFEST, Files, packed, told, unpacked
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Message, Studio

SOURCE = "sources/00001.wav"
NOBODY = "00000000-0000-0000-0000-000000000000"
Project = Message
Change = Callable[[Message], None]


@asynccontextmanager
async def studio_of(folder: Path) -> AsyncIterator[Studio]:
    folder.mkdir(exist_ok=True)
    async with Studio(folder, [spec()]) as studio:
        yield studio


async def arranged(studio: Studio, folder: Path) -> Project:
    """A project in which everything is that a project may have."""
    await studio.call("profiles.create", name="Tone", voice=VOICE)
    spoken = await studio.call("generation.create", profile_id="tone", text="One, two.", wait=True)
    music = folder / "music.wav"
    soundfile.write(music, np.random.default_rng(1).uniform(-0.5, 0.5, (44_100, 2)), 44_100, "PCM_16")
    made = await studio.call("projects.create", name="Evening", description="A talk.", sample_rate=44_100)
    project = {"project_id": made["project"]["id"]}
    voice, bed = [
        (await studio.call("projects.add_track", **project, name=name, **values))["track"]["id"]
        for name, values in {"Ada": {"pan": -0.25}, "Music": {"gain_db": -12.0, "duck_db": -6.0, "solo": True}}.items()
    ]
    clip = {
        "generation_id": spoken["generation"]["id"],
        "start_s": 0.5,
        "label": "Hello",
        "fade_in_s": 0.1,
        "fade_in_curve": "s_curve",
    }
    hello = await studio.call("projects.add_clip", **project, track_id=voice, **clip)
    await studio.call("projects.split_clip", clip_id=hello["clip"]["id"], at_s=0.55)
    await studio.call("projects.add_clip", **project, track_id=voice, start_s=3.0, silence_s=2.0)
    played = {"path": str(music), "start_s": 0.0, "trim_start_s": 0.25, "effects": [{"type": "gain", "params": {}}]}
    bed_clip = await studio.call("projects.add_clip", **project, track_id=bed, speed=0.5, muted=True, **played)
    grouped = [hello["clip"]["id"], bed_clip["clip"]["id"]]
    await studio.call("projects.group_clips", clip_ids=grouped)
    await studio.call("projects.add_marker", **project, at_s=1.0, title="Chapter 1")
    found: Project = (await studio.call("projects.get", **project))["project"]
    return found


async def exported(studio: Studio, project: Project, path: Path) -> Path:
    written = await studio.call("projects.export", project_id=project["id"], path=str(path), wait=True)
    assert (written["path"], written["size_bytes"]) == (str(path), path.stat().st_size)
    return path


async def imported(studio: Studio, path: Path) -> Project:
    found: Project = (await studio.call("projects.import", path=str(path), wait=True))["project"]
    return found


def told_of(project: Project) -> Any:
    """What is arranged, with places in the order of appearance instead of ids, and no word of where the audio lies."""
    places: dict[str, int] = {}

    def plain(value: Any, name: str = "") -> Any:
        if name == "id" or name.endswith("_id"):
            return value and places.setdefault(value, len(places))
        if isinstance(value, dict):
            return {inner: plain(each, inner) for inner, each in value.items() if inner not in ("updated_at", "source")}
        return [plain(each) for each in value] if isinstance(value, list) else value

    return plain(project)


def sounds_of(project: Project) -> list[Any]:
    """The samples that each clip plays."""
    paths = [clip["source"]["audio_path"] for track in project["tracks"] for clip in track["clips"]]
    return [path and soundfile.read(path, dtype="int16")[0].tolist() for path in paths]


def audio_in(folder: Path) -> set[str]:
    return {path.name for place in ("audio/projects", "tmp") for path in (folder / place).iterdir()}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")

    async def make() -> Path:
        async with studio_of(folder / "theirs") as studio:
            return await exported(studio, await arranged(studio, folder), folder / "evening.voicebox")

    return asyncio.run(make())


async def test_a_project_comes_back_as_it_was(tmp_path: Path) -> None:
    async with studio_of(tmp_path / "theirs") as theirs:
        before = await arranged(theirs, tmp_path)
        bundle = await exported(theirs, before, tmp_path / "evening.voicebox")
        sounds = sounds_of(before)
    async with studio_of(tmp_path / "ours") as ours:
        after = await imported(ours, bundle)
        assert (await ours.call("projects.get", project_id=after["id"]))["project"] == after
    assert told_of(after) == told_of(before)
    assert sounds_of(after) == sounds
    sources = [clip["source"] for track in after["tracks"] for clip in track["clips"]]
    assert [(source["kind"], source["name"]) for source in sources] == [
        ("file", "One, two."),
        ("file", "One, two."),
        ("silence", "Silence"),
        ("file", "music.wav"),
    ]
    assert sources[0]["text"] == "One, two."


async def test_a_bundle_taken_in_twice_makes_two_projects(tmp_path: Path, bundle: Path) -> None:
    async with studio_of(tmp_path / "ours") as studio:
        first, second = await imported(studio, bundle), await imported(studio, bundle)
        assert first["id"] != second["id"]
        await studio.call("projects.delete", project_id=first["id"])
        assert all(Path(clip["source"]["audio_path"]).is_file() for clip in second["tracks"][1]["clips"])


async def test_a_clip_without_audio_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    async with studio_of(tmp_path / "theirs") as studio:
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        failed = await studio.answer("generation.create", profile_id="tone", text="It breaks.", wait=True)
        assert "error" in failed
        generation = (await studio.call("history.list"))["items"][0]
        project = {"project_id": (await studio.call("projects.create", name="Evening"))["project"]["id"]}
        track = (await studio.call("projects.add_track", **project))["track"]["id"]
        clip = {"track_id": track, "generation_id": generation["id"], "start_s": 0.0, "label": "Opening"}
        await studio.call("projects.add_clip", **project, **clip)
        target = tmp_path / "evening.voicebox"
        refusal = (await studio.answer("projects.export", **project, path=str(target), wait=True))["error"]
    assert refusal["data"]["kind"] == "conflict"
    assert "'Opening'" in refusal["message"]
    assert not list(tmp_path.glob("*evening*"))


def _foreign_track(manifest: Message) -> None:
    manifest["clips"][0]["track_id"] = NOBODY


def _foreign_source(manifest: Message) -> None:
    manifest["clips"][0]["source_id"] = NOBODY


def _one_id_twice(manifest: Message) -> None:
    manifest["tracks"][1]["id"] = manifest["tracks"][0]["id"]


def _unknown_effect(manifest: Message) -> None:
    manifest["clips"][0]["effects"] = [{"type": "rm", "params": {}}]


def _before_the_beginning(manifest: Message) -> None:
    manifest["clips"][0]["start"] = -1


def _louder_than_allowed(manifest: Message) -> None:
    manifest["tracks"][0]["gain_db"] = 300.0


def _source_elsewhere(manifest: Message) -> None:
    manifest["sources"][0]["file"] = "../../voicebox.db"


def _newer(manifest: Message) -> None:
    manifest["format_version"] = 2


LIES = (
    _foreign_track,
    _foreign_source,
    _one_id_twice,
    _unknown_effect,
    _before_the_beginning,
    _louder_than_allowed,
    _source_elsewhere,
    _newer,
)


async def refused(folder: Path, content: bytes) -> Message:
    """The error of an import that leaves nothing behind."""
    path = folder / "hostile.voicebox"
    path.write_bytes(content)
    async with studio_of(folder / "ours") as studio:
        answer = await studio.answer("projects.import", path=str(path), wait=True)
        assert (await studio.call("projects.list"))["total"] == 0
    assert audio_in(folder / "ours") == set()
    error: Message = answer["error"]
    return error


def changed(files: Files, change: Change) -> bytes:
    manifest = json.loads(files[MANIFEST])
    change(manifest)
    return packed(files | {MANIFEST: json.dumps(manifest).encode()})


@pytest.mark.parametrize("lie", LIES)
async def test_a_manifest_that_lies_is_refused_and_nothing_is_kept(tmp_path: Path, bundle: Path, lie: Change) -> None:
    error = await refused(tmp_path, changed(unpacked(bundle), lie))
    assert error["data"]["kind"] == "invalid_params"


@pytest.mark.parametrize("content", [b"#!/bin/sh\nrm -rf ~\n", b"RIFF\0\0\0\0WAVE"])
async def test_what_is_no_audio_is_refused_by_its_name(tmp_path: Path, bundle: Path, content: bytes) -> None:
    error = await refused(tmp_path, packed(told(unpacked(bundle) | {SOURCE: content})))
    assert error["data"]["kind"] == "invalid_audio"
    assert SOURCE in error["message"]


async def test_a_source_of_another_length_than_its_manifest_says_is_refused(tmp_path: Path, bundle: Path) -> None:
    def longer(manifest: Message) -> None:
        manifest["sources"][0]["frames"] += 1

    error = await refused(tmp_path, changed(unpacked(bundle), longer))
    assert (error["data"]["kind"], error["data"]["reason"]) == ("invalid_audio", "not_the_source")


async def test_a_script_with_long_pauses_and_directions_goes_into_a_bundle_too(tmp_path: Path) -> None:
    pauses, direction = "[pause 60s]\n" * 61, "slowly " * 2_000
    async with studio_of(tmp_path / "ours") as studio:
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        text = f"ANNA: ({direction}) One.\n\n{pauses}\nANNA: Two.\n"
        made = await studio.call("projects.from_script", name="Play", text=text, default_profile="tone", wait=True)
        bundle = await exported(studio, made["project"], tmp_path / "play.voicebox")
        await studio.call("projects.delete", project_id=made["project"]["id"])
        again = await imported(studio, bundle)
        first, _ = (await studio.call("projects.list_lines", project_id=again["id"]))["items"]
        assert (first["gap_after_s"], first["direction"]) == (3_660.0, direction.strip())
