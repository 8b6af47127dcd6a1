from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.text.subtitles import Cue, cues_from_words, srt, vtt
from sidecar.text.words import TimedWord, joined, written_words

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


def spoken(text: str, seconds_a_word: float = 0.3) -> list[TimedWord]:
    """The words of a text at an even pace, with a gap of 50 ms between them."""
    return [
        TimedWord(word, index * seconds_a_word, (index + 1) * seconds_a_word - 0.05, 1.0)
        for index, word in enumerate(written_words(text))
    ]


def texts(text: str, seconds_a_word: float = 0.3) -> list[str]:
    return [cue.text for cue in cues_from_words(spoken(text, seconds_a_word), "en")]


def test_every_sentence_has_a_cue_of_its_own() -> None:
    assert texts("Dr. Smith went home early. It cost 3.50 at the time.") == [
        "Dr. Smith went home early.",
        "It cost 3.50 at the time.",
    ]


def test_a_sentence_too_long_for_a_line_is_shown_on_two_of_like_length() -> None:
    (cue,) = texts("The old keeper of the lighthouse climbed the stairs every evening.")
    assert cue == "The old keeper of the lighthouse\nclimbed the stairs every evening."


def test_a_sentence_too_long_for_a_cue_is_cut_at_a_comma() -> None:
    first, second = texts(
        "It was said in the village that nobody had ever seen him sleep, and that the lamp had never once gone out."
    )
    assert first.endswith("sleep,")
    assert second.startswith("and")


def test_slow_speech_is_cut_by_time() -> None:
    cues = cues_from_words(spoken("one two three four five six", 2.0), "en")
    assert len(cues) == 2
    assert all(cue.end_s - cue.start_s <= 7.0 for cue in cues)


def test_a_sentence_of_less_than_a_second_shares_the_next_cue() -> None:
    assert texts("Yes! No. It is not so.") == ["Yes! No. It is not so."]


def test_a_short_last_cue_stays_for_a_second() -> None:
    words = [TimedWord("Go!", 0.0, 0.3, 1.0), TimedWord("Stop!", 5.0, 5.2, 1.0)]
    assert cues_from_words(words, "en") == [Cue(0.0, 1.0, "Go!"), Cue(5.0, 6.0, "Stop!")]


def test_chinese_is_measured_by_columns_and_written_without_spaces() -> None:
    text = "我有三个苹果今天天气很好我们一起去公园玩吧然后再去吃饭好不好"
    cues = cues_from_words(spoken(text, 0.15), "zh")
    assert "".join(cue.text for cue in cues).replace("\n", "") == text
    assert all(len(line) <= 21 for cue in cues for line in cue.text.splitlines())


def test_of_no_words_there_are_no_cues() -> None:
    assert cues_from_words([], "en") == []


@given(
    st.text(alphabet="abc .,!?我。", max_size=300),
    st.floats(0.05, 1.5),
)
def test_cues_can_be_read_and_hold_every_word_once(text: str, seconds_a_word: float) -> None:
    words = spoken(text, seconds_a_word)
    cues = cues_from_words(words, "en")
    if not set("我。") & set(text):
        assert " ".join(cue.text for cue in cues).split() == joined(word.word for word in words).split()
    assert "".join("".join(cue.text for cue in cues).split()) == "".join("".join(word.word for word in words).split())
    for cue in cues:
        lines = cue.text.splitlines()
        assert len(lines) <= 2
        assert all(len(line) <= 42 or len(written_words(line)) == 1 for line in lines)
        assert cue.start_s < cue.end_s <= cue.start_s + 7.0
    assert all(before.end_s <= after.start_s for before, after in pairwise(cues))
