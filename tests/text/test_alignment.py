from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.text.alignment import align
from sidecar.text.words import TimedWord, written_words

TEXT = st.lists(
    st.sampled_from(["The", "keeper,", "of", "a", "light-house", "paid", "$14.50", "—", "today!"]), max_size=12
)
HEARD = st.lists(st.tuples(st.sampled_from(["the", "keeper", "lighthouse", "14", "to", "day", "zoo"]), st.floats(0, 1)))


def heard(text: str) -> list[TimedWord]:
    """Words as a recogniser gives them: half a second each, one every second."""
    return [TimedWord(word, float(index), index + 0.5, 0.9) for index, word in enumerate(text.split())]


def test_words_heard_as_written_have_the_times_they_were_heard_at() -> None:
    words = align("The old keeper.", heard("the old keeper"), "en", 3.0)
    assert words == [
        TimedWord("The", 0.0, 0.5, 0.9),
        TimedWord("old", 1.0, 1.5, 0.9),
        TimedWord("keeper.", 2.0, 2.5, 0.9),
    ]


def test_a_word_heard_as_two_lasts_from_the_first_to_the_second() -> None:
    word = align("a lighthouse there", heard("a light house there"), "en", 4.0)[1]
    assert (word.word, word.start_s, word.end_s) == ("lighthouse", 1.0, 2.5)


def test_two_words_heard_as_one_share_its_time() -> None:
    rain, forest = align("rain forest", heard("rainforest"), "en", 1.0)
    assert rain.start_s == 0.0
    assert rain.end_s == pytest.approx(forest.start_s, abs=0.05)
    assert forest.end_s == pytest.approx(0.5)


def test_figures_are_found_in_words() -> None:
    words = align("It cost $14.50.", heard("it cost fourteen dollars and fifty cents"), "en", 7.0)
    assert words[2] == TimedWord("$14.50.", 2.0, 6.5, 0.9)


def test_a_word_that_was_not_heard_gets_its_share_of_the_time_between() -> None:
    words = align("one gladly two", [TimedWord("one", 0.0, 1.0, 0.9), TimedWord("two", 3.0, 4.0, 0.9)], "en", 4.0)
    assert words[1] == TimedWord("gladly", 1.0, 3.0, 0.0)


def test_what_was_heard_beside_the_text_moves_nothing() -> None:
    said = [TimedWord("um", 0.0, 0.2, 0.9), TimedWord("one", 0.5, 1.0, 0.9), TimedWord("two", 1.0, 1.5, 0.9)]
    assert [word.start_s for word in align("one two", said, "en", 2.0)] == [0.5, 1.0]


def test_without_anything_heard_the_words_share_the_recording() -> None:
    words = align("ab abcd", [], "en", 3.0)
    assert [(word.start_s, word.end_s, word.probability) for word in words] == [(0.0, 1.0, 0.0), (1.0, 3.0, 0.0)]


def test_characters_of_a_script_without_spaces_share_the_words_of_the_recogniser() -> None:
    words = align("你好，世界", [TimedWord("你好", 0.0, 1.0, 0.9), TimedWord("世界", 1.0, 2.0, 0.9)], "zh", 2.0)  # noqa: RUF001
    assert [(word.word, word.start_s) for word in words] == [("你", 0.0), ("好，", 0.5), ("世", 1.0), ("界", 1.5)]  # noqa: RUF001


@given(TEXT, HEARD)
def test_every_word_of_the_text_comes_back_in_order_and_within_the_recording(
    text: list[str], said: list[tuple[str, float]]
) -> None:
    ends = sorted(time * 10 for _, time in said)
    recognised = [
        TimedWord(word, start, end, 0.5) for (word, _), start, end in zip(said, [0.0, *ends], ends, strict=False)
    ]
    words = align(" ".join(text), recognised, "en", 9.0)
    assert [word.word for word in words] == written_words(" ".join(text))
    times = [time for word in words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert all(0.0 <= time <= 9.0 for time in times)
