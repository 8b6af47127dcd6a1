from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from tinytag import TinyTag

from sidecar.audio.decode import decode, probe
from sidecar.audio.encode import FORMATS, encode, write_wav
from sidecar.audio.samples import Samples
from sidecar.audio.tags import Tags
from sidecar.errors import InvalidParams, StorageError

RATE = 24_000
SMALL_FILE_BYTES = 16_384


def test_another_library_reads_the_wav_the_same(recording: Samples, tmp_path: Path) -> None:
    written = write_wav(tmp_path / "voice.part", recording, RATE)
    samples, rate = soundfile.read(tmp_path / "voice.part", dtype="float32")
    assert (rate, written.sample_rate, written.duration_s) == (RATE, RATE, 5.0)
    assert written.size_bytes == (tmp_path / "voice.part").stat().st_size
    assert samples == pytest.approx(recording, abs=1 / 65_536 + 1e-7)


@pytest.mark.parametrize("name", FORMATS)
def test_blocks_of_any_size_make_the_same_file(name: str, recording: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "whole", [recording], RATE, name)
    encode(tmp_path / "pieces", np.array_split(recording, 37), RATE, name)
    assert abs((tmp_path / "whole").stat().st_size - (tmp_path / "pieces").stat().st_size) <= 64
    assert np.array_equal(decode(tmp_path / "whole", RATE), decode(tmp_path / "pieces", RATE))


@pytest.mark.parametrize("name", FORMATS)
def test_a_disk_that_takes_no_more_is_told_as_that(name: str, recording: Samples, tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="only POSIX limits the size of files")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE_BYTES, usual[1]))
    try:
        with pytest.raises(StorageError, match="File too large"):
            encode(tmp_path / "voice.part", [recording], RATE, name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@pytest.mark.parametrize("name", FORMATS)
def test_equal_samples_make_equal_bytes(name: str, recording: Samples, tmp_path: Path) -> None:
    for copy in ("one", "two"):
        encode(tmp_path / copy, [recording], RATE, name, Tags(title="Same", date="2026-11-22"))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_is_too_loud_is_limited_and_never_wraps(tmp_path: Path) -> None:
    write_wav(tmp_path / "loud.wav", np.array([1.0, 1.5, 16.0, -1.0, -1.5, -16.0] * 500, np.float32), RATE)
    heard = decode(tmp_path / "loud.wav", RATE)
    assert np.array_equal(np.sign(heard[:6]), [1, 1, 1, -1, -1, -1])
    assert np.abs(heard).min() > 0.999


def by_ffmpeg(path: Path) -> dict[str, str]:
    with av.open(str(path)) as container:
        return {key.lower(): value for key, value in {**container.metadata, **container.streams[0].metadata}.items()}


TAGS = Tags("Grüße 😀", "Ada 声", "»Ja«, sagte sie;\n\nनमस्ते = 乾杯.\n", "2026-11-22", "voicebox 1.0")


@pytest.mark.parametrize("name", FORMATS)
def test_ffmpeg_reads_the_tags(name: str, vowels: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "tagged", [vowels], RATE, name, TAGS)
    read = by_ffmpeg(tmp_path / "tagged")
    assert (read["title"], read["artist"], read["date"]) == (TAGS.title, TAGS.artist, TAGS.date)
    assert read["comment" if name == "wav" else "lyrics"] == TAGS.text


@pytest.mark.parametrize(
    ("name", "text", "software", "date"),
    [
        ("wav", "comment", "isft", "2026-11-22"),
        ("flac", "lyrics", "encoded_by", "2026-11-22"),
        ("mp3", "uslt", "encoder_settings", "2026"),
        ("ogg", "lyrics", "encoded_by", "2026-11-22"),
    ],
)
def test_another_reader_finds_the_tags_under_the_names_of_the_format(
    name: str, text: str, software: str, date: str, vowels: Samples, tmp_path: Path
) -> None:
    path = tmp_path / f"tagged.{name}"
    encode(path, [vowels], RATE, name, TAGS)
    read = TinyTag.get(path).as_dict()
    assert (read["title"], read["artist"], read["year"]) == ([TAGS.title], [TAGS.artist], [date])
    assert (read[text], read[software]) == ([TAGS.text], [TAGS.software])


@pytest.mark.parametrize("name", FORMATS)
def test_long_words_are_kept_whole_and_the_sound_with_them(name: str, vowels: Samples, tmp_path: Path) -> None:
    words = "Ein Satz mit Ümläuten.\n" * 4_000
    encode(tmp_path / "plain", [vowels], RATE, name)
    encode(tmp_path / "long", [vowels], RATE, name, Tags(text=words))
    assert by_ffmpeg(tmp_path / "long")["comment" if name == "wav" else "lyrics"] == words
    assert np.array_equal(decode(tmp_path / "long", RATE), decode(tmp_path / "plain", RATE))


@pytest.mark.parametrize("name", ["wav", "flac", "mp3", "ogg"])
def test_without_tags_there_are_none(name: str, vowels: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "plain", [vowels], RATE, name, Tags())
    assert by_ffmpeg(tmp_path / "plain").keys() <= {"encoder"}


@pytest.mark.parametrize(("name", "given", "expected"), [("opus", 44_100, 48_000), ("mp3", 96_000, 48_000)])
def test_a_codec_gets_a_rate_that_it_takes(
    name: str, given: int, expected: int, vowels: Samples, tmp_path: Path
) -> None:
    written = encode(tmp_path / "voice", [vowels], given, name)
    assert written.sample_rate == expected
    assert written.duration_s == pytest.approx(vowels.size / given, abs=0.001)
    assert probe(tmp_path / "voice").sample_rate == expected


def test_an_unknown_format_is_refused_before_a_file_is_made(tmp_path: Path, vowels: Samples) -> None:
    with pytest.raises(InvalidParams, match="wav, flac, mp3"):
        encode(tmp_path / "voice", [vowels], RATE, "wma")
    assert not (tmp_path / "voice").exists()


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_a_storage_error(name: str, vowels: Samples) -> None:
    with pytest.raises(StorageError, match="No space left"):
        encode(Path("/dev/full"), [vowels], RATE, name)


def test_a_missing_folder_is_a_storage_error(tmp_path: Path, vowels: Samples) -> None:
    with pytest.raises(StorageError, match="No such file"):
        write_wav(tmp_path / "gone" / "voice.wav", vowels, RATE)
