"""From a text to the chunks that an engine speaks one after the other, with the silence after each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import sentencex

PARAGRAPH_PAUSE_FACTOR = 2.0
MAX_PAUSE_S = 60.0

PAUSE_MARK = re.compile(r"\[pause\s+(\d+(?:\.\d+)?)\s*s\]", re.IGNORECASE)
_LIKE_A_MARK = re.compile(r"\[\s*pause\s*(?::\s*|[.,])?\d[^\[\]]{0,40}\]", re.IGNORECASE)
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
# Where a sentence that is too long may be cut, best place first: clauses, then words.
_CLAUSE_END = re.compile(r"[,;:—–،؛、，；：]\s*")  # noqa: RUF001  # the full-width marks are meant
_WORD_END = re.compile(r"\s+")


@dataclass(frozen=True)
class Chunk:
    """One piece of text for the engine and the seconds of silence behind it."""

    text: str
    pause_after_s: float


def plan(text: str, language: str, max_chars: int, pause_s: float, first_alone: bool = False) -> list[Chunk]:
    """Cut a text into chunks of whole sentences of at most `max_chars` characters.

    Chunks are `pause_s` apart, paragraphs twice that; `[pause 1.5s]` in the text is that much silence in the place of
    the usual pause. A paragraph of punctuation alone is silence too, an empty text; no other character but white space
    and pause marks is lost. With `first_alone` the first sentence is a chunk by itself, so that it is heard the sooner.
    `language` is ISO 639-1.
    """
    chunks: list[Chunk] = []
    # Splitting by a pattern with one group gives text, seconds, text, seconds, … text.
    pieces = PAUSE_MARK.split(text)
    for index, piece in enumerate(pieces):
        if index % 2:
            _add_silence(chunks, min(float(piece), MAX_PAUSE_S), after_text=bool(pieces[index - 1].strip()))
        else:
            chunks += _plan_piece(piece, language, max_chars, pause_s, first_alone and not chunks)
    if chunks and (len(pieces) == 1 or pieces[-1].strip()):
        chunks[-1] = replace(chunks[-1], pause_after_s=0.0)
    return chunks


def refused_pause(text: str) -> str | None:
    """The first mark in the text that asks for a longer pause than there is, or was meant to be one and is none."""
    for mark in _LIKE_A_MARK.finditer(text):
        pause = PAUSE_MARK.fullmatch(mark[0])
        if pause is None or float(pause[1]) > MAX_PAUSE_S:
            return mark[0]
    return None


def is_sayable(text: str) -> bool:
    """Whether there is a letter or a digit in it."""
    return any(character.isalnum() for character in text)


def without_marks(text: str) -> str:
    """The text that is really spoken."""
    return PAUSE_MARK.sub(" ", text).strip()


def _add_silence(chunks: list[Chunk], seconds: float, after_text: bool) -> None:
    """A mark replaces the usual pause, marks in a row add up, and before the first word an empty chunk holds them."""
    if not chunks:
        chunks.append(Chunk("", 0.0))
    usual = 0.0 if after_text else chunks[-1].pause_after_s
    chunks[-1] = replace(chunks[-1], pause_after_s=usual + seconds)


def _plan_piece(text: str, language: str, max_chars: int, pause_s: float, first_alone: bool) -> list[Chunk]:
    chunks: list[Chunk] = []
    for paragraph in _PARAGRAPH_BREAK.split(text):
        packed = list(_pack(_sentences(paragraph, language), max_chars, first_alone and not chunks))
        # A row of stars between two scenes is a paragraph of silence.
        chunks += [Chunk(part if is_sayable(part) else "", pause_s) for part in packed]
        if packed:
            chunks[-1] = replace(chunks[-1], pause_after_s=pause_s * PARAGRAPH_PAUSE_FACTOR)
    return chunks


def _sentences(paragraph: str, language: str) -> Iterator[str]:
    for sentence in sentencex.segment(language, paragraph):
        if collapsed := " ".join(sentence.split()):
            yield collapsed


def _pack(sentences: Iterator[str], max_chars: int, first_alone: bool) -> Iterator[str]:
    held = ""
    for sentence in sentences:
        for part in _cut(sentence, max_chars):
            if held and (first_alone or len(held) + 1 + len(part) > max_chars):
                yield held
                held, first_alone = part, False
            else:
                held = f"{held} {part}" if held else part
    if held:
        yield held


def _cut(sentence: str, max_chars: int) -> Iterator[str]:
    while len(sentence) > max_chars:
        place = _best_cut(sentence, max_chars)
        yield sentence[:place].rstrip()
        sentence = sentence[place:].lstrip()
    yield sentence


def _best_cut(sentence: str, max_chars: int) -> int:
    for boundary in (_CLAUSE_END, _WORD_END):
        places = [match.end() for match in boundary.finditer(sentence, 0, max_chars)]
        if places and places[-1] > max_chars // 2:
            return places[-1]
    return max_chars
