"""Scripts in a table: a row a line, with the columns speaker, text, direction, pause_s and chapter."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from typing import Any

from sidecar.text.dialogue.cues import require_pause, said
from sidecar.text.dialogue.parts import Heading, Part, Pause, refusal
from sidecar.text.scripts import from_table

COLUMNS = {"speaker": True, "text": True, "direction": True, "pause_s": False, "chapter": True}
"""The names that there may be, and of each whether its cells are text."""


def read_table(text: str) -> Iterator[Part]:
    """The parts of a table, separated by comma, semicolon or tab, below a row of names, `text` among them.

    `chapter` is the title of the chapter that begins with the row, `pause_s` the silence after it. An empty cell is no
    value: a row without a speaker is the narrator's, and one without a text may be a pause, a chapter, or both.

    Raises:
        InvalidParams: what `from_table` refuses; a pause that is none; a row in which nothing happens.

    """
    for item in from_table(StringIO(text), COLUMNS):
        yield from _read_row(item.line, item.values)


def _read_row(number: int, row: dict[str, Any]) -> Iterator[Part]:
    if "chapter" in row:
        yield Heading(number, row["chapter"])
    if "text" in row:
        directions = (row["direction"],) if "direction" in row else ()
        yield from said(number, row.get("speaker"), row["text"], directions)
    elif "speaker" in row or "direction" in row:
        raise refusal(number, "it has no text; give its speaker something to say.")
    if "pause_s" in row:
        yield Pause(number, require_pause(number, _seconds(number, row["pause_s"])))


def _seconds(number: int, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal(number, f"pause_s is {value!r}; give a number of seconds.")
    return float(value)
