"""From the parts of a script to its lines: who says what, and what comes between."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from sidecar.text.dialogue.parts import Break, Heading, Part, Said, Unsaid

Boundary = Literal["none", "paragraph", "scene", "chapter"]
_RANK: dict[Boundary, int] = {"none": 0, "paragraph": 1, "scene": 2, "chapter": 3}
TITLES_BETWEEN = " – "  # noqa: RUF001  # a dash, not a minus


@dataclass(frozen=True)
class DialogueLine:
    """What one speaker says in one go; None is the narrator.

    `number` is the line of the script on which it begins, from 1. `chapter` is the title of the chapter that begins
    with it, `boundary` what ends with it, and `pause_after_s` the silence behind it, if that is asked for.
    """

    number: int
    speaker: str | None
    text: str
    directions: tuple[str, ...] = ()
    chapter: str | None = None
    boundary: Boundary = "none"
    pause_after_s: float | None = None


@dataclass(frozen=True)
class Dialogue:
    """The lines of a script, the silence that is asked for before the first, and what of it is not spoken."""

    lines: list[DialogueLine] = field(default_factory=list)
    lead_s: float = 0.0
    unsaid: list[Unsaid] = field(default_factory=list)


def gather(parts: Iterable[Part], speak_headings: bool) -> Dialogue:
    """The lines that parts make.

    The titles of headings with no line between them are one chapter's; with `speak_headings` each is a line of the
    narrator's too. Pauses in a row add up.
    """
    lines: list[DialogueLine] = []
    unsaid: list[Unsaid] = []
    lead_s = 0.0
    titles: list[Heading] = []
    for part in parts:
        if isinstance(part, Heading):
            _end(lines, "chapter")
            titles.append(part)
            if speak_headings:
                lines.append(DialogueLine(part.number, None, part.title, (), _chapter(titles), "paragraph"))
                titles = []
        elif isinstance(part, Said):
            lines.append(DialogueLine(part.number, part.speaker, part.text, part.directions, _chapter(titles)))
            titles = []
        elif isinstance(part, Break):
            _end(lines, part.kind)
        elif isinstance(part, Unsaid):
            unsaid.append(part)
        elif lines:
            lines[-1] = replace(lines[-1], pause_after_s=(lines[-1].pause_after_s or 0.0) + part.seconds)
        else:
            lead_s += part.seconds
    unsaid += [Unsaid(title.number, f"the chapter {title.title!r} has no line, and so no mark") for title in titles]
    return Dialogue(lines, lead_s, unsaid)


def _end(lines: list[DialogueLine], boundary: Boundary) -> None:
    if lines and _RANK[boundary] > _RANK[lines[-1].boundary]:
        lines[-1] = replace(lines[-1], boundary=boundary)


def _chapter(titles: list[Heading]) -> str | None:
    return TITLES_BETWEEN.join(title.title for title in titles) or None
