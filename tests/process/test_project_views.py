"""What a project looks like, and its timeline as other programs read it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import numpy as np
import opentimelineio as otio
import pycmx
import pytest
import soundfile
from PIL import Image

from tests.process.conftest import Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = pytest.mark.process

RATE = 24_000
STEP = 1e-4


class Desk:
    """One open project at a running sidecar."""

    def __init__(self, sidecar: SidecarProcess, folder: Path) -> None:
        self._sidecar = sidecar
        self.folder = folder
        self.project_id = sidecar.call("projects.create", name="Talk")["project"]["id"]

    def call(self, method: str, **params: Any) -> Message:
        """The result of a method of `projects`."""
        return self._sidecar.call(f"projects.{method}", **params)

    def of(self, method: str, **params: Any) -> Message:
        """The result of a method that takes the project at hand."""
        return self.call(method, project_id=self.project_id, **params)

    def refusal(self, method: str, **params: Any) -> Message:
        """What is said of a call that is refused."""
        with pytest.raises(Refused) as refused:
            self.of(method, **params)
        return refused.value.data

    def track(self, **values: Any) -> str:
        """Add a track; gives its id."""
        track_id: str = self.of("add_track", **values)["track"]["id"]
        return track_id

    def clip(self, track_id: str, start_s: float, **values: Any) -> Message:
        """Add a clip, of the recording unless it is silence, and give it."""
        if "silence_s" not in values:
            values |= {"path": str(self.folder / "tone.wav")}
        clip: Message = self.of("add_clip", track_id=track_id, start_s=start_s, **values)["clip"]
        return clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a sound lies that grows in four seconds from nothing to half of full scale."""
    folder = tmp_path_factory.mktemp("views")
    count = 4 * RATE
    tone = np.linspace(0, 0.5, count) * np.sin(np.arange(count) * 2 * np.pi * 1000 / RATE)
    soundfile.write(folder / "tone.wav", tone, RATE, "PCM_16")
    return folder


@pytest.fixture(scope="module")
def running(start: Start, folder: Path) -> Iterator[SidecarProcess]:
    """A sidecar for all of these tests."""
    with start(folder / "data") as sidecar:
        yield sidecar


@pytest.fixture
def empty(running: SidecarProcess, folder: Path) -> Desk:
    """A new project."""
    return Desk(running, folder)


@pytest.fixture(scope="module")
def desk(running: SidecarProcess, folder: Path) -> Desk:
    """Anna's three clips, the middle one crossing the first, and Ben's muted one beside silence."""
    desk = Desk(running, folder)
    anna, ben = desk.track(name="Anna"), desk.track(name="Ben")
    first = desk.clip(anna, 1.0, label="one")
    second = desk.clip(anna, 4.5, label="two", trim_start_s=0.5, gain_db=-6.0)
    desk.call("crossfade_clips", clip_id=first["id"], with_clip_id=second["id"])
    desk.clip(anna, 10.0, label="three", trim_end_s=1.0)
    desk.clip(ben, 2.0, label="quiet", muted=True)
    desk.clip(ben, 7.0, silence_s=1.0)
    desk.of("add_marker", at_s=4.5, title="Chapter 1")
    return desk


def test_a_waveform_shows_each_track_with_its_clips_where_they_stand(desk: Desk) -> None:
    shown = desk.of("waveform", buckets=130)
    anna, ben = shown["tracks"]
    assert (shown["start_s"], shown["end_s"], len(anna["maximum"])) == (0.0, 13.0, 130)
    assert anna["maximum"][:10] == [0.0] * 10
    assert anna["maximum"][43] == pytest.approx(0.5 * 3.4 / 4, rel=0.05)
    assert anna["minimum"][43] == pytest.approx(-0.5 * 3.4 / 4, rel=0.05)
    # The second one, after the cross-fade: 1.5 s of its 4 at half the level.
    assert anna["maximum"][55] == pytest.approx(0.5 * 1.5 / 4 * 0.5, rel=0.1)
    assert anna["maximum"][85:100] == [0.0] * 15
    assert ben["maximum"] == ben["minimum"] == [0.0] * 130


def test_a_waveform_is_that_of_the_rendered_stem(desk: Desk, tmp_path: Path) -> None:
    rendered = desk.of("render", format="wav", path=str(tmp_path / "talk.wav"), stems=True, wait=True)
    stem = soundfile.read(rendered["stems"][0])[0]
    columns = len(stem) // 480
    drawn = desk.of("waveform", buckets=columns, end_s=columns / 100)["tracks"][0]
    alone = [column for column in range(1, columns - 1) if not 449 <= column <= 500]
    for column in alone:
        inside = stem[column * 480 : (column + 1) * 480]
        around = stem[(column - 1) * 480 : (column + 2) * 480]
        assert around.min() - 0.002 <= drawn["minimum"][column] <= inside.min() + 0.002
        assert inside.max() - 0.002 <= drawn["maximum"][column] <= around.max() + 0.002


def test_a_waveform_can_be_of_one_track_and_of_a_few_samples(desk: Desk, folder: Path) -> None:
    track_id = desk.of("get")["project"]["tracks"][0]["id"]
    shown = desk.of("waveform", track_id=track_id, start_s=2.0, end_s=2.001, buckets=1_000)
    (only,) = shown["tracks"]
    assert (only["track_id"], len(only["minimum"])) == (track_id, 48)
    samples = soundfile.read(folder / "tone.wav")[0][RATE : RATE + 24]
    assert only["minimum"][::2] == pytest.approx(samples, abs=STEP)


def test_outlines_are_kept_until_they_are_cleared_away(running: SidecarProcess, desk: Desk) -> None:
    before = desk.of("waveform")
    kept = {cache["kind"]: cache for cache in running.call("cache.stats")["caches"]}["waveforms"]
    assert kept["files"] > 0
    assert running.call("cache.clear", kinds=["waveforms"])["freed_files"] == kept["files"]
    assert desk.of("waveform") == before


def test_a_waveform_of_nothing_is_refused_or_empty(empty: Desk) -> None:
    track_id = empty.track(name="Anna")
    shown = empty.of("waveform")
    assert shown["tracks"] == [{"track_id": track_id, "minimum": [], "maximum": []}]
    refused = empty.refusal("waveform", start_s=2.0, end_s=2.0)
    assert refused["kind"] == "invalid_params"
    refused = empty.refusal("waveform", track_id="gone")
    assert refused["resource"] == "track"


def test_a_picture_is_a_png_of_the_size_that_was_asked_for(desk: Desk, tmp_path: Path) -> None:
    answered = desk.of("picture", width=800, height=300)
    image = Image.open(BytesIO(base64.b64decode(answered["data"])))
    assert (image.format, image.size, answered["path"]) == ("PNG", (800, 300), None)
    written = desk.of("picture", path=str(tmp_path / "talk.png"))
    assert written == {"path": str(tmp_path / "talk.png"), "data": None, "width": 1_600, "height": 600}
    assert Image.open(tmp_path / "talk.png").size == (1_600, 600)


def test_a_project_without_clips_has_a_picture_too(empty: Desk) -> None:
    answered = empty.of("picture")
    assert Image.open(BytesIO(base64.b64decode(answered["data"]))).size == (1_600, 600)


def exported(desk: Desk, folder: Path, format: str, **params: Any) -> tuple[Path, list[str]]:
    path = folder / f"talk.{format}"
    return path, desk.of("export_timeline", format=format, path=str(path), **params)["notes"]


def seconds(range: otio.opentime.TimeRange) -> tuple[float, float]:
    return range.start_time.to_seconds(), range.end_time_exclusive().to_seconds()


def test_opentimelineio_reads_the_clips_where_they_stand(desk: Desk, tmp_path: Path) -> None:
    path, _ = exported(desk, tmp_path, "otio")
    timeline = otio.adapters.read_from_file(str(path))
    anna, ben = timeline.tracks
    assert (timeline.name, anna.name, anna.kind, ben.name) == ("Talk", "Anna", "Audio", "Ben")
    assert [type(item).__name__ for item in anna] == ["Gap", "Clip", "Transition", "Clip", "Gap", "Clip"]
    one, two, three = anna.find_clips()
    # The first two cross from 4.5 to 5 s, and are cut in the middle.
    assert [seconds(anna.range_of_child(clip)) for clip in (one, two, three)] == [
        (1.0, 4.75),
        (4.75, 8.0),
        (10.0, 13.0),
    ]
    assert [seconds(clip.source_range) for clip in (one, two, three)] == [(0.0, 3.75), (0.75, 4.0), (0.0, 3.0)]
    crossing = anna[2]
    assert (crossing.in_offset.to_seconds(), crossing.out_offset.to_seconds()) == (0.25, 0.25)
    assert [clip.available_range().duration.to_seconds() for clip in (one, two)] == [4.0, 4.0]
    assert [clip.enabled for clip in (*anna.find_clips(), *ben.find_clips())] == [True, True, True, False]
    assert two.metadata["voicebox"]["gain_db"] == -6.0
    (marker,) = timeline.tracks.markers
    assert (marker.name, marker.marked_range.start_time.to_seconds()) == ("Chapter 1", 4.5)


def test_the_files_that_a_timeline_names_are_there(desk: Desk, tmp_path: Path) -> None:
    path, _ = exported(desk, tmp_path, "otio")
    # Read as plain JSON, in case the library that wrote it reads its own mistakes.
    clips = [item for item in _items(json.loads(path.read_text("utf-8"))) if item["OTIO_SCHEMA"].startswith("Clip")]
    urls = [clip["media_references"]["DEFAULT_MEDIA"]["target_url"] for clip in clips]
    assert len(urls) == 4
    for url in urls:
        samples, rate = soundfile.read(unquote(urlparse(url).path))
        assert (rate, len(samples)) == (RATE, 4 * RATE)
    assert {clip["source_range"]["duration"]["rate"] for clip in clips} == {48_000.0}


def _items(timeline: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for track in timeline["tracks"]["children"] for item in track["children"]]


def test_clips_that_overlap_without_a_crossfade_lie_on_lanes_of_their_own(empty: Desk, tmp_path: Path) -> None:
    track = empty.track(name="Crowd")
    for start_s in (0.0, 1.0, 2.0, 4.0):
        empty.clip(track, start_s)
    written, _ = exported(empty, tmp_path, "otio")
    lanes = otio.adapters.read_from_file(str(written)).tracks
    assert [lane.name for lane in lanes] == ["Crowd", "Crowd (2)", "Crowd (3)"]
    starts = [[seconds(lane.range_of_child(clip))[0] for clip in lane.find_clips()] for lane in lanes]
    assert starts == [[0.0, 4.0], [1.0], [2.0]]


def test_a_clip_at_another_speed_says_so(empty: Desk, tmp_path: Path) -> None:
    empty.clip(empty.track(), 0.0, speed=2.0, trim_start_s=0.5)
    written, _ = exported(empty, tmp_path, "otio")
    (clip,) = otio.adapters.read_from_file(str(written)).find_clips()
    assert clip.effects[0].time_scalar == 2.0
    assert (clip.source_range.start_time.to_seconds(), clip.duration().to_seconds()) == (1.0, 1.5)


def test_other_readers_find_the_audible_clips_in_an_edit_decision_list(desk: Desk, tmp_path: Path) -> None:
    path, notes = exported(desk, tmp_path, "edl", frame_rate=25)
    with path.open(encoding="utf-8") as file:
        events = list(pycmx.parse_cmx3600(file).events)
    assert [event.edits[-1].clip_name for event in events] == ["one", "two", "three"]
    assert [(event.edits[-1].record_in, event.edits[-1].record_out) for event in events] == [
        ("00:00:01:00", "00:00:04:12"),
        ("00:00:04:12", "00:00:08:00"),
        ("00:00:10:00", "00:00:13:00"),
    ]
    assert [len(event.edits) for event in events] == [1, 2, 1]
    (track,) = otio.adapters.read_from_file(str(path), rate=25).tracks
    assert (track.kind, [clip.name for clip in track.find_clips()]) == ("Audio", ["one", "two", "three"])
    assert Path(events[0].edits[0].source_file).is_file()
    assert any("muted" in note for note in notes)


def test_what_makes_no_sense_is_refused_and_leaves_no_file(desk: Desk, folder: Path, tmp_path: Path) -> None:
    for path, wish in (
        (tmp_path / "talk.otio", {"format": "otio", "frame_rate": 24}),
        (folder / "data" / "talk.edl", {"format": "edl"}),
        (tmp_path / "talk.edl", {"format": "edl", "frame_rate": 12}),
    ):
        assert desk.refusal("export_timeline", path=str(path), **wish)["kind"] == "invalid_params"
        assert not path.exists()
    assert desk.refusal("export_timeline", path=str(tmp_path / "no" / "talk.edl"), format="edl")["kind"] == "not_found"
