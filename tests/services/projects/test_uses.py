"""What projects play cannot be deleted unawares."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.services.projects.arranging import SOUND, Desk, desk_in, plays


def kept_files(desk: Desk) -> list[Path]:
    return sorted((desk.files.root / "audio" / "projects").iterdir())


async def test_a_generation_that_a_clip_plays_stays_unless_the_audio_is_left_to_the_project(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        generation_id = await desk.spoken(2.0, text="Hello.", language="en", title="Greeting")
        clip = await desk.clip(await desk.track(), generation_id=generation_id)
        answer = await desk.studio.answer("history.delete", generation_ids=[await desk.spoken(1.0), generation_id])
        assert answer["error"]["data"]["kind"] == "conflict"
        assert answer["error"]["data"]["clips"] == [{"project_id": desk.project_id, "clip_id": clip["id"]}]
        assert "'Talk'" in answer["error"]["message"]
        assert (await desk.studio.call("history.list"))["total"] == 2
        deleted = await desk.studio.call("history.delete", generation_ids=[generation_id], on_use="detach")
        assert deleted == {"deleted": 1}
        (left,) = await desk.clips()
        source = left["source"]
        assert left | {"source": None} == clip | {"source": None}
        assert (source["kind"], source["name"], source["text"]) == ("file", "Greeting", "Hello.")
        assert (source["generation_id"], source["version_id"], source["status"]) == (None, None, "completed")
        assert [str(path) for path in kept_files(desk)] == [source["audio_path"]]
        assert Path(source["audio_path"]).read_bytes() == SOUND
        assert len(list((desk.files.root / "audio" / "generations").iterdir())) == 1


async def test_what_only_the_history_of_a_project_needs_is_in_nobodys_way(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id, generation_id = await desk.track(), await desk.spoken(2.0)
        clip = await desk.clip(track_id, generation_id=generation_id)
        await desk.call("remove_clip", clip_id=clip["id"])
        await desk.studio.call("history.delete", generation_ids=[generation_id])
        undone = await desk.call("undo", project_id=desk.project_id)
        (back,) = undone["changes"]["clips"]
        assert (plays(back), back["source"]["kind"]) == (plays(clip), "file")
        assert Path(back["source"]["audio_path"]).read_bytes() == SOUND


async def test_a_version_that_a_clip_is_held_to_stays_and_one_that_is_followed_goes(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id, generation_id = await desk.track(), await desk.spoken(1.0)
        second, third = await desk.take(generation_id, 2.0), await desk.take(generation_id, 3.0)
        follows = await desk.clip(track_id, generation_id=generation_id)
        held = await desk.clip(track_id, 5.0, generation_id=generation_id, version_id=second)
        assert (follows["duration_s"], held["duration_s"]) == (3.0, 2.0)
        await desk.studio.call("generation.delete_version", generation_id=generation_id, version_id=third)
        assert [clip["duration_s"] for clip in await desk.clips()] == [2.0, 2.0]
        version = {"generation_id": generation_id, "version_id": second}
        refused = await desk.studio.answer("generation.delete_version", **version)
        assert refused["error"]["data"]["clips"] == [{"project_id": desk.project_id, "clip_id": held["id"]}]
        await desk.studio.call("generation.delete_version", **version, on_use="detach")
        assert [(clip["duration_s"], clip["source"]["kind"]) for clip in await desk.clips()] == [
            (1.0, "generation"),
            (2.0, "file"),
        ]


async def test_a_profile_goes_with_what_it_spoke_only_if_no_project_plays_it(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        profile_id = (await desk.studio.call("profiles.create", name="Ada"))["profile"]["id"]
        await desk.clip(await desk.track(), generation_id=await desk.spoken(2.0, profile_id))
        gone = {"profile_id": profile_id, "delete_generations": True}
        refused = await desk.studio.answer("profiles.delete", **gone)
        assert refused["error"]["data"]["kind"] == "conflict"
        assert (await desk.studio.call("profiles.list"))["total"] == 1
        await desk.studio.call("profiles.delete", **gone, on_use="detach")
        assert (await desk.clips())[0]["source"]["kind"] == "file"
        assert (await desk.studio.call("history.list"))["total"] == 0


async def test_a_profile_whose_speech_stays_can_go_though_projects_play_it(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        profile_id = (await desk.studio.call("profiles.create", name="Ada"))["profile"]["id"]
        clip = await desk.clip(await desk.track(), generation_id=await desk.spoken(2.0, profile_id))
        await desk.studio.call("profiles.delete", profile_id=profile_id)
        assert await desk.clips() == [clip]


async def test_a_generation_that_is_deleted_before_it_was_spoken_leaves_an_empty_clip(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        generation_id = await desk.spoken(None)
        await desk.clip(await desk.track(), generation_id=generation_id)
        await desk.studio.call("history.delete", generation_ids=[generation_id], on_use="detach")
        (clip,) = await desk.clips()
        assert (clip["duration_s"], clip["source"]["status"], clip["source"]["audio_path"]) == (0.0, "deleted", None)


async def test_a_copy_of_a_project_keeps_its_audio_when_the_project_goes(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        generation_id = await desk.spoken(2.0)
        await desk.clip(await desk.track(), generation_id=generation_id)
        await desk.studio.call("history.delete", generation_ids=[generation_id], on_use="detach")
        original = desk.project_id
        desk.project_id = (await desk.call("duplicate", project_id=original))["project"]["id"]
        before = await desk.state()
        await desk.call("delete", project_id=original)
        assert await desk.state() == before
        assert len(kept_files(desk)) == 1
        await desk.call("delete", project_id=desk.project_id)
        assert kept_files(desk) == []


async def test_audio_that_no_edit_can_bring_back_any_more_is_deleted(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id, generation_id = await desk.track(), await desk.spoken(2.0)
        await desk.clip(track_id, generation_id=generation_id)
        await desk.call("undo", project_id=desk.project_id)
        await desk.studio.call("history.delete", generation_ids=[generation_id])
        assert len(kept_files(desk)) == 1
        await desk.call("add_marker", project_id=desk.project_id, at_s=1.0, title="Here")
        assert kept_files(desk) == []


async def test_what_an_undone_edit_brought_stays_if_a_new_one_needs_it(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id, generation_id = await desk.track(), await desk.spoken(2.0)
        await desk.clip(track_id, 0.0)
        await desk.clip(track_id, 3.0, generation_id=generation_id)
        await desk.call("undo", project_id=desk.project_id, steps=2)
        again = await desk.clip(track_id, 7.0, generation_id=generation_id)
        await desk.call("undo", project_id=desk.project_id)
        await desk.call("redo", project_id=desk.project_id)
        assert await desk.clips() == [again]


@pytest.mark.parametrize("on_use", ["refuse", "detach"])
async def test_what_no_project_plays_is_deleted_as_ever(data_dir: Path, on_use: str) -> None:
    async with desk_in(data_dir) as desk:
        generation_id = await desk.spoken(2.0)
        await desk.studio.call("history.delete", generation_ids=[generation_id], on_use=on_use)
        assert kept_files(desk) == []
        assert list((desk.files.root / "audio" / "generations").iterdir()) == []
