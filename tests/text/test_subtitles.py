from __future__ import annotations

import pytest

from sidecar.text.subtitles import Cue, srt, vtt

CUES = [Cue(0.0, 1.5, "Hello, world."), Cue(61.001, 3_725.9996, "你好 🎉")]


def test_subrip() -> None:
    assert srt(CUES) == (
        "1\n00:00:00,000 --> 00:00:01,500\nHello, world.\n\n2\n00:01:01,001 --> 01:02:06,000\n你好 🎉\n"
    )


def test_webvtt() -> None:
    assert vtt(CUES) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nHello, world.\n\n00:01:01.001 --> 01:02:06.000\n你好 🎉\n"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("R&D", "R&amp;D"),
        ("a < b", "a &lt; b"),
        ("left --> right", "left --&gt; right"),
        ('say "it\'s"', 'say "it\'s"'),
    ],
)
def test_what_has_a_meaning_of_its_own_in_webvtt_is_escaped(text: str, written: str) -> None:
    assert vtt([Cue(0, 1, text)]).splitlines()[-1] == written
    assert srt([Cue(0, 1, text)]).splitlines()[-1] == text


def test_of_nothing_there_are_no_subtitles() -> None:
    assert srt([]) == ""
    assert vtt([]) == "WEBVTT\n\n"


def test_an_hour_count_of_three_digits_is_written_out() -> None:
    assert "100:00:00,000" in srt([Cue(360_000, 360_001, "late")])
