from __future__ import annotations

import pytest

from sidecar.text.comparison import comparable_words, compare, word_error_rate


@pytest.mark.parametrize(
    ("language", "written", "heard"),
    [
        ("en", "It's 75% — of $14.50!", "its seventy-five percent of fourteen dollars and fifty cents"),
        ("de", "Ich habe 21 Äpfel.", "ich habe einundzwanzig äpfel"),
        ("fr", "L’homme a 80 ans.", "l'homme a quatre-vingts ans"),  # noqa: RUF001
        ("zh", "你好，世界！", "你好世界"),  # noqa: RUF001
        ("ar", "مَرْحَبًا بك", "مرحبا بك"),
    ],
)
def test_spelling_case_and_punctuation_are_no_errors(language: str, written: str, heard: str) -> None:
    assert comparable_words(written, language) == comparable_words(heard, language)
    assert word_error_rate(written, heard, language) == 0.0


def test_a_language_without_number_words_keeps_its_digits() -> None:
    assert comparable_words("5 साल", "xx") == ["5", "साल"]


def test_wrong_missing_and_added_words_are_counted_by_the_words_expected() -> None:
    assert word_error_rate("one two three four", "one too three four", "en") == 0.25
    assert word_error_rate("one two three four", "one two three", "en") == 0.25
    assert word_error_rate("one two three four", "one two three four five", "en") == 0.25
    assert word_error_rate("one", "four five six", "en") == 3.0
    assert word_error_rate("one two", "", "en") == 1.0


def test_in_scripts_without_spaces_every_character_is_a_word() -> None:
    assert word_error_rate("今天天气很好", "今天天气很坏", "zh") == pytest.approx(1 / 6)


def test_a_compound_written_apart_is_hardly_an_error_by_letters() -> None:
    comparison = compare("A frog in the rain forest.", "A frog in the rainforest.", "en")
    assert comparison.wer > 0.3
    assert comparison.letter_error_rate < 0.05


def test_a_last_word_that_was_not_said_is_seen_to_be_missing() -> None:
    assert compare("It is hard to sell.", "It is hard to", "en").last_word == 0.0
    assert compare("It is hard to sell.", "It is hard to cell", "en").last_word == 0.75
    assert compare("It is hard to sell.", "It is hard to sell.", "en").last_word == 1.0


def test_a_repeated_sentence_is_one_long_addition() -> None:
    comparison = compare("Call me Ishmael. It rained.", "Call me Ishmael. Call me Ishmael. It rained.", "en")
    assert comparison.added == len("call me ishmael ")
    assert comparison.missing == 0


def test_a_sentence_left_out_is_one_long_gap() -> None:
    comparison = compare("It rained. Call me Ishmael. It snowed.", "It rained. It snowed.", "en")
    assert comparison.missing == len("call me ishmael ")
    assert comparison.added == 0


@pytest.mark.parametrize("language", ["de", "es", "fr", "ja"])
@pytest.mark.parametrize("digits", [310, 5000])
def test_a_number_too_long_to_have_a_name_is_compared_digit_by_digit(language: str, digits: int) -> None:
    assert comparable_words("7" * digits, language) == comparable_words("7 " * digits, language)
