"""How far what was heard is from what should have been said: by words as they sound, not as they are spelled."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from num2words import num2words
from rapidfuzz.distance import Levenshtein

from sidecar.text.normalise_en import LONGEST_NUMBER, normalise
from sidecar.text.words import written_words

_NUMBER = re.compile(r"\d+")
_APOSTROPHES = re.compile(r"['’ʼ`]")  # noqa: RUF001  # the typographic ones are meant
# Vowel marks of Arabic and Hebrew: a text may carry them, a recogniser never writes them.
_POINTS = re.compile("[\u0591-\u05c7\u064b-\u0652\u0670]")


def comparable_words(text: str, language: str) -> list[str]:
    """The words of a text without case, punctuation and digits; every character of Han, kana or Thai is a word.

    `language` (ISO 639-1) says how numbers are read; where no rule is known, digits stay.
    """
    text = normalise(text) if language == "en" else _NUMBER.sub(lambda digits: _read(digits[0], language), text)
    plain = _POINTS.sub("", _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold()))
    return written_words("".join(char if _sounds(char) else " " for char in plain))


def word_error_rate(expected: str, heard: str, language: str) -> float:
    """Wrong, missing and added words by the number of words expected; may pass 1.

    The measure of NIST's speech recognition evaluations: Levenshtein's distance over words.
    """
    words = comparable_words(expected, language)
    return Levenshtein.distance(words, comparable_words(heard, language)) / max(1, len(words))


@dataclass(frozen=True)
class Comparison:
    """What was heard beside what should have been said.

    `wer` is the word error rate, `letter_error_rate` the same by letters. `missing` and `added` are the longest
    stretches, in letters, that were not heard, or were heard and do not belong there. `last_word` is the share of the
    last word's letters that were heard.
    """

    wer: float
    letter_error_rate: float
    missing: int
    added: int
    last_word: float


def compare(expected: str, heard: str, language: str) -> Comparison:
    """Compare letter by letter (Levenshtein), so that "rain forest" for "rainforest" counts for next to nothing."""
    words = comparable_words(expected, language)
    text, heard_text = " ".join(words), " ".join(comparable_words(heard, language))
    last_word = len(text) - len(words[-1]) if words else 0
    missing = added = last_heard = 0
    for block in Levenshtein.opcodes(text, heard_text):
        if block.tag == "delete":
            missing = max(missing, block.src_end - block.src_start)
        elif block.tag == "insert":
            added = max(added, block.dest_end - block.dest_start)
        elif block.tag == "equal":
            last_heard += max(0, block.src_end - max(block.src_start, last_word))
    return Comparison(
        word_error_rate(expected, heard, language),
        Levenshtein.distance(text, heard_text) / max(1, len(text)),
        missing,
        added,
        last_heard / max(1, len(text) - last_word),
    )


def _sounds(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


def _read(digits: str, language: str) -> str:
    numbers = [digits] if len(digits) <= LONGEST_NUMBER else list(digits)
    try:
        return f" {' '.join(num2words(int(number), lang=language) for number in numbers)} "
    except NotImplementedError:
        return digits
