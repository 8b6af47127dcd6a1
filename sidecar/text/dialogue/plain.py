"""Scripts in plain text: `Name: what is said`, and what nobody is named for is the narrator's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from sidecar.text.dialogue.cues import Names, find_cue, said
from sidecar.text.dialogue.parts import Break, Part

_RULE = re.compile(r"\s*([*\-_=~#•·⁂–—]\s*){3,}|\s*⁂\s*")  # noqa: RUF001  # dashes of every kind


def read_plain(text: str, names: Names) -> Iterator[Part]:
    """The parts of a plain text.

    Lines directly below a speaker's go on with what he says; a blank line ends it. A line of three or more stars or
    dashes parts two scenes.
    """
    numbered = enumerate(text.split("\n"), 1)
    for is_text, run in groupby(numbered, key=lambda line: bool(line[1].strip())):
        lines = list(run)
        if is_text:
            yield from read_block(lines[0][0], [line for _, line in lines], names)
        else:
            yield Break(lines[0][0], "paragraph")


def read_block(first: int, lines: Sequence[str], names: Names) -> Iterator[Part]:
    """The parts of lines between which there is no blank one; `first` is the number of the first."""
    speaker: str | None = None
    directions: tuple[str, ...] = ()
    began, held = first, list[str]()
    for number, line in enumerate(lines, first):
        cue = find_cue(line, names)
        is_rule = _RULE.fullmatch(line) is not None
        if cue or is_rule:
            if held:
                yield from said(began, speaker, "\n".join(held), directions)
            speaker, directions, held = None, (), []
        if is_rule:
            yield Break(number, "scene")
        elif cue:
            speaker, directions, began, held = cue.name, cue.directions, number, [cue.text]
        else:
            began = began if held else number
            held.append(line)
    if held:
        yield from said(began, speaker, "\n".join(held), directions)
