from __future__ import annotations

import unicodedata

import pytest

from sidecar.text.file_names import LONGEST_BYTES, numbered_name


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("A quiet evening", "01 A quiet evening.mp3"),
        ('What? "He\\She" said: <1/2> | *', "01 What He She said 1 2.mp3"),
        ("First line.\n\tSecond\u2028line", "01 First line. Second line.mp3"),
        ("Wait...", "01 Wait.mp3"),
        ("..", "01.mp3"),
        ("???", "01.mp3"),
        ("", "01.mp3"),
        ("CON", "01 CON.mp3"),
        ("nul.txt", "01 nul.txt.mp3"),
        ("../../etc/passwd", "01 .. .. etc passwd.mp3"),
        ("Grüße 你好 😀", "01 Grüße 你好 😀.mp3"),
        (unicodedata.normalize("NFD", "Grüße"), "01 Grüße.mp3"),
        ("gpj.\u202eexe\u200b\x07", "01 gpj.exe.mp3"),
    ],
)
def test_a_name_keeps_of_the_words_what_every_system_takes(words: str, name: str) -> None:
    assert numbered_name(1, 10, words, ".mp3") == name


@pytest.mark.parametrize("letter", ["x", "ü", "好", "😀"])
def test_a_name_is_short_enough_and_never_cut_within_a_letter(letter: str) -> None:
    name = numbered_name(7, 1_000, letter * 500, ".flac")
    assert LONGEST_BYTES - len(letter.encode()) < len(name.encode()) <= LONGEST_BYTES
    assert set(name.removeprefix("0007 ").removesuffix(".flac")) == {letter}


def test_equal_words_make_different_names_that_sort_in_their_order() -> None:
    names = [numbered_name(position, 1_000, "Hello", ".wav") for position in range(1, 1_001)]
    assert sorted(names) == names
    assert len({name.casefold() for name in names}) == 1_000
