from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.rpc.lines import BYTE_ORDER_MARK, LineSplitter, LineTooLong

LIMIT = 8
TOO_LONG = "too long"


def split(chunks: list[bytes], limit: int = LIMIT) -> list[bytes | str]:
    splitter = LineSplitter(limit)
    found = [line for chunk in chunks for line in splitter.feed(chunk)]
    found += splitter.finish()
    return [TOO_LONG if isinstance(line, LineTooLong) else line for line in found]


@st.composite
def chunked_streams(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    pieces = st.sampled_from([b"\n", b"\r\n", BYTE_ORDER_MARK, b" ", b"a", b"{}", b"12345678", b"123456789"])
    stream = b"".join(draw(st.lists(pieces, max_size=30)))
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    bounds = [0, *cuts, len(stream)]
    return stream, [stream[start:end] for start, end in itertools.pairwise(bounds)]


@given(chunked_streams())
def test_the_same_lines_come_out_however_the_stream_is_cut_up(case: tuple[bytes, list[bytes]]) -> None:
    stream, chunks = case
    assert split(chunks) == split([stream])


@given(st.lists(st.text("{}1", min_size=1, max_size=LIMIT)))
def test_every_line_that_was_joined_comes_out_again(lines: list[str]) -> None:
    assert split(["\n".join(lines).encode()]) == [line.encode() for line in lines]


@pytest.mark.parametrize(
    ("stream", "lines"),
    [
        (b"", []),
        (b"\n \n\r\n\t\n", []),
        (b"one\r\ntwo\n", [b"one", b"two"]),
        (BYTE_ORDER_MARK + b"one\n", [b"one"]),
        (BYTE_ORDER_MARK + b"\n", []),
        (b"one\ntail", [b"one", b"tail"]),
        (b"12345678\n", [b"12345678"]),
        (b"123456789\nnext\n", [TOO_LONG, b"next"]),
        (b"12345678901234567890", [TOO_LONG]),
    ],
)
def test_endings_marks_blank_lines_and_the_limit(stream: bytes, lines: list[bytes | str]) -> None:
    assert split([stream]) == lines


def test_a_line_over_the_limit_is_thrown_away_as_it_comes() -> None:
    splitter = LineSplitter(LIMIT)
    for _ in range(1_000):
        assert list(splitter.feed(b"x" * LIMIT)) == []
    assert [type(line) for line in splitter.feed(b"\n")] == [LineTooLong]
    assert list(splitter.feed(b"next\n")) == [b"next"]
