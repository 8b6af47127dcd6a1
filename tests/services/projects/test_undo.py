from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.services.projects.arranging import Desk, desk_in

EDITS = 50
Choice = tuple[str, int, int, float]
KINDS = (
    *("add_track", "update_track", "remove_track", "add_clip", "add_silence", "update_clip", "pin_clip", "move_clip"),
    *("trim_clip", "split_clip", "duplicate_clip", "remove_clip", "group_clips", "ungroup_clips", "crossfade_clips"),
    *("add_marker", "update_marker", "remove_marker", "update", "undo", "redo"),
)


@given(
    choices=st.lists(
        st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.integers(0, 9), st.floats(0, 6)),
        min_size=EDITS,
        max_size=EDITS,
    ),
    steps=st.integers(1, EDITS),
)
@settings(max_examples=4, deadline=None)
def test_undoing_any_edits_gives_back_the_project_byte_for_byte_and_redoing_the_later_one(
    choices: list[Choice], steps: int
) -> None:
    asyncio.run(_undo_and_redo(choices, steps))


async def _undo_and_redo(choices: list[Choice], steps: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with desk_in(Path(folder)) as desk:
            generations = [await desk.spoken(duration_s) for duration_s in (1.0, 2.5)]
            states = {0: await desk.state()}
            for choice in choices:
                await edit_at_random(desk, generations, *choice)
                done, _ = await edits_done(desk)
                if choice[0] in ("undo", "redo"):
                    assert await desk.state() == states[done]
                states[done] = await desk.state()
            _, last = await edits_done(desk)
            for target in (max(0, last - steps), 0, last):
                at, _ = await edits_done(desk)
                if target != at:
                    step = {"project_id": desk.project_id, "steps": abs(target - at)}
                    await desk.call("undo" if target < at else "redo", **step)
                assert await desk.state() == states[target]
        async with desk_in(Path(folder)) as again:
            again.project_id = desk.project_id
            assert await again.state() == states[last]


async def edits_done(desk: Desk) -> tuple[int, int]:
    """How many edits of the project are done, and how many there are with those that can be redone."""
    listed = await desk.call("edits", project_id=desk.project_id, limit=200)
    return sum(not edit["undone"] for edit in listed["items"]), listed["total"]


async def edit_at_random(desk: Desk, generations: list[str], kind: str, first: int, second: int, at_s: float) -> None:
    """Make an edit of what is there, if it can be made."""
    project = await desk.project()
    clips = [clip for track in project["tracks"] for clip in track["clips"]]
    track = project["tracks"][first % len(project["tracks"])]["id"] if project["tracks"] else "none"
    clip, other = (clips[one % len(clips)]["id"] if clips else "none" for one in (first, second))
    marker = project["markers"][first % len(project["markers"])]["id"] if project["markers"] else "none"
    group = next((one["group_id"] for one in clips if one["group_id"]), "none")
    generation = generations[second % len(generations)]
    here = {"project_id": desk.project_id}
    place = here | {"track_id": track, "start_s": at_s}
    requests: dict[str, tuple[str, dict[str, Any]]] = {
        "add_track": ("add_track", here | {"position": first, "gain_db": at_s}),
        "update_track": ("update_track", {"track_id": track, "position": second, "solo": first < 5}),
        "remove_track": ("remove_track", {"track_id": track}),
        "add_clip": ("add_clip", place | {"generation_id": generation, "fade_in_s": 0.25, "label": "One"}),
        "add_silence": ("add_clip", place | {"silence_s": 1 + at_s}),
        "update_clip": ("update_clip", {"clip_id": clip, "speed": 0.5 + first / 9, "gain_db": -at_s, "label": None}),
        "pin_clip": ("update_clip", {"clip_id": clip, "version_id": None}),
        "move_clip": ("move_clip", {"clip_id": clip, "start_s": at_s} | ({"track_id": track} if second < 5 else {})),
        "trim_clip": ("trim_clip", {"clip_id": clip, "end_s": at_s}),
        "split_clip": ("split_clip", {"clip_id": clip, "at_s": at_s}),
        "duplicate_clip": ("duplicate_clip", {"clip_id": clip}),
        "remove_clip": ("remove_clip", {"clip_id": clip, "ripple": ("none", "track", "all")[first % 3]}),
        "group_clips": ("group_clips", {"clip_ids": [clip, other]}),
        "ungroup_clips": ("ungroup_clips", {"group_id": group}),
        "crossfade_clips": ("crossfade_clips", {"clip_id": clip, "with_clip_id": other}),
        "add_marker": ("add_marker", here | {"at_s": at_s, "title": "Here"}),
        "update_marker": ("update_marker", {"marker_id": marker, "at_s": at_s, "title": "There"}),
        "remove_marker": ("remove_marker", {"marker_id": marker}),
        "update": ("update", here | {"sample_rate": (24_000, 44_100, 48_000)[first % 3], "name": "Speech"}),
        "undo": ("undo", here | {"steps": 1 + first % 3}),
        "redo": ("redo", here | {"steps": 1 + first % 3}),
    }
    method, params = requests[kind]
    answer = await desk.studio.answer(f"projects.{method}", **params)
    assert answer.get("error", {}).get("data", {}).get("kind") in (None, "invalid_params", "not_found", "conflict")


async def test_a_new_edit_takes_the_place_of_those_that_were_undone(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        here = {"project_id": desk.project_id}
        for name in ("One", "Two", "Three"):
            await desk.track(name=name)
        undone = await desk.call("undo", **here, steps=2)
        assert (undone["undo"], undone["redo"]) == ("Add a track", "Add a track")
        assert len(undone["changes"]["removed_tracks"]) == 2
        await desk.call("add_marker", **here, at_s=1.0, title="Here")
        edits = (await desk.call("edits", **here))["items"]
        assert [(edit["number"], edit["label"], edit["undone"]) for edit in edits] == [
            (2, "Add a marker", False),
            (1, "Add a track", False),
        ]
        error = await desk.refusal("redo", **here)
        assert (
            error["message"] == "1 of the project's edits were to be redone, and 0 can be; projects.edits lists them."
        )


async def test_more_edits_than_there_are_are_not_undone(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.track()
        error = await desk.refusal("undo", project_id=desk.project_id, steps=2)
        assert (error["data"]["kind"], error["data"]["possible"]) == ("conflict", 1)


async def test_an_edit_that_changes_nothing_is_none_and_leaves_what_can_be_redone(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track(name="One")
        await desk.call("update_track", track_id=track_id, name="Two")
        await desk.call("undo", project_id=desk.project_id)
        before = await desk.state()
        same = await desk.call("update_track", track_id=track_id, name="One")
        assert (same["undo"], same["redo"]) == ("Add a track", "Change a track")
        assert await desk.state() == before


async def test_an_edit_tells_what_it_changed_and_nothing_else(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        first, second = await desk.track(), await desk.track()
        clip, other = await desk.clip(first, 1.0), await desk.clip(second, 9.0)
        removed = (await desk.call("remove_track", track_id=first))["changes"]
        assert (removed["removed_tracks"], removed["removed_clips"]) == ([first], [clip["id"]])
        assert [(track["id"], track["position"]) for track in removed["tracks"]] == [(second, 0)]
        assert (removed["clips"], removed["markers"], removed["duration_s"]) == ([], [], other["end_s"])
        undone = await desk.call("undo", project_id=desk.project_id)
        assert undone["changes"]["clips"] == [clip]
        assert undone["project"] == await desk.project()
