from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sidecar.timeline import LONGEST_S
from tests.services.projects.arranging import Desk, desk_in, plays


async def test_a_generation_may_stand_twice_and_each_clip_is_its_own(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id, generation_id = await desk.track(), await desk.spoken(2.0)
        first = await desk.clip(track_id, 0.0, generation_id=generation_id)
        second = await desk.clip(track_id, 2.0, generation_id=generation_id)
        await desk.call("move_clip", clip_id=second["id"], start_s=5.0)
        assert [(clip["id"], clip["start_s"]) for clip in await desk.clips()] == [
            (first["id"], 0.0),
            (second["id"], 5.0),
        ]
        assert (first["duration_s"], first["source"]["generation_id"]) == (2.0, generation_id)


async def test_zero_decibels_is_a_gain_like_any_other(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track(gain_db=-6.0), gain_db=-3.5)
        changed = await desk.call("update_clip", clip_id=clip["id"], gain_db=0)
        track = await desk.call("update_track", track_id=clip["track_id"], gain_db=0)
        assert (changed["clip"]["gain_db"], track["track"]["gain_db"]) == (0.0, 0.0)
        assert (await desk.clips())[0] == clip | {"gain_db": 0.0}


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("gain_db", {"gain_db": 24.1}),
    ("gain_db", {"gain_db": -60.1}),
    ("pan", {"pan": 1.1}),
    ("speed", {"speed": 0.49}),
    ("speed", {"speed": 2.1}),
    ("start_s", {"start_s": -0.1}),
    ("start_s", {"start_s": 3_600_001}),
    ("trim_start_s", {"trim_start_s": 2.0}),
    ("trim_start_s", {"trim_start_s": 1.0, "trim_end_s": 1.0}),
    ("trim_end_s", {"trim_end_s": -1.0}),
    ("fade_in_s", {"fade_in_s": 2.1}),
    ("fade_out_s", {"trim_end_s": 1.5, "fade_out_s": 0.6}),
    ("effects", {"effects": [{"type": "gain", "params": {"gain_db": 1000}}]}),
    ("muted", {"muted": 1}),
    ("volume", {"volume": 1}),
]


async def test_a_value_that_makes_no_sense_is_refused_and_changes_nothing(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track())
        place = {"project_id": desk.project_id, "track_id": clip["track_id"], "start_s": 0.0}
        adding = place | {"generation_id": await desk.spoken(2.0)}
        for loc, values in NONSENSE:
            for error in (
                await desk.refusal("add_clip", **adding | values),
                await desk.refusal("update_clip", clip_id=clip["id"], **values),
            ):
                assert (error["code"], error["data"]["errors"][0]["loc"][0]) == (-32602, loc), values


async def test_what_stands_in_another_project_is_not_found(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track())
        own = desk.project_id
        await desk.open(name="Another")
        track_id = await desk.track()
        placed = {"track_id": clip["track_id"], "start_s": 0.0, "silence_s": 1.0}
        other = await desk.clip(track_id)
        for method, params in (
            ("add_clip", {"project_id": desk.project_id} | placed),
            ("add_clip", {"project_id": own} | placed | {"track_id": track_id}),
            ("move_clip", {"clip_id": clip["id"], "track_id": track_id}),
            ("group_clips", {"clip_ids": [clip["id"], other["id"]]}),
            ("crossfade_clips", {"clip_id": clip["id"], "with_clip_id": other["id"]}),
            ("split_clip", {"clip_id": "nobody", "at_s": 1.0}),
            ("remove_track", {"track_id": "nobody"}),
            ("ungroup_clips", {"group_id": "nobody"}),
            ("get", {"project_id": "nobody"}),
        ):
            assert (await desk.refusal(method, **params))["data"]["kind"] == "not_found", (method, params)


async def test_a_clip_follows_its_generation_until_it_is_held_to_a_version(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id, generation_id = await desk.track(), await desk.spoken(2.0)
        first_take = (await desk.studio.call("generation.list_versions", generation_id=generation_id))["items"][0]["id"]
        follows = await desk.clip(track_id, 0.0, generation_id=generation_id, trim_end_s=0.5)
        pinned = await desk.clip(track_id, 5.0, generation_id=generation_id, version_id=first_take)
        second_take = await desk.take(generation_id, 3.0)
        assert [plays(clip) for clip in await desk.clips()] == [(0.0, 2.5, 0.0, 0.5), (5.0, 7.0, 0.0, 0.0)]
        held = (await desk.call("update_clip", clip_id=follows["id"], version_id=second_take))["clip"]
        freed = (await desk.call("update_clip", clip_id=pinned["id"], version_id=None))["clip"]
        assert (held["source"]["version_id"], freed["source"]["version_id"]) == (second_take, None)
        assert freed["duration_s"] == 3.0
        await desk.call("undo", project_id=desk.project_id, steps=2)
        assert [clip["source"]["version_id"] for clip in await desk.clips()] == [None, first_take]


async def test_a_clip_plays_no_version_of_another_generation(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        clip, other = await desk.clip(await desk.track()), await desk.spoken(2.0)
        version_id = await desk.take(other, 1.0)
        place = {"project_id": desk.project_id, "track_id": clip["track_id"], "start_s": 0.0}
        generation_id = clip["source"]["generation_id"]
        for error in (
            await desk.refusal("add_clip", **place, generation_id=generation_id, version_id=version_id),
            await desk.refusal("update_clip", clip_id=clip["id"], version_id=version_id),
            await desk.refusal("update_clip", clip_id=clip["id"], version_id="none"),
            await desk.refusal("add_clip", **place, generation_id="none"),
        ):
            assert error["data"]["kind"] == "not_found"


async def test_a_take_that_its_trims_leave_nothing_of_has_no_length_and_one_cannot_cut_it(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        generation_id = await desk.spoken(2.0)
        clip = await desk.clip(await desk.track(), generation_id=generation_id, trim_start_s=1.5)
        await desk.take(generation_id, 1.0)
        assert plays((await desk.clips())[0]) == (0.0, 0.0, 1.5, 0.0)
        error = await desk.refusal("split_clip", clip_id=clip["id"], at_s=0.1)
        assert (error["data"]["kind"], error["data"]["id"]) == ("conflict", clip["id"])


async def test_what_is_not_spoken_yet_has_its_place_already(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        generation_id = await desk.spoken(None)
        clip = await desk.clip(await desk.track(), 1.0, generation_id=generation_id, trim_start_s=0.5, fade_in_s=1.0)
        assert (clip["source"]["status"], clip["duration_s"], clip["source"]["audio_path"]) == ("queued", 0.0, None)
        await desk.take(generation_id, 2.0)
        (spoken,) = await desk.clips()
        assert (plays(spoken), spoken["source"]["status"]) == ((1.0, 2.5, 0.5, 0.0), "completed")


async def test_silence_has_a_length_and_nothing_that_only_sound_has(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        clip = await desk.clip(track_id, 1.0, silence_s=2.0, label="A pause")
        assert (clip["source"]["kind"], plays(clip)) == ("silence", (1.0, 3.0, 0.0, 0.0))
        longer = (await desk.call("update_clip", clip_id=clip["id"], silence_s=4.0))["clip"]
        assert longer["duration_s"] == 4.0
        for name, value in (("gain_db", 0.0), ("trim_start_s", 0.5), ("version_id", None), ("effects", [])):
            error = await desk.refusal("update_clip", clip_id=clip["id"], **{name: value})
            assert error["data"]["errors"][0]["loc"] == [name]
        place = {"project_id": desk.project_id, "track_id": track_id, "start_s": 0.0}
        assert (await desk.refusal("add_clip", **place, silence_s=0.000001))["data"]["errors"][0]["loc"] == [
            "silence_s"
        ]
        assert (await desk.refusal("add_clip", **place, silence_s=1.0, speed=2.0))["code"] == -32602
        assert (await desk.refusal("add_clip", **place))["code"] == -32602


async def test_at_another_speed_a_clip_plays_the_same_part_in_another_time(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track(), trim_start_s=1.0, trim_end_s=0.5)
        faster = (await desk.call("update_clip", clip_id=clip["id"], speed=2.0))["clip"]
        assert plays(faster) == (0.0, 0.25, 0.5, 0.25)


async def test_trimming_moves_the_edges_and_leaves_what_is_between_where_it_was(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track(), 1.0)
        shorter = (await desk.call("trim_clip", clip_id=clip["id"], start_s=1.5, end_s=2.5))["clip"]
        assert plays(shorter) == (1.5, 2.5, 0.5, 0.5)
        longer = (await desk.call("trim_clip", clip_id=clip["id"], start_s=1.25))["clip"]
        assert plays(longer) == (1.25, 2.5, 0.25, 0.5)
        for params, loc in (({"start_s": 0.9}, "start_s"), ({"end_s": 3.1}, "end_s"), ({"end_s": 1.25}, "end_s")):
            error = await desk.refusal("trim_clip", clip_id=clip["id"], **params)
            assert error["data"]["errors"][0]["loc"] == [loc]
        assert "lies from 1 s to 3 s" in (await desk.refusal("trim_clip", clip_id=clip["id"], end_s=9.0))["message"]


async def test_a_group_moves_as_one_and_none_of_it_before_the_beginning(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        first_track, second_track = await desk.track(), await desk.track()
        first, second = await desk.clip(first_track, 1.0), await desk.clip(second_track, 3.0)
        alone = await desk.clip(first_track, 6.0)
        group = await desk.call("group_clips", clip_ids=[first["id"], second["id"]])
        assert {clip["group_id"] for clip in group["clips"]} == {group["group_id"]}
        moved = await desk.call("move_clip", clip_id=second["id"], start_s=5.0, track_id=first_track)
        assert moved["clip"]["id"] == second["id"]
        assert {clip["id"]: (clip["start_s"], clip["track_id"]) for clip in await desk.clips()} == {
            first["id"]: (3.0, first_track),
            second["id"]: (5.0, first_track),
            alone["id"]: (6.0, first_track),
        }
        error = await desk.refusal("move_clip", clip_id=second["id"], start_s=1.5)
        assert "2 s or later is allowed" in error["message"]
        await desk.call("ungroup_clips", group_id=group["group_id"])
        await desk.call("move_clip", clip_id=second["id"], start_s=0.0)
        assert {clip["group_id"] for clip in await desk.clips()} == {None}
        assert [clip["start_s"] for clip in await desk.clips()] == [0.0, 3.0, 6.0]


@pytest.mark.parametrize(
    ("ripple", "starts", "at_s"),
    [("none", [[3.0, 6.0], [5.0]], 5.0), ("track", [[1.0, 4.0], [5.0]], 5.0), ("all", [[1.0, 4.0], [3.0]], 3.0)],
)
async def test_what_is_behind_a_removed_clip_closes_up_if_asked(
    data_dir: Path, ripple: str, starts: list[list[float]], at_s: float
) -> None:
    async with desk_in(data_dir) as desk:
        first, second = await desk.track(), await desk.track()
        removed = await desk.clip(first, 1.0)
        for start_s in (3.0, 6.0):
            await desk.clip(first, start_s)
        await desk.clip(second, 5.0)
        await desk.call("add_marker", project_id=desk.project_id, at_s=5.0, title="Here")
        changes = (await desk.call("remove_clip", clip_id=removed["id"], ripple=ripple))["changes"]
        assert changes["removed_clips"] == [removed["id"]]
        project = await desk.project()
        assert [[clip["start_s"] for clip in track["clips"]] for track in project["tracks"]] == starts
        assert project["markers"][0]["at_s"] == at_s


async def test_a_duplicate_lies_behind_the_clip_and_is_alike_but_for_its_id(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track(), 1.0, gain_db=-6.0, fade_out_s=1.0)
        copy = (await desk.call("duplicate_clip", clip_id=clip["id"]))["clip"]
        assert copy == clip | {"id": copy["id"], "start_s": 3.0, "end_s": 5.0}
        elsewhere = (await desk.call("duplicate_clip", clip_id=clip["id"], start_s=0.25))["clip"]
        assert elsewhere["start_s"] == 0.25


async def test_no_clip_gets_to_begin_after_a_thousand_hours(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        last = await desk.clip(track_id, LONGEST_S, silence_s=1.0)
        assert (await desk.refusal("duplicate_clip", clip_id=last["id"]))["data"]["errors"][0]["loc"] == ["start_s"]
        first = await desk.clip(track_id, 1.0, silence_s=1.0)
        await desk.call("group_clips", clip_ids=[first["id"], last["id"]])
        assert (
            "; 1 s or earlier is allowed"
            in (await desk.refusal("move_clip", clip_id=first["id"], start_s=2.0))["message"]
        )
        await desk.call("move_clip", clip_id=first["id"], start_s=0.5, track_id=track_id)
        copy = (await desk.call("duplicate_clip", clip_id=last["id"], start_s=LONGEST_S))["clip"]
        assert [clip["start_s"] for clip in await desk.clips()] == [0.5, LONGEST_S - 0.5, copy["start_s"]]


async def test_tracks_keep_the_order_in_which_they_are_put(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        first, second = await desk.track(), await desk.track(name="Music", duck_db=-12.0)
        third = await desk.track(position=0)
        assert await order(desk) == [(third, 0, "Track 3"), (first, 1, "Track 1"), (second, 2, "Music")]
        await desk.call("update_track", track_id=third, position=9)
        assert [row[0] for row in await order(desk)] == [first, second, third]
        await desk.call("remove_track", track_id=first)
        assert await order(desk) == [(second, 0, "Music"), (third, 1, "Track 3")]
        await desk.call("undo", project_id=desk.project_id)
        assert [row[0] for row in await order(desk)] == [first, second, third]
        for values in ({"duck_db": 1.0}, {"duck_db": -41.0}, {"pan": -1.5}, {"name": ""}, {"solo": None}):
            assert (await desk.refusal("update_track", track_id=first, **values))["code"] == -32602


async def order(desk: Desk) -> list[tuple[str, int, str]]:
    return [(track["id"], track["position"], track["name"]) for track in (await desk.project())["tracks"]]


async def test_markers_are_told_in_the_order_of_their_times(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        later = (await desk.call("add_marker", project_id=desk.project_id, at_s=2.0, title="Two"))["marker"]
        sooner = (await desk.call("add_marker", project_id=desk.project_id, at_s=1.0, title="One"))["marker"]
        assert (await desk.project())["markers"] == [sooner, later]
        changed = await desk.call("update_marker", marker_id=sooner["id"], at_s=3.0)
        assert (await desk.project())["markers"] == [later, changed["marker"]]
        assert changed["marker"] == sooner | {"at_s": 3.0}
        removed = await desk.call("remove_marker", marker_id=later["id"])
        assert removed["changes"]["removed_markers"] == [later["id"]]
