"""Lines on the timeline: one after another with exactly their gaps, whatever is changed; lengths are made up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from sidecar.errors import Conflict, NotFound
from sidecar.services.projects.editing.cuts import split_clip
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.lengths import clip_length
from sidecar.services.projects.scripts.layout import Layout
from sidecar.store import projects as store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.tables import (
    generations,
    project_clips,
    project_lines,
    project_markers,
    project_tracks,
    projects,
    versions,
)
from sidecar.store.values import Row, new_id, utc_now

RATE = 48_000
SPEAKERS = ("Anna", "Ben")
GAPS = st.sampled_from([0.0, 0.25, 1.5])
LENGTHS = st.sampled_from([0.0, 0.5, 2.0, 3.3])
Lines = list[tuple[float, float]]
"""The seconds that each line is spoken in, none if it could not be, and those of the gap after it."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    opened = Database(tmp_path_factory.mktemp("library") / "voicebox.db")
    yield opened
    opened.close()


class Stage:
    """A project of lines that Anna and Ben speak in turn; each begins a chapter."""

    def __init__(self, connection: Connection, lines: Lines) -> None:
        self._connection = connection
        self.id, now = new_id(), utc_now()
        own = {"name": "Play", "sample_rate": RATE, "channels": 2, "created_at": now, "updated_at": now}
        rows.add(connection, projects, id=self.id, **own)
        levels = {"gain_db": 0.0, "pan": 0.0, "muted": False, "solo": False, "duck_db": 0.0}
        for position, name in enumerate(SPEAKERS):
            track = {"id": new_id(), "project_id": self.id, "position": position, "name": name}
            rows.add(connection, project_tracks, **track | levels)
        for position, (seconds, gap_s) in enumerate(lines):
            marker_id = new_id()
            rows.add(connection, project_markers, id=marker_id, project_id=self.id, at=0, title=f"{position}")
            row = self.line(seconds, gap_s) | {"position": position, "marker_id": marker_id}
            connection.execute(insert(project_lines), row | {"speaker": SPEAKERS[position % 2]})

    def line(self, seconds: float, gap_s: float | None = 0.0) -> Row:
        """A new line of Anna's, which is not in the project yet."""
        nothing: Row = {column.name: None for column in project_lines.columns}
        own = {"id": new_id(), "project_id": self.id, "speaker": "Anna", "text": "Well.", "gap_after_s": gap_s}
        return nothing | own | {"generation_id": self.take(seconds)}

    def take(self, seconds: float) -> str:
        """A generation whose audio lasts so long, without audio if that is 0."""
        generation_id, version_id, now = new_id(), new_id(), utc_now()
        said = {"profile_name": "Ada", "text": "Well.", "language": "en", "engine": "kokoro", "settings": {}}
        default = {"status": "completed", "default_version_id": version_id if seconds else None}
        rows.add(self._connection, generations, id=generation_id, created_at=now, **said, **default)
        if seconds:
            audio = {"audio_path": f"{version_id}.wav", "duration_s": seconds, "sample_rate": 24_000}
            take = {"generation_id": generation_id, "label": "Take", "kind": "take", "created_at": now}
            rows.add(self._connection, versions, id=version_id, **take, **audio)
        return generation_id

    def edit(self, change: Callable[[Layout], None]) -> None:
        edit = Edit(self._connection, self.id)
        change(Layout(edit))
        edit.finish("Change")

    def lay_out(self, lead_s: float | None = None) -> None:
        self.edit(lambda layout: layout.lay_out(lead_s))

    @property
    def lines(self) -> list[Row]:
        return store.lines_of(self._connection, self.id)

    @property
    def clips(self) -> dict[str, Row]:
        return {clip["id"]: clip for clip in store.clips_of(self._connection, self.id)}

    def places(self) -> list[tuple[float, float] | None]:
        """Where each line begins and ends in seconds, None if no clip plays it."""
        clips = [self.clips.get(line["clip_id"]) for line in self.lines]
        return [
            (clip["start"] / RATE, (clip["start"] + clip_length(clip, RATE)) / RATE) if clip else None for clip in clips
        ]

    def chapters(self) -> dict[str, float]:
        return {marker["title"]: marker["at"] / RATE for marker in store.markers_of(self._connection, self.id)}

    def assert_laid_out(self) -> None:
        """Each line begins where the one before it has ended and its gap is over, and its chapter begins with it."""
        at, markers = None, {marker["id"]: marker for marker in store.markers_of(self._connection, self.id)}
        for line in self.lines:
            clip = self.clips.get(line["clip_id"])
            if clip is None:
                continue
            assert clip["start"] == (clip["start"] if at is None else at)
            assert line["marker_id"] is None or markers[line["marker_id"]]["at"] == clip["start"]
            at = clip["start"] + clip_length(clip, RATE) + round(line["gap_after_s"] * RATE)


def on_stage(library: Database, lines: Lines, act: Callable[[Stage], None]) -> None:
    asyncio.run(library.write(lambda connection: act(Stage(connection, lines))))


def test_lines_lie_one_after_another_on_their_speakers_tracks(library: Database) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out(lead_s=1.0)
        assert stage.places() == [(1.0, 2.0), None, (2.5, 4.5), (4.5, 5.0)]
        assert stage.chapters() == {"0": 1.0, "1": 2.5, "2": 2.5, "3": 4.5}
        tracks = {track["id"]: track["name"] for track in store.tracks_of(stage._connection, stage.id)}
        assert [tracks[clip["track_id"]] for clip in stage.clips.values()] == ["Anna", "Anna", "Ben"]

    on_stage(library, [(1.0, 0.5), (0.0, 7.0), (2.0, 0.0), (0.5, 0.0)], act)


def test_laying_out_again_changes_nothing_and_takes_in_what_has_been_spoken_since(library: Database) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out(lead_s=2.0)
        before = store.project(stage._connection, stage.id)
        stage.lay_out(lead_s=2.0)
        stage.lay_out()
        assert store.project(stage._connection, stage.id) == before
        rows.change(stage._connection, project_lines, stage.lines[1]["id"], generation_id=stage.take(3.0))
        stage.lay_out()
        assert stage.places() == [(2.0, 3.0), (3.5, 6.5), (7.5, 9.5)]

    on_stage(library, [(1.0, 0.5), (0.0, 1.0), (2.0, 0.0)], act)


def test_a_clip_that_was_removed_stays_out(library: Database) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out()
        rows.remove(stage._connection, project_clips, stage.lines[0]["clip_id"])
        stage.lay_out()
        assert stage.places() == [None, (1.5, 3.5)]

    on_stage(library, [(1.0, 0.5), (2.0, 0.0)], act)


def test_another_take_moves_what_comes_after_it_and_nothing_else(library: Database) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out()
        music = stage.clips[stage.lines[2]["clip_id"]] | {"id": new_id(), "start": 5 * RATE, "source_id": None}
        own = {column.name: music[column.name] for column in project_clips.columns} | {"length": RATE}
        rows.add(stage._connection, project_clips, **own)
        rows.change(stage._connection, project_clips, stage.lines[2]["clip_id"], start=4 * RATE)
        stage.edit(lambda layout: layout.change(stage.lines[1]["id"], {"generation_id": stage.take(0.5)}))
        # The last line had been moved by hand by 0.5 s; it keeps that.
        assert stage.places() == [(0.0, 1.0), (1.5, 2.0), (2.5, 4.5)]
        assert stage.clips[music["id"]]["start"] == 5 * RATE

    on_stage(library, [(1.0, 0.5), (2.0, 0.0), (2.0, 0.0)], act)


def test_another_take_takes_the_place_of_all_pieces_of_the_old_one(library: Database) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out()
        edit = Edit(stage._connection, stage.id)
        split_clip(edit, stage.lines[0]["clip_id"], RATE // 2)
        edit.finish("Split")
        stage.lay_out()
        assert stage.places() == [(0.0, 0.5), (1.5, 3.5)], "two pieces lie end to end, and the gap behind them"
        stage.edit(lambda layout: layout.change(stage.lines[0]["id"], {"generation_id": stage.take(3.0)}))
        assert stage.places() == [(0.0, 3.0), (3.5, 5.5)]
        assert len(stage.clips) == 2

    on_stage(library, [(1.0, 0.5), (2.0, 0.0)], act)


def test_another_speaker_is_another_track_a_new_one_if_need_be(library: Database) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out()
        stage.edit(lambda layout: layout.change(stage.lines[0]["id"], {"speaker": "ben"}))
        stage.edit(lambda layout: layout.change(stage.lines[2]["id"], {"speaker": "Cleo"}))
        tracks = {track["id"]: track["name"] for track in store.tracks_of(stage._connection, stage.id)}
        assert list(tracks.values()) == ["Anna", "Ben", "Cleo"]
        assert [tracks[stage.clips[line["clip_id"]]["track_id"]] for line in stage.lines] == ["Ben", "Ben", "Cleo"]
        stage.assert_laid_out()

    on_stage(library, [(1.0, 0.5), (2.0, 0.0), (1.0, 0.0)], act)


def test_a_line_that_is_added_makes_room_and_gets_gaps_that_sound_natural(library: Database) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out()
        last = stage.lines[1]["id"]
        stage.edit(lambda layout: layout.insert(stage.line(1.0, None), last))
        stage.edit(lambda layout: layout.insert(stage.line(0.5, None), None))
        assert stage.places() == [(0.0, 0.5), (0.8, 1.8), (2.3, 4.3), (4.8, 5.8)]
        assert [line["position"] for line in stage.lines] == [0, 1, 2, 3]

    on_stage(library, [(1.0, 0.5), (2.0, 0.0)], act)


def test_a_line_that_is_removed_leaves_no_hole_and_its_chapter_to_the_next(library: Database) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out()
        rows.remove(stage._connection, project_markers, stage.lines[1]["marker_id"])
        rows.change(stage._connection, project_lines, stage.lines[1]["id"], marker_id=None)
        for _ in range(2):
            stage.edit(lambda layout: layout.remove(stage.lines[0]["id"]))
        assert stage.places() == [(0.0, 3.0)]
        assert stage.chapters() == {"2": 0.0}

    on_stage(library, [(1.0, 0.5), (2.0, 0.0), (3.0, 0.0)], act)


def test_what_would_begin_after_a_thousand_hours_is_refused(library: Database) -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(Conflict, match="would begin at 3600001 s, and nothing may after 3600000 s"):
            stage.lay_out()
        assert stage.clips == {}

    on_stage(library, [(1.0, 3_600.0)] + [(0.5, 3_599.5)] * 999 + [(1.0, 0.0)], act)


def test_a_line_that_is_not_there_is_named(library: Database) -> None:
    def act(stage: Stage) -> None:
        with pytest.raises(NotFound, match="no line 'x'"):
            stage.edit(lambda layout: layout.remove("x"))

    on_stage(library, [(1.0, 0.5)], act)


CHANGES = st.one_of(
    st.tuples(st.just("take"), st.integers(0, 9), LENGTHS.filter(bool)),
    st.tuples(st.just("gap"), st.integers(0, 9), GAPS),
    st.tuples(st.just("insert"), st.integers(0, 9), LENGTHS.filter(bool)),
    st.tuples(st.just("remove"), st.integers(0, 9), st.just(0.0)),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(LENGTHS, GAPS), min_size=1, max_size=5), st.lists(CHANGES, max_size=6))
def test_whatever_is_changed_every_line_follows_the_one_before_it(
    library: Database, lines: Lines, changes: list[tuple[str, int, float]]
) -> None:
    def act(stage: Stage) -> None:
        stage.lay_out()
        for what, place, value in changes:
            there = stage.lines
            line_id = there[place % len(there)]["id"] if there else None
            stage.edit(lambda layout: change(stage, layout, what, line_id, value))  # noqa: B023
            stage.assert_laid_out()

    def change(stage: Stage, layout: Layout, what: str, line_id: str | None, value: float) -> None:
        if what == "insert":
            layout.insert(stage.line(value, 0.25), line_id)
        elif line_id is None:
            return
        elif what == "remove":
            layout.remove(line_id)
        else:
            values: dict[str, Any] = {"gap_after_s": value} if what == "gap" else {"generation_id": stage.take(value)}
            layout.change(line_id, values)

    on_stage(library, lines, act)
