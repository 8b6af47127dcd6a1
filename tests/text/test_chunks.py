from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sidecar.text.chunks import MAX_PAUSE_S, Chunk, plan, refused_pause, without_marks

MARK = re.compile(r"\[pause\s+(\d+(?:\.\d+)?)\s*s\]", re.IGNORECASE)
WORDS = st.sampled_from(
    ["Hello", "world.", "Dr.", "3.14", "“Yes,”", "said;", "and—then!", "你好。", "天气很好", "🎉", "a" * 130, "«Oui»"]
)
BREAKS = st.sampled_from(
    [" ", "\n", "\n\n", "\r\n\r\n", "\t", "\u3000", "[pause 1.5s]", "[PAUSE 2 s]", " [pause 0.25s] "]
)
TEXTS = st.lists(st.tuples(WORDS, BREAKS), min_size=1, max_size=40).map(
    lambda pairs: "".join(word + space for word, space in pairs)
)


def texts(text: str, max_chars: int = 400, language: str = "en") -> list[str]:
    return [chunk.text for chunk in plan(text, language, max_chars, 0.3)]


def sayable(text: str) -> list[str]:
    return [character for character in text if character.isalnum()]


@settings(deadline=None)
@given(TEXTS | st.text(st.characters(exclude_categories=["Cs"]), max_size=300), st.integers(100, 200))
@example("a" * 1_000, 100)
def test_no_letter_and_no_digit_is_lost_and_no_chunk_is_too_long(text: str, max_chars: int) -> None:
    chunks = texts(text, max_chars)
    assert sayable("".join(chunks)) == sayable(MARK.sub(" ", text))
    assert all(len(chunk) <= max_chars for chunk in chunks)


@settings(deadline=None)
@given(st.lists(st.floats(0, 90).map(lambda seconds: round(seconds, 2)), min_size=1, max_size=5))
def test_pauses_are_as_long_as_they_say_wherever_they_stand(pauses: list[float]) -> None:
    marks = [f"[pause {seconds:g}s]" for seconds in pauses]
    total = sum(min(seconds, MAX_PAUSE_S) for seconds in pauses)
    for text in ("One. " + " Two. ".join(marks) + " End.", "One." + "".join(marks) + "End.", "".join(marks) + "End."):
        assert sum(chunk.pause_after_s for chunk in plan(text, "en", 400, 0.3)) == pytest.approx(total)


def test_sentences_are_packed_into_chunks_with_a_pause_between_them() -> None:
    sentence = "This is a sentence of fifty characters, no more now."
    assert plan(f"{sentence} {sentence} {sentence}", "en", 110, 0.3) == [
        Chunk(f"{sentence} {sentence}", 0.3),
        Chunk(sentence, 0.0),
    ]


def test_paragraphs_are_never_joined_and_twice_as_far_apart() -> None:
    assert plan("One.\n\nTwo.\r\n \r\nThree.", "en", 400, 0.3) == [
        Chunk("One.", 0.6),
        Chunk("Two.", 0.6),
        Chunk("Three.", 0.0),
    ]


def test_a_mark_takes_the_place_of_the_usual_pause() -> None:
    assert plan("One. [pause 1.5s] Two.", "en", 400, 0.3) == [Chunk("One.", 1.5), Chunk("Two.", 0.0)]


def test_marks_in_a_row_add_up() -> None:
    assert plan("One. [pause 1s] [pause 0.5s] Two.", "en", 400, 0.3) == [Chunk("One.", 1.5), Chunk("Two.", 0.0)]


def test_silence_before_the_first_word_and_behind_the_last_one_is_kept() -> None:
    assert plan("[pause 1s]One.[pause 2s]", "en", 400, 0.3) == [Chunk("", 1.0), Chunk("One.", 2.0)]


@pytest.mark.parametrize(
    "mark", ["[pause 61s]", "[pause 500ms]", "[pause .5s]", "[Pause 1,5s]", "[pause: 1s]", "[pause 2]"]
)
def test_what_was_meant_to_be_a_pause_and_is_none_is_found(mark: str) -> None:
    assert refused_pause(f"One. [pause 60s] Two. {mark} [pause 99s] Three.") == mark


@pytest.mark.parametrize(
    "text",
    [
        "One. [pause 60s] Two.",
        "[pause for effect] One.",
        "[Pause. 3 laugh, 2 leave.]",
        "[pause, then on]",
        "[pausing 2s]",
        "pause 61s",
    ],
)
def test_a_pause_that_can_be_and_what_is_none_are_left_alone(text: str) -> None:
    assert refused_pause(text) is None


@pytest.mark.parametrize("text", ["[pause]", "[pause -1s]", "[pause 1m]", "[paused 1s]", "pause 1s"])
def test_what_is_no_mark_is_spoken(text: str) -> None:
    assert texts(text) == [text]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Dr. Smith paid $3.50 to Mr. Jones.", "en"),
        ("It is 3.14159, i.e. about 22/7.", "en"),
        ("She said: “Wait. Do not go!”", "en"),
        ("Das kostet z.B. 3,50 € pro Stück.", "de"),
        ("他说：“你好。再见。”", "zh"),  # noqa: RUF001
    ],
)
def test_a_sentence_stays_whole_though_it_has_full_stops_in_it(text: str, language: str) -> None:
    # The limit leaves room for one sentence but not for two, so that a cut inside one would show.
    first, second = texts(f"{text} {text}", len(text), language)
    assert (first, second) == (text, text)


def test_a_text_without_spaces_is_cut_at_its_marks() -> None:
    sentence = "今天天气很好，我们去公园散步吧。"  # noqa: RUF001
    chunks = texts(sentence * 20, 100, "zh")
    assert "".join(chunks).replace(" ", "") == sentence * 20
    assert all(chunk.endswith("。") for chunk in chunks)


def test_a_sentence_that_is_too_long_is_cut_behind_a_clause() -> None:
    clause = "and so it went on for quite a while, "
    chunks = texts(clause * 10 + "until it ended.", 100)
    assert len(chunks) > 1
    assert all(chunk.endswith(",") for chunk in chunks[:-1])


def test_a_sentence_without_clauses_is_cut_between_words() -> None:
    words = " ".join(["word"] * 100)
    assert {word for chunk in texts(words, 101) for word in chunk.split()} == {"word"}


def test_there_is_nothing_to_say_in_white_space() -> None:
    assert plan(" \n\n\t ", "en", 400, 0.3) == []


def test_what_is_spoken_has_no_marks_in_it() -> None:
    assert without_marks("[pause 1s]One.[PAUSE 2.5 s]Two.[pause 3s]") == "One. Two."


def test_punctuation_stays_with_its_words() -> None:
    assert texts("“Well…” — he said; “3.14, no?!” (So.)") == ["“Well…” — he said; “3.14, no?!” (So.)"]


def test_a_row_of_stars_between_two_scenes_is_silence() -> None:
    assert plan("One.\n\n* * *\n\nTwo.", "en", 400, 0.3) == [Chunk("One.", 0.6), Chunk("", 0.6), Chunk("Two.", 0.0)]


def test_the_first_sentence_may_be_a_chunk_by_itself() -> None:
    text = "One comes first. Two is next. Three is last.\n\nFour. Five."
    chunks = [chunk.text for chunk in plan(text, "en", 400, 0.3, first_alone=True)]
    assert chunks == ["One comes first.", "Two is next. Three is last.", "Four. Five."]
