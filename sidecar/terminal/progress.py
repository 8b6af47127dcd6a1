"""One line on stderr that tells how far the work is."""

from __future__ import annotations

import shutil
from typing import Any, TextIO

from sidecar.terminal.printable import printable

BAR_CHARS = 24


class ProgressLine:
    """Draws `job.progress` over itself at a terminal, and writes a line for every new stage elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = 0
        self._stage = ""

    def show(self, news: dict[str, Any]) -> None:
        """Take the parameters of a `job.progress`."""
        stage = printable(f"{news['kind']}: {news['stage']}")
        if self._stream.isatty():
            width = shutil.get_terminal_size().columns - 1
            self._draw(f"{stage} {_bar(news['fraction'])}{_left(news['eta_s'])}"[:width])
        elif stage != self._stage:
            self.say(stage)
        self._stage = stage

    def say(self, line: str) -> None:
        """Write a whole line in its place."""
        self.clear()
        self._stream.write(f"{printable(line)}\n")
        self._stream.flush()

    def clear(self) -> None:
        """Leave nothing of the line."""
        if self._drawn:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()

    def _draw(self, text: str) -> None:
        # Blanks, and no escape sequence, remove the rest of a longer line: every console understands them.
        self._stream.write(f"\r{text.ljust(self._drawn)}")
        self._stream.flush()
        self._drawn = len(text)


def _bar(fraction: float) -> str:
    done = round(fraction * BAR_CHARS)
    return f"[{'#' * done}{'-' * (BAR_CHARS - done)}] {fraction:4.0%}"


def _left(eta_s: float | None) -> str:
    return "" if eta_s is None else f" {int(eta_s) // 60}:{int(eta_s) % 60:02} left"
