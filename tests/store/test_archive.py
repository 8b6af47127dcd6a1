from __future__ import annotations

import random
import struct
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sidecar.errors import InvalidParams, Unsupported
from sidecar.store.archive import BundledFile, BundleFormat, Items, Manifest, open_bundle, write_bundle

MUTATIONS = 400


class Letter(Manifest):
    """A manifest with something of its own."""

    greeting: str
    pages: Items[str]


LETTER = BundleFormat(
    "letter", 1, Letter, most_files=3, most_file_bytes=1_000, most_manifest_bytes=10_000, most_values=1_500_000
)
CONTENTS = {"a.txt": b"first" * 20, "deep/folder/b.txt": b"", "c_-1.txt": bytes(range(256))}


def nothing(_count: int) -> None:
    """For those who do not ask how far it is."""


def describe(files: list[BundledFile]) -> Letter:
    return Letter(format="letter", format_version=1, program_version="1", files=files, greeting="Hello 🎉", pages=[])


@pytest.fixture
def sources(tmp_path: Path) -> list[tuple[str, Path]]:
    folder = tmp_path / "sources"
    folder.mkdir()
    for number, content in enumerate(CONTENTS.values()):
        (folder / str(number)).write_bytes(content)
    return [(name, folder / str(number)) for number, name in enumerate(CONTENTS)]


@pytest.fixture
def bundle(sources: list[tuple[str, Path]], tmp_path: Path) -> Path:
    target = tmp_path / "letter.zip"
    write_bundle(tmp_path / "part", target, LETTER, sources, describe, nothing)
    return target


def take_out(path: Path, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    with open_bundle(path, LETTER) as opened:
        for number, file in enumerate(opened.manifest.files):
            opened.extract(file, folder / str(number), nothing)
        return {file.name: (folder / str(at)).read_bytes() for at, file in enumerate(opened.manifest.files)}


def test_what_is_written_is_what_is_read(bundle: Path, tmp_path: Path) -> None:
    assert take_out(bundle, tmp_path / "out") == CONTENTS
    with open_bundle(bundle, LETTER) as opened:
        assert opened.manifest.greeting == "Hello 🎉"


def test_any_unzip_program_can_look_inside(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {*CONTENTS, "manifest.json"}


def test_the_same_contents_make_the_same_bytes(bundle: Path, sources: list[tuple[str, Path]], tmp_path: Path) -> None:
    size = write_bundle(tmp_path / "part", tmp_path / "again", LETTER, sources, describe, nothing)
    assert (tmp_path / "again").read_bytes() == bundle.read_bytes()
    assert size == bundle.stat().st_size


def test_the_larger_kind_of_zip_is_read_as_any_other(bundle: Path, tmp_path: Path) -> None:
    data = bundle.read_bytes()
    rest, end = data[:-22], data[-22:]
    entries, length, start = struct.unpack("<10xH2L2x", end)
    end_64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, length, start)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(rest), 1)
    largest = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    bundle.write_bytes(rest + end_64 + locator + largest)
    assert take_out(bundle, tmp_path / "out") == CONTENTS


def test_files_of_the_larger_kind_of_zip_are_read_as_any_other(bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, content in contents.items():
            with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as out:
                out.write(content)
    assert take_out(bundle, tmp_path / "out") == CONTENTS


def test_no_more_files_are_taken_than_the_format_allows(bundle: Path) -> None:
    few = replace(LETTER, most_files=2)
    with pytest.raises(InvalidParams, match="it has 4 files"), open_bundle(bundle, few):
        pass


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ('"pages": [' + '"",' * 1_000_000 + '""]', "pages: List should have at most 1000000 items"),
        ('"pages": [' + "0," * 1_000_000 + '""]', "pages.0: Input should be a valid string"),
        ('"pages": [' + "0," * 1_500_001 + "0]", "1,500,00. values"),
        ('"pages": [' + "{}," * 500_000 + "0]", "500,00. objects and lists"),
        (",".join(f'"{number}": 0' for number in range(100_000)), "it has 100,001 faults"),
    ],
)
def test_a_manifest_of_millions_is_refused_before_it_takes_gigabytes(tmp_path: Path, more: str, reason: str) -> None:
    head = '"format": "letter", "format_version": 1, "program_version": "1", "greeting": "", "files": [], '
    with zipfile.ZipFile(tmp_path / "letter.zip", "w") as archive:
        archive.writestr("manifest.json", f"{{{head}{more}}}")
    with (
        pytest.raises(InvalidParams, match=reason),
        open_bundle(tmp_path / "letter.zip", replace(LETTER, most_manifest_bytes=10_000_000)),
    ):
        pass


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        ({"most_files": 2}, "3 files; 2 are allowed"),
        ({"most_file_bytes": 255}, r"256 bytes of c_-1\.txt; 255 are allowed"),
        ({"most_values": 3}, "values and .* objects and lists; 3 are allowed"),
        ({"most_manifest_bytes": 100}, "bytes that describe its files; 100 are allowed"),
    ],
)
def test_what_could_not_be_opened_again_is_refused_before_anything_is_written(
    bundle: Path, sources: list[tuple[str, Path]], tmp_path: Path, limit: dict[str, int], says: str
) -> None:
    before = bundle.read_bytes()
    with pytest.raises(Unsupported, match=says) as refused:
        write_bundle(tmp_path / "part", bundle, replace(LETTER, **limit), sources, describe, nothing)
    assert "Delete what is no longer needed" in refused.value.message
    assert bundle.read_bytes() == before
    assert not (tmp_path / "part").exists()


def test_what_just_reaches_the_limits_is_written_and_opened(sources: list[tuple[str, Path]], tmp_path: Path) -> None:
    target = tmp_path / "letter.zip"
    write_bundle(tmp_path / "part", target, LETTER, sources, describe, nothing)
    with zipfile.ZipFile(target) as archive:
        manifest_bytes = archive.getinfo("manifest.json").file_size
    just = replace(LETTER, most_files=3, most_file_bytes=256, most_manifest_bytes=manifest_bytes)
    write_bundle(tmp_path / "part", target, just, sources, describe, nothing)
    with open_bundle(target, just) as opened:
        assert len(opened.manifest.files) == 3


def test_a_bundle_can_be_stopped_until_it_takes_its_place(
    bundle: Path, sources: list[tuple[str, Path]], tmp_path: Path
) -> None:
    before, part = bundle.read_bytes(), tmp_path / "part"

    def stop_once_it_is_whole(_count: int) -> None:
        if part.exists() and zipfile.is_zipfile(part):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_bundle(part, bundle, LETTER, sources, describe, stop_once_it_is_whole)
    assert bundle.read_bytes() == before
    assert not part.exists()


@pytest.mark.parametrize("moment", [1, 2, 4, 5])
def test_what_is_stopped_or_fails_leaves_what_was_there(
    bundle: Path, sources: list[tuple[str, Path]], tmp_path: Path, moment: int
) -> None:
    before = bundle.read_bytes()
    calls: list[int] = []

    def stop(count: int) -> None:
        calls.append(count)
        if len(calls) == moment:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_bundle(tmp_path / "part", bundle, LETTER, sources, describe, stop)
    with pytest.raises(FileNotFoundError):
        write_bundle(tmp_path / "part", bundle, LETTER, [*sources[:2], ("gone", tmp_path / "gone")], describe, nothing)
    assert bundle.read_bytes() == before
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize(
    "name", ["../a", "/a", "A", "a.b/A.b", "a/", "a//b", ".a", "a.", "a..b", "a.W V", "c:a", "a\\b", "", "a\n"]
)
def test_no_bundle_is_written_that_could_not_be_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with pytest.raises(Unsupported, match="name"):
        write_bundle(tmp_path / "part", tmp_path / "bundle", LETTER, [(name, tmp_path / "a")], describe, nothing)
    assert not (tmp_path / "bundle").exists()


def damage(data: bytes, moments: random.Random) -> bytes:
    """Some bytes changed, taken out or put in."""
    at, until = sorted(moments.sample(range(len(data)), 2))
    changes: list[Callable[[], bytes]] = [
        lambda: data[:at] + bytes([data[at] ^ (1 << moments.randrange(8))]) + data[at + 1 :],
        lambda: data[:at] + data[min(until, at + 4) :],
        lambda: data[:at] + moments.randbytes(4) + data[at:],
        lambda: data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :],
        lambda: data[:at],
        lambda: data[until:],
    ]
    return moments.choice(changes)()


def test_no_damage_goes_unnoticed_or_is_told_as_a_bug(bundle: Path, tmp_path: Path) -> None:
    whole = bundle.read_bytes()
    moments = random.Random(5)
    noticed = 0
    for number in range(MUTATIONS):
        bundle.write_bytes(damage(whole, moments))
        try:
            found = take_out(bundle, tmp_path / f"out{number}")
        except InvalidParams:
            noticed += 1
        else:
            # A bit of a date or of a version is nobody's business; contents and names are.
            assert found == CONTENTS
    assert noticed > MUTATIONS * 0.8
