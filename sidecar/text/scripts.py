"""From the lines of a file to the items of a batch: a table, JSON objects, or plain text by the line or paragraph.

Every function reads lazily and gives items in the order of the file; blank lines are skipped. A fault of form is an
`InvalidParams` whose error names the `line`, counted from 1. What the values mean is for others to check.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Any

import orjson

from sidecar.errors import InvalidParams

TEXT = "text"
DELIMITERS = ",;\t"


@dataclass(frozen=True)
class ScriptItem:
    """One item as it stands in a file, and the line on which it begins, counted from 1."""

    line: int
    values: dict[str, Any]


def from_lines(lines: Iterable[str]) -> Iterator[ScriptItem]:
    """A text an item for every line."""
    for number, line in enumerate(lines, 1):
        if text := line.strip():
            yield ScriptItem(number, {TEXT: text})


def from_paragraphs(lines: Iterable[str]) -> Iterator[ScriptItem]:
    """A text an item for every run of lines between blank ones; its line breaks stay."""
    for is_text, run in groupby(enumerate(lines, 1), key=lambda numbered: bool(numbered[1].strip())):
        if is_text:
            paragraph = list(run)
            yield ScriptItem(paragraph[0][0], {TEXT: "\n".join(line.strip() for _, line in paragraph)})


def from_json_lines(lines: Iterable[str]) -> Iterator[ScriptItem]:
    """An item for every line, which is a JSON object (https://jsonlines.org)."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            values = orjson.loads(line)
        except orjson.JSONDecodeError as fault:
            raise _refusal(number, f"it is not JSON: {fault}.") from None
        if not isinstance(values, dict):
            raise _refusal(number, "it is no JSON object; every line must be one, in braces.")
        yield ScriptItem(number, values)


def from_table(lines: Iterable[str], columns: Mapping[str, bool]) -> Iterator[ScriptItem]:
    """An item for every row of a table (RFC 4180) below a row of names, separated by comma, semicolon or tab.

    `columns` says of every name that there may be whether its cells are text as they are; other cells are JSON, and
    text where they are not. A name with a dot is a field of an object: `sampling.top_k` is 50 in
    `{"sampling": {"top_k": 50}}`. An empty cell is no value at all.
    """
    waiting = iter(lines)
    first = next(waiting, "")
    delimiter = max(DELIMITERS, key=first.count)
    rows = _rows(csv.reader(chain([first], waiting), delimiter=delimiter, strict=True))
    names = [name.strip() for name in next(rows, (1, []))[1]]
    _require_columns(names, columns)
    for line, cells in rows:
        if len(cells) != len(names):
            counts = f"it has {len(cells)} cells, and there are {len(names)} columns"
            raise _refusal(line, f"{counts}; a cell that holds a {delimiter!r} must be quoted.")
        yield ScriptItem(line, _values(names, cells, columns))


def _rows(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not blank, with the line on which it begins."""
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as fault:
        raise _refusal(line, f"it is no row of a table: {fault}.") from None


def _require_columns(names: Sequence[str], columns: Mapping[str, bool]) -> None:
    allowed = f"there may be {', '.join(columns)}"
    if unknown := [name for name in names if name not in columns]:
        raise _refusal(1, f"there can be no column {unknown[0]!r}; {allowed}.")
    if len(set(names)) < len(names):
        raise _refusal(1, "a column's name is there twice.")
    if TEXT not in names:
        raise _refusal(1, f"it must name the columns, and {TEXT!r} among them; {allowed}.")


def _values(names: Sequence[str], cells: Sequence[str], columns: Mapping[str, bool]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in zip(names, map(str.strip, cells), strict=True):
        if cell:
            outer, _, inner = name.rpartition(".")
            place = values.setdefault(outer, {}) if outer else values
            place[inner] = cell if columns[name] else _json_or_text(cell)
    return values


def _json_or_text(cell: str) -> Any:
    """What is no JSON is left for the check of values, which says what is wanted in its place."""
    try:
        return orjson.loads(cell)
    except orjson.JSONDecodeError:
        return cell


def _refusal(line: int, message: str) -> InvalidParams:
    fault = {"loc": ["path"], "message": f"Line {line}: {message}", "type": "value_error", "line": line}
    return InvalidParams(f"Line {line} of the file: {message}", errors=[fault])
