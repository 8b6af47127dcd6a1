"""Cutting a stream of bytes into lines, with a bound on how much of one line is ever kept."""

from __future__ import annotations

from collections.abc import Iterator

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class LineTooLong:
    """Stands in the stream for a line that was over the limit; its bytes were thrown away."""


class LineSplitter:
    """Feeds on chunks of any size and gives back whole lines without their ending.

    Tolerates a trailing carriage return, a byte order mark in front of a line, blank lines, and a last line without an
    ending. Memory is bounded by `max_line_bytes` plus one chunk.
    """

    def __init__(self, max_line_bytes: int) -> None:
        self._max = max_line_bytes
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[bytes | LineTooLong]:
        """The lines that this chunk completes, in order."""
        *complete, rest = chunk.split(b"\n")
        for piece in complete:
            self._hold(piece)
            yield from self._release()
        self._hold(rest)

    def finish(self) -> Iterator[bytes | LineTooLong]:
        """The last line, if the stream ended without a newline."""
        yield from self._release()

    def _hold(self, piece: bytes) -> None:
        if self._skipping or not piece:
            return
        self._held.append(piece)
        self._held_bytes += len(piece)
        if self._held_bytes > self._max:
            self._held.clear()
            self._skipping = True

    def _release(self) -> Iterator[bytes | LineTooLong]:
        if self._skipping:
            yield LineTooLong()
        elif line := b"".join(self._held).removeprefix(BYTE_ORDER_MARK).strip():
            yield line
        self._held.clear()
        self._held_bytes = 0
        self._skipping = False
