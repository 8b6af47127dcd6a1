from __future__ import annotations

import pytest

from sidecar.text.syllables import pace, syllables


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("en", "The old keeper climbed the stairs.", 7),
        ("en", "a table made of 12", 6),
        ("de", "Guten Morgen", 4),
        ("ru", "Доброе утро", 5),
        ("zh", "你好，世界！", 4),  # noqa: RUF001
        ("ja", "きょうはいい", 5),
        ("ko", "안녕하세요", 5),
        ("en", "...", 0),
    ],
)
def test_syllables_are_counted_to_one_or_so(language: str, text: str, spoken: int) -> None:
    assert syllables(text, language) == pytest.approx(spoken, abs=1 if spoken else 0)


def test_scripts_without_vowels_are_estimated() -> None:
    assert 4 <= syllables("مرحبا بالعالم", "ar") <= 8
    assert 3 <= syllables("नमस्ते दुनिया", "hi") <= 8


def test_the_bounds_of_pace_move_with_the_speed_asked_for() -> None:
    usual, fast = pace("en"), pace("en", speed=2.0)
    assert usual.slowest < 4.0 < usual.fastest
    assert (fast.slowest, fast.fastest) == (2 * usual.slowest, 2 * usual.fastest)


def test_a_language_outside_the_table_has_bounds_too() -> None:
    assert pace("sw").slowest < pace("sw").fastest


def test_a_number_that_has_no_words_here_counts_by_its_digits() -> None:
    assert syllables("2024年", "zh") == pytest.approx(7.0)


def test_a_word_without_a_vowel_is_spelled_out_in_english_alone() -> None:
    assert syllables("HTML", "en") == 4.0
    assert syllables("krv", "cs") < 3.0


def test_a_sign_that_is_read_aloud_takes_time_too() -> None:
    assert syllables("Cuesta 3,50 €.", "es") > syllables("Cuesta 3,50.", "es")
    assert syllables("$5", "en") == syllables("five dollars", "en")
