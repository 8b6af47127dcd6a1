from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from sidecar.services.projects.editing.clips import add_clip
from sidecar.services.projects.editing.cuts import split_clip
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.editing.tracks import add_track
from sidecar.services.projects.lengths import clip_end, clip_length
from sidecar.store import projects as store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.tables import projects
from sidecar.store.values import Row
from tests.services.projects.arranging import desk_in, plays

PROJECT: Row = {"id": "p", "name": "P", "sample_rate": 48_000, "channels": 2, "created_at": "", "updated_at": ""}
RATE = 48_000
LONGEST = 40
Heard = tuple[int, int, Fraction, Fraction]


class Undone(Exception):
    """Ends a transaction as if it had never been."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database for many examples, each of which leaves it as it was."""
    opened = Database(tmp_path_factory.mktemp("shared") / "voicebox.db")
    yield opened
    opened.close()


@st.composite
def clips(draw: st.DrawFn) -> Row:
    """Silence or a recording, trimmed and faded in any way."""
    length = draw(st.integers(2, LONGEST))
    start = {"start": draw(st.integers(0, 50))}
    if draw(st.booleans()):
        return start | {"length": length}
    trims = {name: draw(st.integers(0, 30)) for name in ("trim_start", "trim_end")}
    return start | trims | {name: draw(st.integers(0, length)) for name in ("fade_in", "fade_out")} | {"plays": length}


@given(clip=clips(), cuts=st.lists(st.integers(1, 90), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_a_clip_that_is_split_anywhere_and_again_plays_as_before(shared: Database, clip: Row, cuts: list[int]) -> None:
    def change(connection: Connection) -> None:
        rows.add(connection, projects, **PROJECT)
        edited(connection, lambda edit: place(edit, clip))
        before = heard_in_all(connection)
        pieces = 1
        for cut in cuts:
            if piece := piece_at(connection, cut):
                edited(connection, lambda edit, piece=piece, cut=cut: split_clip(edit, piece["id"], cut))
                pieces += 1
        assert len(store.clips_of(connection, "p")) == pieces
        assert heard_in_all(connection) == before
        raise Undone

    with pytest.raises(Undone):
        asyncio.run(shared.write(change))


def edited(connection: Connection, change: Callable[[Edit], Any]) -> None:
    edit = Edit(connection, "p")
    change(edit)
    edit.finish("An edit")


def place(edit: Edit, clip: Row) -> None:
    """Put the clip on a track, of a recording that is as long as it must be."""
    track_id, values = add_track(edit)["id"], dict(clip)
    if "plays" not in values:
        add_clip(edit, track_id, None, **values)
        return
    frames = values.pop("plays") + values["trim_start"] + values["trim_end"]
    source_id = edit.file_source(name="a", audio_path="a", frames=frames, sample_rate=RATE, channels=1)
    add_clip(edit, track_id, source_id, **values)


def piece_at(connection: Connection, cut: int) -> Row | None:
    """The clip that the cut goes through, if one is there."""
    pieces = store.clips_of(connection, "p")
    return next((piece for piece in pieces if piece["start"] < cut < clip_end(piece, RATE)), None)


def heard_in_all(connection: Connection) -> list[Heard]:
    """Everything that is heard in the project, in the order of time."""
    return sorted(frame for clip in store.clips_of(connection, "p") for frame in heard(clip))


def heard(clip: Row) -> list[Heard]:
    """Of each frame that a clip plays: when, which one of its source, and how far along its fades it is."""
    length = clip_length(clip, RATE)
    return [
        (
            clip["start"] + frame,
            clip["trim_start"] + frame if clip["source_id"] else 0,
            along(frame, clip["fade_in"], clip["fade_in_offset"]),
            along(length - 1 - frame, clip["fade_out"], clip["fade_out_offset"]),
        )
        for frame in range(length)
    ]


def along(frame: int, fade: int, offset: int) -> Fraction:
    return Fraction(frame + offset, fade) if frame + offset < fade else Fraction(1)


async def test_the_left_part_keeps_the_id_and_both_keep_what_is_no_edge(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        own = {"gain_db": 0.0, "pan": -0.5, "muted": True, "label": "Hello"}
        whole = await desk.clip(track_id, 1.0, fade_in_s=0.5, fade_in_curve="s_curve", fade_out_s=1.0, **own)
        made = await desk.call("split_clip", clip_id=whole["id"], at_s=2.5)
        left, right = made["clips"]
        assert made["clip"] == left
        assert made["changes"]["clips"] == [left, right]
        assert left["id"] == whole["id"] != right["id"]
        assert (plays(left), plays(right)) == ((1.0, 2.5, 0.0, 0.5), (2.5, 3.0, 1.5, 0.0))
        assert {name: left[name] for name in own} == {name: right[name] for name in own} == own
        fades = ("fade_in_s", "fade_in_offset_s", "fade_out_s", "fade_out_offset_s")
        assert [left[fade] for fade in fades] == [0.5, 0.0, 0.5, 0.5]
        assert [right[fade] for fade in fades] == [0.0, 0.0, 1.0, 0.0]


@pytest.mark.parametrize("at_s", [0.0, 1.0, 3.0, 4.0])
async def test_a_cut_goes_through_the_clip_or_nowhere(data_dir: Path, at_s: float) -> None:
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track(), 1.0)
        error = await desk.refusal("split_clip", clip_id=clip["id"], at_s=at_s)
        assert error["data"]["errors"][0]["loc"] == ["at_s"]
        assert error["message"] == (f"{at_s:g} s does not lie within the clip, which plays from 1 s to 3 s.")


async def test_the_parts_of_a_clip_that_followed_are_held_to_the_take_that_was_cut(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        generation_id = await desk.spoken(2.0)
        whole = await desk.clip(await desk.track(), generation_id=generation_id)
        assert whole["source"]["version_id"] is None
        parts = (await desk.call("split_clip", clip_id=whole["id"], at_s=0.5))["clips"]
        await desk.take(generation_id, 5.0)
        assert [plays(clip) for clip in await desk.clips()] == [plays(part) for part in parts]
        assert parts[0]["source"] == parts[1]["source"]
        assert parts[0]["source"]["version_id"] is not None


async def test_two_clips_are_faded_into_each_other_where_they_overlap(data_dir: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        first, second = await desk.clip(track_id, 0.0), await desk.clip(track_id, 1.5)
        made = await desk.call("crossfade_clips", clip_id=second["id"], with_clip_id=first["id"])
        out, into = made["clips"]
        assert (out["id"], out["fade_out_s"], out["fade_out_curve"]) == (first["id"], 0.5, "equal_power")
        assert (into["id"], into["fade_in_s"], into["fade_in_curve"]) == (second["id"], 0.5, "equal_power")


@pytest.mark.parametrize(("start_s", "why"), [(3.0, "1 s between them"), (0.5, "one lies within the other")])
async def test_clips_that_only_touch_or_hold_each_other_cannot_be_faded(
    data_dir: Path, start_s: float, why: str
) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        long = await desk.clip(track_id, 0.0)
        short = await desk.clip(track_id, start_s, generation_id=await desk.spoken(1.0))
        error = await desk.refusal("crossfade_clips", clip_id=long["id"], with_clip_id=short["id"])
        assert (error["data"]["kind"], why in error["message"]) == ("conflict", True)
