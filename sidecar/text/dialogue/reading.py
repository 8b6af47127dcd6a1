"""Reading a script in any of the ways in which scripts are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sidecar.errors import InvalidParams
from sidecar.text.dialogue.cues import Names, name_key
from sidecar.text.dialogue.fountain import read_fountain
from sidecar.text.dialogue.lines import Dialogue, gather
from sidecar.text.dialogue.markdown import read_markdown
from sidecar.text.dialogue.parts import Part, refusal
from sidecar.text.dialogue.plain import read_plain
from sidecar.text.dialogue.table import read_table

Format = Literal["plain", "markdown", "fountain", "csv"]

_ENDINGS: dict[str, Format] = {
    ".txt": "plain",
    ".md": "markdown",
    ".markdown": "markdown",
    ".fountain": "fountain",
    ".spmd": "fountain",
    ".csv": "csv",
    ".tsv": "csv",
}
_SCREENPLAY = re.compile(r"^(?:Title:\s|(?:INT|EXT|EST|INT\.?/EXT|I/E)[. ])", re.MULTILINE)
_MARKDOWN = re.compile(r"^(?:#{1,6}\s|(?:\*\*|__)[^*_\n]+(?:\*\*|__))", re.MULTILINE)
_BYTE_ORDER_MARK = "\ufeff"
_NEW_LINE = re.compile(r"\r\n?")


@dataclass(frozen=True)
class Manner:
    """How a script is to be read: which names are speakers, and what besides the dialogue is spoken or a chapter."""

    names: Names = None
    narrated: bool = False
    speak_headings: bool = False
    scene_chapters: bool = False


def read_dialogue(text: str, written_in: Format, manner: Manner) -> Dialogue:
    """The lines of a script; a name has everywhere the spelling that it has first.

    Raises:
        InvalidParams: it makes no sense, or nothing in it is spoken; `data.errors` names the line.

    """
    text = _NEW_LINE.sub("\n", text.removeprefix(_BYTE_ORDER_MARK))
    if "\0" in text:
        raise refusal(text.count("\n", 0, text.index("\0")) + 1, "it holds a null character; this is no text.")
    dialogue = gather(_parts(text, written_in, manner), manner.speak_headings)
    if not dialogue.lines:
        raise InvalidParams.about("text", f"Nothing in the script is spoken; it was read as {written_in}.")
    spelled: dict[str, str] = {}
    lines = [
        replace(line, speaker=line.speaker and spelled.setdefault(name_key(line.speaker), line.speaker))
        for line in dialogue.lines
    ]
    return replace(dialogue, lines=lines)


def format_of(file_name: str | None, text: str) -> Format:
    """What a script is written in: by the ending of its file's name, else by what it looks like."""
    ending = re.search(r"\.[^.]*$", file_name or "")
    if ending and ending[0].lower() in _ENDINGS:
        return _ENDINGS[ending[0].lower()]
    text = text.removeprefix(_BYTE_ORDER_MARK).lstrip()
    names = {name.strip().strip('"') for name in re.split("[,;\t]", text.partition("\n")[0])}
    if {"speaker", "text"} <= names:
        return "csv"
    if _SCREENPLAY.search(text):
        return "fountain"
    return "markdown" if _MARKDOWN.search(text) else "plain"


def _parts(text: str, written_in: Format, manner: Manner) -> Iterator[Part]:
    if written_in == "csv":
        return read_table(text)
    if written_in == "fountain":
        return read_fountain(text, manner.narrated, manner.scene_chapters)
    read = read_markdown if written_in == "markdown" else read_plain
    return read(text, manner.names)
