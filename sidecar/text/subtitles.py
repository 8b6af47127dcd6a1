"""Subtitles: from timed words to cues that can be read, and cues as SRT and WebVTT.

Line length, number of lines and longest time are those of Netflix's Timed Text Style Guide, General Requirements.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate, pairwise

import sentencex

from sidecar.text.words import TimedWord, joined

LINE_COLUMNS = 42
"""Latin letters; a Chinese or Japanese character takes two columns."""
LONGEST_S = 7.0
SHORTEST_S = 1.0
CLAUSE_BONUS = 0.5
"""A cut at a comma may be so much further from the middle, as a share of the whole, than one between two words."""

_CLAUSE_END = re.compile(r"""[,;:—–،؛、，；：]["'”’»)\]]*$""")  # noqa: RUF001  # the full-width marks are meant


@dataclass(frozen=True)
class Cue:
    """A text, the seconds between which it is shown, and who says it, where that is known."""

    start_s: float
    end_s: float
    text: str
    speaker: str | None = None


@dataclass(frozen=True)
class Turn:
    """What somebody says in one go; `language` is ISO 639-1."""

    words: Sequence[TimedWord]
    language: str
    speaker: str | None = None


def cues_from_turns(turns: Iterable[Turn]) -> list[Cue]:
    """The cues of several speakers in the order of their starts; they overlap only where the voices do."""
    spoken = sorted((turn for turn in turns if turn.words), key=lambda turn: turn.words[0].start_s)
    starts = [turn.words[0].start_s for turn in spoken]
    cues = [
        replace(cue, speaker=turn.speaker)
        for turn, following in zip(spoken, [*starts[1:], float("inf")], strict=False)
        for cue in cues_from_words(turn.words, turn.language, following)
    ]
    return sorted(cues, key=lambda cue: cue.start_s)


def cues_from_words(words: Sequence[TimedWord], language: str, following_s: float = float("inf")) -> list[Cue]:
    """The words as cues of at most two lines and seven seconds, cut at the ends of sentences, else of clauses.

    Cues do not overlap, and stay for a second at least where the next one lets them; what comes after these words
    begins at `following_s`. A word longer than a line has the line to itself. `language` is ISO 639-1.
    """
    groups: list[Sequence[TimedWord]] = []
    for sentence in _sentences(words, language):
        for group in _split(sentence):
            if groups and group[0].start_s - groups[-1][0].start_s < SHORTEST_S and _fits([*groups[-1], *group]):
                groups[-1] = [*groups[-1], *group]
            else:
                groups.append(group)
    starts = [group[0].start_s for group in groups]
    last_end_s = groups[-1][-1].end_s if groups else 0.0
    return [
        Cue(start, min(max(group[-1].end_s, start + SHORTEST_S), following), "\n".join(_lines(group)))
        for group, start, following in zip(groups, starts, [*starts[1:], max(following_s, last_end_s)], strict=False)
    ]


def srt(cues: Iterable[Cue]) -> str:
    """SubRip: numbered cues, decimal commas."""
    return "\n".join(
        f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{cue.text}\n"
        for number, cue in enumerate(cues, 1)
    )


def vtt(cues: Iterable[Cue]) -> str:
    """WebVTT: a header, decimal points, voices, and texts in which `&`, `<` and `>` are escaped, as the format asks."""
    body = "\n".join(f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}\n{_voiced(cue)}\n" for cue in cues)
    return f"WEBVTT\n\n{body}"


def _voiced(cue: Cue) -> str:
    text = escape(cue.text, quote=False)
    return text if cue.speaker is None else f"<v {escape(cue.speaker, quote=False)}>{text}"


def _sentences(words: Sequence[TimedWord], language: str) -> Iterator[Sequence[TimedWord]]:
    """The words, sentence by sentence. Places are counted in characters that are not white space."""
    text = joined(word.word for word in words)
    sentence_ends = set(accumulate(_visible(sentence) for sentence in sentencex.segment(language, text)))
    word_ends = accumulate(_visible(word.word) for word in words)
    cuts = [index for index, end in enumerate(word_ends, 1) if end in sentence_ends]
    return (words[start:end] for start, end in pairwise([0, *cuts]))


def _visible(text: str) -> int:
    return sum(not char.isspace() for char in text)


def _split(words: Sequence[TimedWord]) -> list[Sequence[TimedWord]]:
    """Halve what does not fit, and its halves, where it hurts least."""
    if len(words) == 1 or _fits(words):
        return [words]
    ends = list(accumulate(_columns(word.word) for word in words))

    def cost(cut: int) -> float:
        off_middle = abs(2 * ends[cut - 1] - ends[-1]) / ends[-1]
        return off_middle - CLAUSE_BONUS * bool(_CLAUSE_END.search(words[cut - 1].word))

    cut = min(range(1, len(words)), key=cost)
    return [*_split(words[:cut]), *_split(words[cut:])]


def _fits(words: Sequence[TimedWord]) -> bool:
    too_long = words[-1].end_s - words[0].start_s > LONGEST_S
    if too_long or sum(_columns(word.word) for word in words) > 2 * LINE_COLUMNS:
        return False
    return all(_columns(line) <= LINE_COLUMNS for line in _lines(words))


def _lines(words: Sequence[TimedWord]) -> list[str]:
    """One line if it holds them, else the two most alike in length."""
    texts = [word.word for word in words]
    line = joined(texts)
    if len(texts) == 1 or _columns(line) <= LINE_COLUMNS:
        return [line]
    halves = ([joined(texts[:cut]), joined(texts[cut:])] for cut in range(1, len(texts)))
    return min(halves, key=lambda lines: max(map(_columns, lines)))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"
