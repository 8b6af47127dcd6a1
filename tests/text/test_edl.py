from __future__ import annotations

import io

import opentimelineio as otio
import pycmx
import pytest

from sidecar.text.edl import Event, edl

EVENTS = [
    Event(1, "one", "/a folder/one.wav", 0.5, 0.0, 1.5),
    Event(2, "music", "/music.flac", 0.0, 0.0, 10.0),
    Event(1, "two", "/two.wav", 0.0, 1.5, 4.0, dissolve_s=0.52),
    Event(3, "fast", "/fast.wav", 1.0, 3_605.0, 3_607.0, speed=2.0),
]


def test_the_text() -> None:
    assert edl("Talk\nand more", EVENTS[:3], 25) == (
        "TITLE: Talk and more\n"
        "FCM: NON-DROP FRAME\n"
        "\n"
        "001  AX       A     C        00:00:00:12 00:00:02:00 00:00:00:00 00:00:01:13\n"
        "* FROM CLIP NAME: one\n"
        "* SOURCE FILE: /a folder/one.wav\n"
        "002  AX       A2    C        00:00:00:00 00:00:10:00 00:00:00:00 00:00:10:00\n"
        "* FROM CLIP NAME: music\n"
        "* SOURCE FILE: /music.flac\n"
        "003  AX       A     C        00:00:02:00 00:00:02:00 00:00:01:13 00:00:01:13\n"
        "003  AX       A     D    013 00:00:00:00 00:00:02:12 00:00:01:13 00:00:04:00\n"
        "* FROM CLIP NAME: one\n"
        "* TO CLIP NAME: two\n"
        "* SOURCE FILE: /two.wav\n"
    )


@pytest.mark.parametrize("frame_rate", [24, 25, 30])
def test_another_reader_finds_the_same_events(frame_rate: int) -> None:
    read = pycmx.parse_cmx3600(io.StringIO(edl("Talk", EVENTS, frame_rate)))
    assert read.title == "Talk"
    edits = [event.edits[-1] for event in read.events]
    assert [(edit.clip_name, edit.source_file) for edit in edits] == [(event.name, event.path) for event in EVENTS]
    for edit, event in zip(edits, EVENTS, strict=True):
        for code, time_s in ((edit.record_in, event.start_s), (edit.record_out, event.end_s)):
            assert otio.opentime.from_timecode(code, frame_rate).value == round(time_s * frame_rate)


def test_opentimelineio_reads_tracks_and_dissolves_and_speeds() -> None:
    timeline = otio.adapters.read_from_string(edl("Talk", EVENTS, 25), "cmx_3600", rate=25)
    assert [track.kind for track in timeline.tracks] == ["Audio"] * 3
    assert [type(item).__name__ for item in timeline.tracks[0]] == ["Clip", "Transition", "Clip"]
    (fast,) = timeline.tracks[2].find_clips()
    assert fast.effects[0].time_scalar == 2.0


def test_of_nothing_there_is_a_list_without_events() -> None:
    assert edl("", [], 25) == "TITLE: \nFCM: NON-DROP FRAME\n\n"
