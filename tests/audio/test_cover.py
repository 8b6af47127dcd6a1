from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from mutagen.flac import FLAC
from mutagen.id3 import ID3
from mutagen.mp4 import MP4
from PIL import Image
from tinytag import TinyTag

from sidecar.audio.cover import read_cover
from sidecar.audio.decode import decode, probe
from sidecar.audio.encode import FORMATS, encode
from sidecar.audio.samples import Samples
from sidecar.audio.tags import Tags
from sidecar.errors import InvalidParams, NotFound
from tests.memory_use import MIB, memory_used, tells_its_peak

RATE = 24_000


def picture(folder: Path, kind: str) -> Path:
    path = folder / f"cover.{kind.lower()}"
    Image.linear_gradient("L").resize((320, 200)).convert("RGB").save(path, kind)
    return path


def by_mutagen(path: Path, name: str) -> bytes:
    if name == "mp3":
        return bytes(ID3(path).getall("APIC")[0].data)
    if name == "flac":
        return bytes(FLAC(path).pictures[0].data)
    return bytes(MP4(path)["covr"][0])


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if format.cover])
def test_other_libraries_find_the_very_picture_that_was_given(
    name: str, kind: str, vowels: Samples, tmp_path: Path
) -> None:
    given = picture(tmp_path, kind)
    path = tmp_path / f"book.{name}"
    encode(path, [vowels], RATE, name, Tags(title="A book"), cover=read_cover(given))
    assert by_mutagen(path, name) == given.read_bytes()
    read = TinyTag.get(path, image=True)
    assert (read.title, read.images.any.data) == ("A book", given.read_bytes())
    assert Image.open(BytesIO(read.images.any.data)).size == (320, 200)


@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if format.cover])
def test_the_sound_is_the_same_with_a_cover(name: str, vowels: Samples, tmp_path: Path) -> None:
    encode(tmp_path / "plain", [vowels], RATE, name)
    encode(tmp_path / "covered", [vowels], RATE, name, cover=read_cover(picture(tmp_path, "PNG")))
    assert decode(tmp_path / "covered", RATE).tolist() == decode(tmp_path / "plain", RATE).tolist()
    assert probe(tmp_path / "covered").duration_s == pytest.approx(probe(tmp_path / "plain").duration_s, abs=0.001)


def test_what_is_no_picture_is_refused(recording_file: Path, tmp_path: Path) -> None:
    playlist = tmp_path / "cover.png"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{recording_file}\n")
    gif = tmp_path / "cover.gif"
    Image.new("RGB", (8, 8)).save(gif)
    for path in (recording_file, playlist, gif):
        with pytest.raises(InvalidParams, match="PNG or JPEG"):
            read_cover(path)


def test_a_picture_that_is_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_cover(tmp_path / "gone.png")
    huge = tmp_path / "huge.png"
    huge.touch()
    with huge.open("r+b") as file:
        file.truncate(11 << 20)
    with pytest.raises(InvalidParams, match="11 MB"):
        read_cover(huge)


def refused(path: Path) -> None:
    with pytest.raises(InvalidParams, match="25 million pixels"):
        read_cover(path)


@tells_its_peak
def test_a_picture_of_too_many_pixels_is_refused_without_being_unpacked(tmp_path: Path) -> None:
    Image.new("RGB", (8_000, 8_000)).save(tmp_path / "vast.png")
    assert memory_used(refused, tmp_path / "vast.png") < 100 * MIB


@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if not format.cover])
def test_a_format_without_a_place_for_a_cover_refuses_it(name: str, vowels: Samples, tmp_path: Path) -> None:
    with pytest.raises(InvalidParams, match="m4b"):
        encode(tmp_path / "voice", [vowels], RATE, name, cover=read_cover(picture(tmp_path, "PNG")))
    assert not (tmp_path / "voice").exists()
