from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.id3 import ID3
from mutagen.mp4 import MP4

from sidecar.audio.chapters import Chapter, as_comments, chapters_from
from sidecar.audio.encode import FORMATS, encode
from sidecar.errors import InvalidParams

RATE = 8_000
DURATION_S = 66.0
STARTS = [(0.0, "Prologue"), (1.501, "Über die Brücke"), (61.9995, "第二章"), (63.25, "The & last <one>")]
CHAPTERS = chapters_from(STARTS, DURATION_S)

Read = list[tuple[float, str]]


def by_ffmpeg(path: Path) -> Read:
    with av.open(str(path)) as container:
        return [(float(each["start"] * each["time_base"]), each["metadata"]["title"]) for each in container.chapters()]


def by_mutagen_mp4(path: Path) -> Read:
    return [(chapter.start, chapter.title) for chapter in MP4(path).chapters]


def by_mutagen_id3(path: Path) -> Read:
    frames = sorted(ID3(path).getall("CHAP"), key=lambda frame: frame.start_time)
    return [(frame.start_time / 1000, frame.sub_frames["TIT2"].text[0]) for frame in frames]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A minute of silence with chapters, in any format."""
    folder = tmp_path_factory.mktemp("books")

    def made(name: str) -> Path:
        path = folder / f"book.{name}"
        if not path.exists():
            silence = np.zeros(round(DURATION_S * RATE), np.float32)
            encode(path, [silence], RATE, name, chapters=CHAPTERS)
        return path

    return made


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("m4b", by_mutagen_mp4),
        ("m4a", by_mutagen_mp4),
        ("mp3", by_mutagen_id3),
        *((name, by_ffmpeg) for name, format in FORMATS.items() if format.chapters),
    ],
)
def test_other_libraries_read_the_chapters_where_they_were_put(
    name: str, read: Callable[[Path], Read], book: Callable[[str], Path]
) -> None:
    found = read(book(name))
    assert [title for _, title in found] == [title for _, title in STARTS]
    assert [start_s for start_s, _ in found] == pytest.approx([start_s for start_s, _ in STARTS], abs=0.001)


@pytest.mark.parametrize(("name", "brand"), [("m4b", b"M4B "), ("m4a", b"M4A ")])
def test_a_player_sees_whether_it_is_a_book(name: str, brand: bytes, book: Callable[[str], Path]) -> None:
    path = book(name)
    assert path.read_bytes()[8:12] == brand
    assert MP4(path).get("stik") == ([2] if name == "m4b" else None)


def test_more_chapters_than_an_eight_bit_number_are_kept(tmp_path: Path) -> None:
    many = chapters_from(((number * 0.01, f"{number}") for number in range(300)), 3.0)
    encode(tmp_path / "many.m4b", [np.zeros(3 * RATE, np.float32)], RATE, "m4b", chapters=many)
    assert [title for _, title in by_ffmpeg(tmp_path / "many.m4b")] == [f"{number}" for number in range(300)]


def test_hours_are_written_out_in_comments() -> None:
    assert as_comments([Chapter(363_725.25, 400_000.0, "Late")]) == {
        "CHAPTER000": "101:02:05.250",
        "CHAPTER000NAME": "Late",
    }


def test_a_format_without_a_place_for_chapters_refuses_them_before_a_file_is_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidParams, match="m4b"):
        encode(tmp_path / "book.wav", [np.zeros(RATE, np.float32)], RATE, "wav", chapters=CHAPTERS)
    assert not (tmp_path / "book.wav").exists()


@given(st.lists(st.floats(0.0, 100.0)), st.floats(0.001, 100.0))
def test_chapters_follow_one_another_to_the_end(starts: list[float], end_s: float) -> None:
    chapters = chapters_from([(start_s, f"{start_s}") for start_s in starts], end_s)
    assert all(0.0 <= chapter.start_s < chapter.end_s <= end_s for chapter in chapters)
    assert [chapter.end_s for chapter in chapters] == [*(chapter.start_s for chapter in chapters[1:]), end_s][
        : len(chapters)
    ]
    assert {round(chapter.start_s * 1000) for chapter in chapters} == {
        round(start_s * 1000) for start_s in starts if start_s < end_s
    }


def test_of_two_chapters_at_one_time_the_later_one_counts() -> None:
    assert chapters_from([(1.0, "first"), (1.0002, "second")], 2.0) == [Chapter(1.0002, 2.0, "second")]
