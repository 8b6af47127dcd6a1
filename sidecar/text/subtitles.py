"""Subtitles from timed stretches of text: SRT and WebVTT."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Cue:
    """A text and the seconds between which it is shown."""

    start_s: float
    end_s: float
    text: str


def srt(cues: Iterable[Cue]) -> str:
    """SubRip: numbered cues, decimal commas."""
    return "\n".join(
        f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{cue.text}\n"
        for number, cue in enumerate(cues, 1)
    )


def vtt(cues: Iterable[Cue]) -> str:
    """WebVTT: a header, decimal points, and texts in which `&`, `<` and `>` are escaped, as the format asks."""
    body = "\n".join(
        f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}\n{escape(cue.text, quote=False)}\n" for cue in cues
    )
    return f"WEBVTT\n\n{body}"


def _clock(seconds: float, point: str) -> str:
    milliseconds = round(seconds * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{milliseconds // 1000:02}{point}{milliseconds % 1000:03}"
