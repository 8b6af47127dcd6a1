from __future__ import annotations

from pathlib import Path

from tests.services.projects.arranging import desk_in, plays


async def test_a_new_project_is_empty_and_has_nothing_to_undo(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        made = await desk.call("create", name="Book", description="A long one.", sample_rate=44_100, channels=1)
        project = made["project"]
        assert (project["sample_rate"], project["channels"], project["description"]) == (44_100, 1, "A long one.")
        assert (project["tracks"], project["markers"], project["duration_s"]) == ([], [], 0.0)
        assert (made["undo"], made["redo"]) == (None, None)
        assert await desk.call("get", project_id=project["id"]) == made


async def test_projects_are_listed_with_what_is_in_them_and_found_by_their_words(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        await desk.clip(track_id, 0.0)
        await desk.clip(track_id, 10.0, generation_id=await desk.spoken(1.0), speed=0.7)
        await desk.clip(track_id, 1.0, silence_s=3.0)
        await desk.call("create", name="Book", description="100 % true, Öde")
        listed = await desk.call("list", sort="name")
        book, talk = listed["items"]
        assert (listed["total"], book["name"], book["track_count"], book["clip_count"]) == (2, "Book", 0, 0)
        assert (talk["track_count"], talk["clip_count"]) == (1, 3)
        assert talk["duration_s"] == (await desk.project())["duration_s"] > 11.0
        for words in ("boo", "100 %", "TRUE", "öDE"):
            assert [item["name"] for item in (await desk.call("list", search=words))["items"]] == ["Book"]
        assert (await desk.call("list", search="_"))["items"] == []
        assert (await desk.call("list", limit=1))["next_offset"] == 1


async def test_the_project_that_was_edited_last_is_listed_first(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.call("create", name="Book")
        await desk.track()
        assert [item["name"] for item in (await desk.call("list"))["items"]] == ["Talk", "Book"]


async def test_a_change_of_the_project_itself_can_be_undone(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        before = await desk.state()
        changed = await desk.call("update", project_id=desk.project_id, name="Speech", description="Mine", channels=1)
        assert (changed["project"]["name"], changed["project"]["channels"]) == ("Speech", 1)
        await desk.call("undo", project_id=desk.project_id)
        assert await desk.state() == before
        for values in ({"name": None}, {"sample_rate": 96_000}, {"channels": 3}, {"name": " "}):
            assert (await desk.refusal("update", project_id=desk.project_id, **values))["code"] == -32602


async def test_at_another_sample_rate_everything_stays_where_it_was_to_a_sample(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        whole = await desk.clip(track_id, 1 / 3, fade_in_s=0.1)
        await desk.call("split_clip", clip_id=whole["id"], at_s=1.2345)
        await desk.clip(track_id, 7.0, silence_s=1.0)
        await desk.call("add_marker", project_id=desk.project_id, at_s=1.2345, title="Cut")
        before = await desk.clips()
        project = (await desk.call("update", project_id=desk.project_id, sample_rate=44_100))["project"]
        (track,) = project["tracks"]
        for clip, was in zip(track["clips"], before, strict=True):
            for now, then in zip(plays(clip), plays(was), strict=True):
                assert abs(now - then) <= 1 / 44_100
            assert abs(clip["fade_in_s"] - was["fade_in_s"]) <= 1 / 44_100
        left, right, _ = track["clips"]
        assert left["end_s"] == right["start_s"] == project["markers"][0]["at_s"]


async def test_copies_of_a_project_of_the_longest_name_have_names_that_can_be_exported(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.call("update", project_id=desk.project_id, name="x" * 200)
        copies = [(await desk.call("duplicate", project_id=desk.project_id))["project"]["name"] for _ in range(2)]
        assert copies == ["x" * 196 + " (2)", "x" * 196 + " (3)"]


async def test_a_copy_is_alike_and_neither_knows_of_the_other(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track(name="Ada")
        first, second = await desk.clip(track_id, 0.0), await desk.clip(track_id, 3.0)
        await desk.call("group_clips", clip_ids=[first["id"], second["id"]])
        await desk.call("add_marker", project_id=desk.project_id, at_s=1.0, title="Here")
        original, before = desk.project_id, await desk.state()
        copied = await desk.call("duplicate", project_id=original)
        copy = copied["project"]
        assert (copy["name"], copied["undo"]) == ("Talk (2)", None)
        assert (await desk.call("duplicate", project_id=original))["project"]["name"] == "Talk (3)"
        assert (await desk.call("duplicate", project_id=original, name="Mine"))["project"]["name"] == "Mine"
        clips = copy["tracks"][0]["clips"]
        assert [(plays(clip), clip["source"]) for clip in clips] == [
            (plays(clip), clip["source"]) for clip in await desk.clips()
        ]
        desk.project_id = copy["id"]
        await desk.call("move_clip", clip_id=clips[0]["id"], start_s=9.0)
        assert [clip["start_s"] for clip in await desk.clips()] == [9.0, 12.0]
        await desk.call("remove_track", track_id=copy["tracks"][0]["id"])
        await desk.call("remove_marker", marker_id=copy["markers"][0]["id"])
        desk.project_id = original
        assert await desk.state() == before


async def test_a_deleted_project_is_gone_and_its_generations_are_not(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track())
        await desk.call("delete", project_id=desk.project_id)
        answer = await desk.studio.answer("projects.get", project_id=desk.project_id)
        assert answer["error"]["data"] == {"kind": "not_found", "resource": "project", "id": desk.project_id}
        assert (await desk.studio.call("history.list"))["total"] == 1
