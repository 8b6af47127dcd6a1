from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from sidecar.engines.model_files import FileFact, is_doubtful, known_facts, to_json
from sidecar.engines.worker.archives import MOST_MEMBERS
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.install_ops import take
from sidecar.errors import Cancelled, InvalidParams, ModelUnavailable, StorageError
from tests.memory_use import MIB, memory_used, tells_its_peak

FILES = {"config.json": b"{}", "deep/model.bin": b"weights" * 1_000}
LIMIT = 100_000


def run(
    path: Path, into: Path, control: OperationControl | None = None, limit_bytes: int = LIMIT, **files: FileFact
) -> None:
    into.mkdir()
    known = to_json(dict.fromkeys(FILES, FileFact(None)) | files)
    params = {"model": "a-model", "path": str(path), "into": str(into), "files": known, "limit_bytes": limit_bytes}
    take(params, control or OperationControl(lambda news: None))


def folder_at(path: Path) -> Path:
    for name, content in (FILES | {"README.md": b"read me"}).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def zipped(path: Path, *more: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (*FILES.items(), *more):
            archive.writestr(name, content)
    return path


def tarred(path: Path, *more: tuple[tarfile.TarInfo | str, bytes]) -> Path:
    with tarfile.TarFile.open(path, "w:gz") as archive:
        for name, content in (*FILES.items(), *more):
            member = tarfile.TarInfo(name) if isinstance(name, str) else name
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def there(into: Path) -> dict[str, bytes]:
    return {name: (into / name).read_bytes() for name in FILES}


@pytest.mark.parametrize("prefix", ["", "a-model/", "models/a-model/"])
@pytest.mark.parametrize("form", ["folder", "zip", "tar", "gztar", "bztar", "xztar"])
def test_a_model_is_taken_from_a_folder_or_archive_and_proven(tmp_path: Path, form: str, prefix: str) -> None:
    folder = tmp_path / "source"
    folder_at(folder / prefix)
    path = folder if form == "folder" else Path(shutil.make_archive(str(tmp_path / "packed"), form, folder))
    into = tmp_path / "into"
    run(path, into)
    assert there(into) == FILES
    assert not (into / "README.md").exists()
    assert not is_doubtful(into)
    checksums = {name: fact.checksums for name, fact in known_facts(into, FILES).items()}
    assert checksums == {name: (hashlib.sha256(content).hexdigest(),) for name, content in FILES.items()}


def test_a_folder_of_links_as_the_hub_client_makes_it_is_taken_as_files(tmp_path: Path) -> None:
    folder_at(tmp_path / "blobs")
    linked = tmp_path / "snapshot"
    (linked / "deep").mkdir(parents=True)
    for name in FILES:
        (linked / name).symlink_to(tmp_path / "blobs" / name)
    run(linked, tmp_path / "into")
    assert there(tmp_path / "into") == FILES
    assert not (tmp_path / "into" / "config.json").is_symlink()


def zip_link(target: str) -> tuple[zipfile.ZipInfo, bytes]:
    member = zipfile.ZipInfo("config.json.link")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member, target.encode()


def tar_special(kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo("special")
    member.type, member.linkname = kind, target
    return member, b""


HOSTILE_NAMES = ["../outside", "/outside", "deep/../../outside", "C:\\outside", "..\\outside", "C:outside"]


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_an_archive_whose_names_lead_elsewhere_is_refused(tmp_path: Path, pack: Callable[..., Path], name: str) -> None:
    path = pack(tmp_path / "a", (name, b"owned"))
    with pytest.raises(InvalidParams, match="outside of the model's folder"):
        run(path, tmp_path / "into")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a", "into"]
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize(
    ("path_of", "says"),
    [
        (lambda path: zipped(path, zip_link("/etc/passwd")), "link or a device"),
        (lambda path: tarred(path, tar_special(tarfile.SYMTYPE, "/etc/passwd")), "link or a device"),
        (lambda path: tarred(path, tar_special(tarfile.LNKTYPE, "config.json")), "link or a device"),
        (lambda path: tarred(path, tar_special(tarfile.FIFOTYPE)), "link or a device"),
        (lambda path: tarred(path, tar_special(tarfile.CHRTYPE)), "link or a device"),
        (lambda path: zipped(path, ("bomb", bytes(LIMIT + 1))), "unpacks to"),
        (lambda path: tarred(path, ("bomb", bytes(LIMIT + 1))), "unpacks to"),
        (lambda path: zipped(path, ("Config.JSON", b"[]")), "two files of one name"),
        (lambda path: tarred(path, ("config.json", b"[]")), "two files of one name"),
        (lambda path: zipped(path, *((f"{n}", b"") for n in range(MOST_MEMBERS))), "more than"),
        (lambda path: tarred(path, *((f"{n}", b"") for n in range(MOST_MEMBERS))), "more than"),
        (lambda path: path.write_bytes(b"no archive at all") and path, "cannot be read"),
        (lambda path: path.write_bytes(b"") or path, "cannot be read"),
    ],
)
def test_an_archive_that_is_made_to_do_harm_is_refused(
    tmp_path: Path, path_of: Callable[[Path], Path], says: str
) -> None:
    path = path_of(tmp_path / "a")
    with pytest.raises(InvalidParams, match=says) as caught:
        run(path, tmp_path / "into")
    assert caught.value.data["errors"][0]["loc"] == ["path"]
    assert list((tmp_path / "into").iterdir()) == []


def headers_without_end(path: Path, kind: bytes) -> Path:
    """A tar of a megabyte at most, of which one header is followed by 200 MB that belong to it."""
    header = tarfile.TarInfo("long")
    header.type, header.size = kind, 200 * MIB
    with gzip.open(path, "wb", 1) as file:
        file.write(header.tobuf(tarfile.USTAR_FORMAT))
        for _ in range(200):
            file.write(b"1" * MIB)
    return path


def sparse_without_end(path: Path) -> Path:
    """A tar whose one file says of itself, in 200 MB, where its holes are."""
    header = bytearray(tarfile.TarInfo("sparse").tobuf(tarfile.GNU_FORMAT))
    header[156:157], header[482] = tarfile.GNUTYPE_SPARSE, 1
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + sum(header[156:]) + 8 * 32)
    with gzip.open(path, "wb", 1) as file:
        file.write(header)
        for _ in range(200):
            file.write((b"00000000001\0" * 42 + b"\1" * 8) * (MIB // 512))
    return path


def zip_of_comments(path: Path) -> Path:
    """A zip of few files, of which every one has a long comment in the directory."""
    members = [zipfile.ZipInfo(f"{number}") for number in range(100)]
    for member in members:
        member.comment = b"-" * 65_000
    return zipped(path, *((member, b"") for member in members))


def xz_with_a_dictionary_of_4_gb(path: Path) -> Path:
    """An archive that is sound, and makes who unpacks it keep all that was unpacked."""
    with lzma.open(path, "wb", preset=0) as file, tarfile.TarFile(fileobj=file, mode="w") as archive:
        member = tarfile.TarInfo("config.json")
        member.size = 300 * MIB
        archive.addfile(member, Zeros())
    whole = bytearray(path.read_bytes())
    block = slice(12, 12 + 4 * (whole[12] + 1) - 4)
    whole[16] = 40
    whole[block.stop : block.stop + 4] = zlib.crc32(whole[block]).to_bytes(4, "little")
    path.write_bytes(whole)
    return path


class Zeros(io.RawIOBase):
    """As many as one likes."""

    def read(self, size: int = -1, /) -> bytes:
        return bytes(size)


def refused(path: Path, into: Path, says: str) -> None:
    with pytest.raises(InvalidParams, match=says):
        run(path, into, limit_bytes=1_000 * MIB)


@tells_its_peak
@pytest.mark.parametrize(
    ("path_of", "says"),
    [
        (lambda path: headers_without_end(path, tarfile.XHDTYPE), "headers"),
        (lambda path: headers_without_end(path, tarfile.XGLTYPE), "headers"),
        (lambda path: headers_without_end(path, tarfile.GNUTYPE_LONGNAME), "headers"),
        (lambda path: headers_without_end(path, tarfile.GNUTYPE_LONGLINK), "headers"),
        (sparse_without_end, "headers"),
        (zip_of_comments, "headers"),
        (xz_with_a_dictionary_of_4_gb, "cannot be read .*[Mm]emory"),
    ],
)
def test_an_archive_takes_little_memory_whatever_it_says(
    tmp_path: Path, path_of: Callable[[Path], Path], says: str
) -> None:
    path = path_of(tmp_path / "a")
    assert memory_used(refused, path, tmp_path / "into", says) < 100 * MIB


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_zip_that_can_only_be_unpacked_at_once_is_refused_with_what_to_do(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a", "w", method) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    with pytest.raises(InvalidParams, match="unpack it and give the folder"):
        run(tmp_path / "a", tmp_path / "into")


def test_what_is_neither_a_folder_nor_an_ordinary_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for number, path in enumerate([tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null")]):
        with pytest.raises(InvalidParams, match="no ordinary file"):
            run(path, tmp_path / f"into-{number}")


def test_an_xz_of_several_streams_is_read_to_its_end(tmp_path: Path) -> None:
    folder_at(tmp_path / "source")
    whole = Path(shutil.make_archive(str(tmp_path / "packed"), "tar", tmp_path / "source")).read_bytes()
    parts = (whole[:700], whole[700:5_000], whole[5_000:])
    (tmp_path / "a.tar.xz").write_bytes(b"\0\0\0\0".join(map(lzma.compress, parts)))
    run(tmp_path / "a.tar.xz", tmp_path / "into")
    assert there(tmp_path / "into") == FILES


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_that_was_cut_short_is_refused(tmp_path: Path, pack: Callable[..., Path]) -> None:
    path = pack(tmp_path / "a")
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(InvalidParams, match="cannot be read"):
        run(path, tmp_path / "into")


def without_a_name(whole: bytes) -> bytes:
    """A zip's directory in which a file has a name of no length, as fuzzing found it."""
    at = whole.rindex(b"PK\1\2") + 28
    return whole[:at] + b"\0\0" + whole[at + 2 :]


def before_the_beginning(whole: bytes) -> bytes:
    """A zip out of whose middle bytes are missing, so that its files would begin before it does."""
    return whole[:40] + whole[58:]


@pytest.mark.parametrize("damage", [without_a_name, before_the_beginning])
def test_a_zip_whose_directory_lies_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = zipped(tmp_path / "a")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InvalidParams, match="cannot be read"):
        run(path, tmp_path / "into")


def test_a_tar_of_damaged_bz2_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.bz2"
    with tarfile.open(path, "w:bz2") as archive:
        member = tarfile.TarInfo("config.json")
        member.size = 2
        archive.addfile(member, io.BytesIO(b"{}"))
    whole = path.read_bytes()
    path.write_bytes(whole[:20] + b"\xff" * 20 + whole[40:])
    with pytest.raises(InvalidParams, match="cannot be read"):
        run(path, tmp_path / "into")


@pytest.mark.parametrize(
    ("known", "says"),
    [
        (FileFact(3), "2 bytes instead of 3"),
        (FileFact(None, checksums=("0" * 64,)), "SHA-256 is [0-9a-f]{64} instead of 0000"),
    ],
)
def test_a_file_that_is_not_the_known_one_is_refused(tmp_path: Path, known: FileFact, says: str) -> None:
    with pytest.raises(ModelUnavailable, match=says) as caught:
        run(folder_at(tmp_path / "source"), tmp_path / "into", **{"config.json": known})
    assert (caught.value.data["reason"], caught.value.data["files"]) == ("checksum", ["config.json"])


def test_missing_files_are_named(tmp_path: Path) -> None:
    (folder_at(tmp_path / "source") / "deep" / "model.bin").unlink()
    with pytest.raises(ModelUnavailable, match=r"deep/model\.bin is missing") as caught:
        run(tmp_path / "source", tmp_path / "into")
    assert caught.value.data["reason"] == "incomplete"


def test_a_folder_of_everything_is_not_searched_through(tmp_path: Path) -> None:
    for number in range(MOST_MEMBERS + 1):
        (tmp_path / f"{number}").touch()
    (tmp_path / "in").mkdir()
    with pytest.raises(InvalidParams, match="the model's own folder"):
        run(tmp_path, tmp_path / "in" / "to")


def test_a_disk_without_room_is_told_before_the_first_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=1_000))
    with pytest.raises(StorageError, match="make room"):
        run(folder_at(tmp_path / "source"), tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


def test_a_cancel_is_heeded(tmp_path: Path) -> None:
    control = OperationControl(lambda news: None)
    control.cancel()
    with pytest.raises(Cancelled):
        run(folder_at(tmp_path / "source"), tmp_path / "into", control)
    assert is_doubtful(tmp_path / "into") or not (tmp_path / "into" / ".voicebox.json").exists()
