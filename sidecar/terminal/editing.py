"""The prompt's memory and its Tab key, where there is GNU readline or libedit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sidecar.operating_system import line_editor

HISTORY_LINES = 1_000


@contextmanager
def editing(
    history: Path, complete: Callable[[str, str], list[str]], is_secret: Callable[[str], bool]
) -> Iterator[None]:
    """Let `input` remember lines in this file and ask `complete` with the words before the last one, and that one.

    Lines that are secret do not get into the file.
    """
    readline = line_editor()
    if readline is None:
        yield
        return

    def suggest(word: str, number: int) -> str | None:
        found = complete(readline.get_line_buffer()[: readline.get_begidx()], word)
        return found[number] if number < len(found) else None

    if history.is_file():
        readline.read_history_file(history)
    readline.set_history_length(HISTORY_LINES)
    readline.set_completer(suggest)
    readline.set_completer_delims(" \t\n")
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")
    try:
        yield
    finally:
        for place in reversed(range(readline.get_current_history_length())):
            if is_secret(readline.get_history_item(place + 1)):
                readline.remove_history_item(place)
        readline.write_history_file(history)
