"""When each word of a text is said, from the words that a recogniser heard and their times.

Text and heard words are compared letter by letter (Levenshtein), spaces included, so that "lighthouse" finds
"light house", "$14.50" finds "fourteen dollars and fifty cents", and a word misheard by a letter keeps its place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz.distance import Levenshtein

from sidecar.text.comparison import comparable_words
from sidecar.text.words import TimedWord, written_words

HEARD_SHARE = 0.5
"""A word of which fewer letters were heard was not heard: its time is interpolated."""


@dataclass
class _Found:
    """Where the letters of one word were heard; no time at all until one is."""

    letters: int
    heard: int = 0
    start_s: float = math.inf
    end_s: float = -math.inf
    probability: float = 1.0

    @property
    def known(self) -> bool:
        return self.heard > 0 and self.heard >= HEARD_SHARE * self.letters


@dataclass(frozen=True)
class _Letter:
    """One letter of a heard word: its share of the word's time."""

    start_s: float
    end_s: float
    probability: float


def align(text: str, heard: Sequence[TimedWord], language: str, duration_s: float) -> list[TimedWord]:
    """Every word of the text, as `written_words` cuts it, with its time in a recording of `duration_s` seconds.

    Words are in order, do not overlap and lie within the recording. One that was not heard gets its share, by
    letters, of the time between its neighbours and the probability 0.0. `language` is ISO 639-1.
    """
    words = written_words(text)
    found = _find(words, heard, language)
    spans = _in_order(found, duration_s)
    return [
        TimedWord(word, start, end, place.probability if place.known else 0.0)
        for word, (start, end), place in zip(words, spans, found, strict=True)
    ]


def _find(words: list[str], heard: Sequence[TimedWord], language: str) -> list[_Found]:
    """Match the letters of the text with those that were heard."""
    spelled = [" ".join(comparable_words(word, language)) for word in words]
    found = [_Found(len(letters)) for letters in spelled]
    owners = [place for place, letters in zip(found, spelled, strict=True) for _ in f"{letters} "]
    heard_letters, times = _spelled_out(heard, language)
    for block in Levenshtein.opcodes("".join(f"{letters} " for letters in spelled), heard_letters):
        if block.tag == "equal":
            for source, target in zip(
                range(block.src_start, block.src_end), range(block.dest_start, block.dest_end), strict=True
            ):
                _note(owners[source], times[target])
    return found


def _spelled_out(heard: Sequence[TimedWord], language: str) -> tuple[str, list[_Letter | None]]:
    """What was heard in one line, and the time of each of its letters; spaces have none."""
    line, times = "", list[_Letter | None]()
    for word in heard:
        letters = f"{' '.join(comparable_words(word.word, language))} "
        size, spoken = len(letters.replace(" ", "")), 0
        for letter in letters:
            if letter == " ":
                times.append(None)
                continue
            start, end = (_within(word, (spoken + step) / size) for step in (0, 1))
            times.append(_Letter(start, end, word.probability))
            spoken += 1
        line += letters
    return line, times


def _within(word: TimedWord, share: float) -> float:
    return word.start_s + (word.end_s - word.start_s) * share


def _note(place: _Found, letter: _Letter | None) -> None:
    if letter is None:
        return
    place.heard += 1
    place.start_s = min(place.start_s, letter.start_s)
    place.end_s = max(place.end_s, letter.end_s)
    place.probability = min(place.probability, letter.probability)


def _in_order(found: list[_Found], duration_s: float) -> list[tuple[float, float]]:
    """The times of all words: those known, made monotonic, and between them those interpolated."""
    spans: list[tuple[float, float]] = []
    waiting: list[_Found] = []
    before = 0.0
    end = _Found(0, heard=1, start_s=duration_s, end_s=duration_s)
    for place in [*found, end]:
        if not place.known:
            waiting.append(place)
            continue
        start = min(max(place.start_s, before), duration_s)
        spans += _shared(waiting, before, start)
        before = min(max(place.end_s, start), duration_s)
        spans.append((start, before))
        waiting = []
    return spans[:-1]


def _shared(words: list[_Found], start_s: float, end_s: float) -> list[tuple[float, float]]:
    """A stretch of time divided among words by their letters."""
    total = sum(word.letters for word in words) or 1
    edges = [start_s]
    for word in words:
        edges.append(min(end_s, edges[-1] + (end_s - start_s) * word.letters / total))
    return list(pairwise(edges))
