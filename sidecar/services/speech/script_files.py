"""Files that name the items of a batch: found, bounded, decoded, and read by what their name ends in."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Literal

from sidecar.errors import InvalidParams, NotFound, from_os_error
from sidecar.text.scripts import ScriptItem, from_json_lines, from_lines, from_paragraphs, from_table

Split = Literal["lines", "paragraphs"]
Reader = Callable[[Iterable[str]], Iterator[ScriptItem]]

MAX_BYTES = 64 << 20
TABLES = (".csv", ".tsv")
JSON_LINES = (".jsonl", ".ndjson")
PLAIN = (".txt", ".md")
ENCODING = "utf-8"
BYTE_ORDER_MARK = "\ufeff"


def read_script(path: Path, split: Split | None, columns: Mapping[str, bool], most: int) -> list[ScriptItem]:
    """The items of a file, `most` of them and one at least; `columns` is what a table may have, as for `from_table`.

    Raises:
        NotFound: there is no such file.
        InvalidParams: it is no ordinary file, too large, of no known kind, not UTF-8, malformed, empty or too long.
        StorageError: it cannot be read.

    """
    reader = _reader(path, split, columns)
    with _opened(path) as lines:
        items = list(islice(reader(lines), most + 1))
    if not items:
        raise InvalidParams.about("path", f"There is no item in {path.name!r}: it is empty or blank.")
    if len(items) > most:
        raise InvalidParams.about("path", f"There are more than {most:,} items in {path.name!r}; divide it.")
    return items


def read_text(path: Path) -> str:
    """All of a text file. Raises as `read_script`, but for what the text means."""
    with _opened(path) as lines:
        return "".join(lines)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[str]]:
    """The lines of a file, each with its end."""
    try:
        _require_ordinary(path)
        with path.open("rb") as file:
            yield _decoded(file)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"There is no file {str(path)!r}.", resource="file", id=str(path)) from None
    except OSError as fault:
        raise from_os_error(fault, f"Reading {path}") from fault


def _reader(path: Path, split: Split | None, columns: Mapping[str, bool]) -> Reader:
    ending = path.suffix.lower()
    if ending in PLAIN:
        return from_paragraphs if split == "paragraphs" else from_lines
    if split is not None:
        raise InvalidParams.about("split", f"Only plain text ({', '.join(PLAIN)}) is split; leave it out.")
    if ending in TABLES:
        return partial(from_table, columns=columns)
    if ending in JSON_LINES:
        return from_json_lines
    known = ", ".join((*TABLES, *JSON_LINES, *PLAIN))
    raise InvalidParams.about("path", f"It cannot be told what {path.name!r} is; its name must end in one of {known}.")


def _require_ordinary(path: Path) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise InvalidParams.about("path", f"{str(path)!r} is a folder or a device, not a file.")
    if status.st_size > MAX_BYTES:
        raise InvalidParams.about(
            "path", f"{path.name!r} has {status.st_size:,} bytes; {MAX_BYTES:,} are allowed. Divide it."
        )


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        try:
            text = line.decode(ENCODING)
        except UnicodeDecodeError as fault:
            message = f"Line {number} is not UTF-8 ({fault.reason}); save the file as UTF-8."
            error = {"loc": ["path"], "message": message, "type": "unicode", "line": number}
            raise InvalidParams(message, errors=[error]) from None
        yield text.removeprefix(BYTE_ORDER_MARK) if number == 1 else text
