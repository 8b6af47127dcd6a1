"""What a reader of scripts finds, in its order, whatever the script is written in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sidecar.errors import InvalidParams

BreakKind = Literal["paragraph", "scene"]


@dataclass(frozen=True)
class Said:
    """What is spoken in one go, from line `number` of the script on; without a speaker it is the narrator's."""

    number: int
    speaker: str | None
    text: str
    directions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A chapter begins."""

    number: int
    title: str


@dataclass(frozen=True)
class Pause:
    """Silence of a length that is asked for."""

    number: int
    seconds: float


@dataclass(frozen=True)
class Break:
    """The end of a paragraph, or of a scene."""

    number: int
    kind: BreakKind


@dataclass(frozen=True)
class Unsaid:
    """Something of the script that nobody speaks, in words that say what and why."""

    number: int
    what: str


Part = Said | Heading | Pause | Break | Unsaid


def refusal(number: int, message: str) -> InvalidParams:
    """A script that makes no sense, at this line, counted from 1; `line` of the error names it too."""
    fault = {"loc": ["text"], "message": f"Line {number}: {message}", "type": "value_error", "line": number}
    return InvalidParams(f"Line {number} of the script: {message}", errors=[fault])
