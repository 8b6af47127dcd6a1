from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.services.projects.spoken import (
    Spoken,
    SpokenClip,
    Window,
    heard_words,
    sounding_clips,
    speakers,
)
from sidecar.store.values import Row
from sidecar.text.words import TimedWord

RATE = 48_000
SOURCE_RATE = 24_000
SECONDS = 10
WORDS = [TimedWord(f"w{number}", number * 0.5, number * 0.5 + 0.4, 1.0) for number in range(20)]


def clip(**own: Any) -> Row:
    """A clip of all ten seconds of a source, as `clips_of` gives it, with some of its fields."""
    own_times = {name: round(own.pop(name) * RATE) for name in ("start", "trim_start", "trim_end") if name in own}
    whole = {"id": "c", "track_id": "t", "source_id": "s", "start": 0, "trim_start": 0, "trim_end": 0, "length": None}
    played = {"frames": SECONDS * SOURCE_RATE, "sample_rate": SOURCE_RATE, "speed": 1.0, "muted": False}
    return whole | played | {"text": "words", "profile_name": "Heart"} | own_times | own


def told(row: Row, window: Window | None = None) -> list[tuple[str, float, float]]:
    found = heard_words(row, WORDS, window or Window(RATE), "Anna")
    return [(word.word, round(word.start_s, 6), round(word.end_s, 6)) for word in found]


def test_words_stand_where_their_clip_does() -> None:
    assert told(clip(start=100.0))[:2] == [("w0", 100.0, 100.4), ("w1", 100.5, 100.9)]
    assert len(told(clip(start=100.0))) == 20


def test_words_that_are_cut_off_are_left_out_and_those_at_the_edges_cut() -> None:
    trimmed = told(clip(start=2.0, trim_start=1.1, trim_end=7.8))
    assert trimmed == [("w2", 2.0, 2.3), ("w3", 2.4, 2.8), ("w4", 2.9, 3.1)]


def test_at_twice_the_speed_words_last_half_as_long() -> None:
    assert told(clip(start=1.0, speed=2.0, trim_start=0.25))[:2] == [("w1", 1.0, 1.2), ("w2", 1.25, 1.45)]


@given(st.integers(1, SECONDS * RATE - 1))
def test_a_clip_that_is_split_anywhere_says_every_word_once(at: int) -> None:
    left = clip(trim_end=0) | {"trim_end": SECONDS * RATE - at}
    right = clip() | {"start": at, "trim_start": at}
    assert [word for word, _, _ in told(left) + told(right)] == [word.word for word in WORDS]


def test_a_window_counts_from_its_own_beginning() -> None:
    window = Window(RATE, 3 * RATE, 4 * RATE)
    assert told(clip(start=1.0), window) == [("w4", 0.0, 0.4), ("w5", 0.5, 0.9)]
    assert window.shows(clip(start=3.9))
    assert not window.shows(clip(start=4.0))


def track(track_id: str, **own: Any) -> Row:
    return {"id": track_id, "name": track_id.upper(), "muted": False, "solo": False} | own


@pytest.mark.parametrize(
    ("first", "second", "heard"),
    [
        ({}, {}, ["a", "b"]),
        ({"muted": True}, {}, ["b"]),
        ({"solo": True}, {}, ["a"]),
        ({"solo": True, "muted": True}, {}, []),
    ],
)
def test_what_is_muted_or_not_solo_is_not_heard(first: Row, second: Row, heard: list[str]) -> None:
    clips = [clip(id="a", track_id="a"), clip(id="b", track_id="b"), clip(id="c", track_id="a", muted=True)]
    sounding = sounding_clips([track("a", **first), track("b", **second)], clips)
    assert [row["id"] for row in sounding] == heard


def test_a_clips_speaker_is_the_scripts_then_the_tracks_then_the_profiles() -> None:
    tracks = [track("one"), track("mixed")]
    clips = [
        clip(id="1", track_id="one"),
        clip(id="2", track_id="mixed"),
        clip(id="3", track_id="mixed", profile_name="Bella"),
        clip(id="4", track_id="mixed", profile_name="Bella"),
    ]
    lines = [{"clip_id": "4", "speaker": "GHOST"}]
    assert speakers(tracks, clips, lines) == {"1": "ONE", "2": "Heart", "3": "Bella", "4": "GHOST"}


def spoken(*clips: tuple[Row, str, list[TimedWord]]) -> Spoken:
    return Spoken(
        [SpokenClip(heard_words(row, words, Window(RATE), who), "en", row["source_id"]) for row, who, words in clips],
        [],
    )


HELLO = [TimedWord("Hello", 0.0, 0.4, 0.9), TimedWord("there.", 0.5, 0.9, 0.8)]


def test_webvtt_names_who_speaks_and_subrip_does_not() -> None:
    both = spoken((clip(id="1"), "Anna & Ben", HELLO), (clip(id="2", start=2.0, source_id="r"), "Ben", HELLO))
    assert both.written("vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\n<v Anna &amp; Ben>Hello there.\n\n"
        "00:00:02.000 --> 00:00:03.000\n<v Ben>Hello there.\n"
    )
    assert both.written("srt").startswith("1\n00:00:00,000 --> 00:00:01,000\nHello there.\n")


def test_a_sentence_that_a_split_has_cut_is_one_cue_still() -> None:
    halves = clip(id="1") | {"trim_end": round(9.45 * RATE)}, clip(id="2", start=0.45, trim_start=0.45)
    cues = spoken((halves[0], "Anna", HELLO), (halves[1], "Anna", HELLO)).written("srt")
    assert cues.count("-->") == 1
    assert "Hello there." in cues


def test_voices_that_overlap_have_cues_that_overlap_and_others_do_not() -> None:
    at_once = spoken((clip(id="1"), "Anna", HELLO), (clip(id="2", start=0.6, source_id="r"), "Ben", HELLO))
    assert "00:00:00,000 --> 00:00:00,900" in at_once.written("srt")
    in_turn = spoken((clip(id="1"), "Anna", HELLO), (clip(id="2", start=0.95, source_id="r"), "Ben", HELLO))
    assert "00:00:00,000 --> 00:00:00,950" in in_turn.written("srt")


def test_json_tells_every_word_with_its_speaker_and_clip_in_the_order_of_the_timeline() -> None:
    both = spoken((clip(id="1"), "Anna", HELLO), (clip(id="2", start=0.6, source_id="r"), "Ben", HELLO))
    words = json.loads(both.written("json"))["words"]
    assert [(word["word"], word["clip_id"]) for word in words] == [
        ("Hello", "1"),
        ("there.", "1"),
        ("Hello", "2"),
        ("there.", "2"),
    ]
    assert words[2] == {
        "word": "Hello",
        "start_s": 0.6,
        "end_s": 1.0,
        "probability": 0.9,
        "speaker": "Ben",
        "clip_id": "2",
    }
