"""The words of a text as they stand there, and when each is said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

# Scripts that write no spaces between words: Thai and Lao, Burmese, Khmer, kana, Han. Then their punctuation.
_UNSPACED_LETTERS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED = f"{_UNSPACED_LETTERS}\u3001-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_PIECE = re.compile(rf"[{_UNSPACED}]|[^\s{_UNSPACED}]+")
_UNSPACED_CHAR = re.compile(rf"[{_UNSPACED}]")


@dataclass(frozen=True)
class TimedWord:
    """A word as it is written, its place in a recording in seconds, and from 0 to 1 how surely it was heard there."""

    word: str
    start_s: float
    end_s: float
    probability: float


def written_words(text: str) -> list[str]:
    """The words of a text, each with its own punctuation; in scripts without spaces every character is a word.

    A dash or ellipsis that stands alone goes with the word before it, an opening mark with the one after it.
    """
    words: list[str] = []
    opening = ""
    for match in _PIECE.finditer(text):
        piece = match[0]
        if any(char.isalnum() for char in piece):
            words.append(opening + piece)
            opening = ""
        elif words and not opening and unicodedata.category(piece[-1]) not in {"Ps", "Pi"}:
            words[-1] += f" {piece}" if text[match.start() - 1].isspace() else piece
        else:
            opening += f"{piece} " if text[match.end() : match.end() + 1].isspace() else piece
    if words and opening:
        words[-1] += f" {opening.rstrip()}"
    return words


def joined(words: Iterable[str]) -> str:
    """The words in one line, with a space between any two but those of scripts that write none."""
    line = ""
    for word in words:
        line += f" {word}" if line and not _touch(line[-1], word[0]) else word
    return line


def _touch(before: str, after: str) -> bool:
    return bool(_UNSPACED_CHAR.match(before) or _UNSPACED_CHAR.match(after))
