"""How many syllables a text has, nearly, and how many of them people say in a second."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from sidecar.text.comparison import comparable_words

SYLLABLES_A_SECOND = {
    "ja": 7.84,
    "es": 7.82,
    "fr": 7.18,
    "it": 6.99,
    "en": 6.19,
    "de": 5.97,
    "vi": 5.22,
    "zh": 5.18,
    "th": 4.70,
}
"""Readers at their usual pace, pauses left out: Pellegrino, Coupé and Marsico, Language 87 (2011), table 1; Thai from
Coupé and others, Science Advances 5 (2019)."""
USUAL = 6.2
"""About the mean of the seventeen languages of the second study: for a language that is not in the table."""
SLOWEST_SHARE = 0.55
"""Of the readers' pace. Five English voices of Kokoro speak at 0.5 (a greeting) to 0.95 of it; half is a fault."""
FASTEST_SHARE = 1.5

_VOWELS = re.compile("[aeiouyаеиоуыэюяіїєαεηιουω]+")  # noqa: RUF001  # Latin, Cyrillic, Greek
_SIGN = re.compile("[$€£¥₹%&@+=#°]")
_SILENT_E = re.compile("[^aeiouyl]e(?:s|d)?$")
_SMALL_KANA = frozenset("ぁぃぅぇぉゃゅょゎァィゥェォャュョヮ")
# What stands for a syllable by itself: kana, Han, Hangul.
_WHOLE = re.compile("[\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]")
SYLLABLES_A_DIGIT = 1.5
"""Where num2words knows no words for a number: 2024 has four syllables in Chinese digit by digit, seven as a number."""
SYLLABLES_A_SIGN = 2.5
"""Of € and % and their like, which are read aloud ("euros", "por ciento") but are no words. English writes them out."""
LETTERS_A_SYLLABLE = 2.0
"""In scripts whose vowels are marks or unwritten: Arabic, Hebrew, Devanagari, Thai and their like. English spells out a
word without a vowel: "HTML" has four syllables."""


@dataclass(frozen=True)
class Pace:
    """The slowest and the fastest speech that is believed, in syllables a second without the pauses."""

    slowest: float
    fastest: float


def pace(language: str, speed: float = 1.0) -> Pace:
    """The bounds for a language (ISO 639-1) at the speed that was asked for."""
    usual = SYLLABLES_A_SECOND.get(language, USUAL) * speed
    return Pace(SLOWEST_SHARE * usual, FASTEST_SHARE * usual)


def syllables(text: str, language: str) -> float:
    """About how many syllables reading the text aloud takes; 0.0 if there is nothing to say."""
    signs = 0 if language == "en" else len(_SIGN.findall(text))
    return signs * SYLLABLES_A_SIGN + sum(_of_word(word, language) for word in comparable_words(text, language))


def _of_word(word: str, language: str) -> float:
    if whole := _WHOLE.findall(word):
        return float(sum(char not in _SMALL_KANA for char in whole))
    if digits := sum(char.isdigit() for char in word):
        return digits * SYLLABLES_A_DIGIT
    plain = "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))
    if groups := len(_VOWELS.findall(plain)):
        silent = language == "en" and groups > 1 and _SILENT_E.search(plain)
        return float(groups - bool(silent))
    letters = sum(char.isalpha() for char in plain)
    return max(1.0, letters if language == "en" else letters / LETTERS_A_SYLLABLE)
