"""English text as it is read aloud."""

from __future__ import annotations

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.text.normalise_en import SPEAKABLE, normalise


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It is 5:45 now.", "It is five forty-five now."),
        ("At 5:00, 17:00 or 9:05.", "At five o'clock, seventeen hundred or nine oh five."),
        ("From 9am to 5:30 p.m. today.", "From nine AM to five thirty PM today."),
        ("He left at 5 p.m. Then it rained.", "He left at five PM. Then it rained."),
        ("It took 1:02:03.", "It took one oh two and three seconds."),
        ("March 5, 2024", "March fifth, twenty twenty-four"),
        ("on 5 March 1999", "on the fifth of March, nineteen ninety-nine"),
        ("the 21st of May", "the twenty-first of May"),
        ("2024-03-05", "March fifth, twenty twenty-four"),
        ("12/31/2024", "December thirty-first, twenty twenty-four"),
        ("31.12.2024", "December thirty-first, twenty twenty-four"),
        ("in 1984 and the 1990s", "in nineteen eighty-four and the nineteen nineties"),
        ("1,500 people", "one thousand five hundred people"),
        ("10,000,000.25", "ten million point two five"),
        ("$12.50", "twelve dollars and fifty cents"),
        ("$1, -$5 and £3.01", "one dollar, minus five dollars and three pounds and one penny"),
        ("€5 million or 12 €", "five million euros or twelve euros"),
        ("3.5% of 50%", "three point five percent of fifty percent"),
        ("3.5kg at 20°C", "three point five kilograms at twenty degrees Celsius"),
        ("1 m, 5-10 km", "one metre, five to ten kilometres"),
        ("1/2 cup and 3/4", "one half cup and three quarters"),
        ("2½ days", "two and one half days"),
        ("the 2nd, 3rd and 112th", "the second, third and one hundred and twelfth"),
        ("5 - 3 = 2", "five minus three equals two"),
        ("7x8", "seven times eight"),
        ("-4 degrees", "minus four degrees"),
        ("Call 555-1234.", "Call five five five one two three four."),
        ("code 007", "code zero zero seven"),
        ("version 1.2.3", "version one point two point three"),
        ("Dr. Smith vs. Mr. Jones", "Doctor Smith versus Mister Jones"),
        ("St. Mary's, Main St.", "Saint Mary's, Main Street."),
        ("Apples, pears, etc. Then more.", "Apples, pears, et cetera. Then more."),
        ("See No. 5, e.g. Fig. 3.", "See number five, for example figure three."),
        ("www.example.com/a-b", "www dot example dot com slash a dash b"),
        ("https://example.org.", "example dot org."),
        ("me.too@mail-box.co.uk", "me dot too at mail dash box dot co dot uk"),
        ("R&D and C++ and/or @home #1", "R and D and C plus plus and slash or at home number one"),
        ("MP3, H2O and COVID-19", "MP three, H two O and COVID nineteen"),
        ("café, naïve, Straße", "cafe, naive, Strasse"),
        ("He said ‘them’ — fine...", "He said them — fine…"),  # noqa: RUF001
        ("ok -- so", "ok — so"),
        ("the end.Next", "the end. Next"),
        ("a 😀 and an α", "a grinning face and an alpha"),  # noqa: RUF001
        ("**bold** and _this_", "bold and this"),
    ],
)
def test_text_is_spelled_out_as_it_is_read_aloud(written: str, spoken: str) -> None:
    assert normalise(written) == spoken


@given(st.text(string.printable))
def test_printable_ascii_always_becomes_speakable_text_on_one_line(text: str) -> None:
    assert set(normalise(text)) <= SPEAKABLE


@given(st.text("0123456789$€%:./,-+#&=@ ", min_size=1))
def test_whatever_holds_a_digit_has_words(text: str) -> None:
    has_digit = any(char.isdigit() for char in text)
    assert not has_digit or any(char.isalpha() for char in normalise(text))


@given(st.lists(st.text(string.ascii_letters, min_size=2, max_size=12), min_size=1))
def test_plain_words_come_through_unchanged(words: list[str]) -> None:
    text = " ".join(word.lower() + "x" for word in words)
    assert normalise(text) == text


@given(st.integers(0, 10**12))
def test_grouping_commas_change_nothing_about_a_number(number: int) -> None:
    assert normalise(f"{number:,}").replace("-", " ").split()[0].isalpha()
    assert number < 2100 or normalise(f"{number:,}") == normalise(str(number))


@pytest.mark.parametrize("text", ["你好", "Привет", "ŋ"])
def test_letters_of_other_scripts_are_left_for_the_caller_to_refuse(text: str) -> None:
    assert set(normalise(text)) - SPEAKABLE


@pytest.mark.parametrize("part", ["7", "a", "a-", "a.", "1,"])
def test_the_time_for_a_long_text_without_spaces_is_bounded(part: str) -> None:
    text = part * (20_000 // len(part))
    began = time.process_time()
    normalise(text)
    assert time.process_time() - began < 1.5


def test_an_ordinal_of_more_digits_than_any_amount_has_is_read_one_by_one() -> None:
    assert normalise("7" * 310 + "th") == " ".join(["seven"] * 310)


def test_full_stops_that_only_asterisks_parted_are_an_ellipsis_at_the_first_reading() -> None:
    assert normalise("You.\n\n*.") == "You…"
