"""Where the chapters of a file begin, so that a player can go from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container.core import Chapter as FfmpegChapter

_CLOCK = 1_000
"""Ticks a second in which every format here keeps the times of chapters."""


@dataclass(frozen=True)
class Chapter:
    """A titled stretch of a file, in seconds from its beginning."""

    start_s: float
    end_s: float
    title: str


def chapters_from(starts: Iterable[tuple[float, str]], end_s: float) -> list[Chapter]:
    """One chapter from each start (seconds, title) to the next, the last one to `end_s`; those after that are left out.

    Of several that begin within the same millisecond the last one counts.
    """
    by_start = {
        round(start_s * _CLOCK): (start_s, title) for start_s, title in sorted(starts, key=lambda each: each[0])
    }
    inside = [(start_s, title) for start_s, title in by_start.values() if 0.0 <= start_s < end_s]
    ends = [*(start_s for start_s, _ in inside), end_s][1:]
    return [Chapter(start_s, end, title) for (start_s, title), end in zip(inside, ends, strict=True)]


def as_ffmpeg(chapters: Sequence[Chapter]) -> list[FfmpegChapter]:
    """The chapters as PyAV takes them, for containers that have a place of their own for chapters."""
    return [
        {
            "id": number,
            "start": round(chapter.start_s * _CLOCK),
            "end": round(chapter.end_s * _CLOCK),
            "time_base": Fraction(1, _CLOCK),
            "metadata": {"title": chapter.title},
        }
        for number, chapter in enumerate(chapters)
    ]


def as_comments(chapters: Sequence[Chapter]) -> dict[str, str]:
    """The chapters as Vorbis comments: Xiph's chapter extension, https://wiki.xiph.org/Chapter_Extension.

    FFmpeg would write them itself, but rounds the seconds of 1.501 s up and keeps the milliseconds: 2.501 s.
    """
    comments = {}
    for number, chapter in enumerate(chapters):
        minutes, milliseconds = divmod(round(chapter.start_s * _CLOCK), 60 * _CLOCK)
        hours, minutes = divmod(minutes, 60)
        seconds, milliseconds = divmod(milliseconds, _CLOCK)
        comments[f"CHAPTER{number:03}"] = f"{hours:02}:{minutes:02}:{seconds:02}.{milliseconds:03}"
        comments[f"CHAPTER{number:03}NAME"] = chapter.title
    return comments
