from __future__ import annotations

import hashlib
import io
import shutil
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sidecar.engines.model_files import FileFact, is_doubtful, known_facts, to_json
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.install_ops import MOST_MEMBERS, take
from sidecar.errors import Cancelled, InvalidParams, ModelUnavailable, StorageError

FILES = {"config.json": b"{}", "deep/model.bin": b"weights" * 1_000}
LIMIT = 100_000


def run(path: Path, into: Path, control: OperationControl | None = None, **files: FileFact) -> None:
    into.mkdir()
    known = to_json(dict.fromkeys(FILES, FileFact(None)) | files)
    params = {"model": "a-model", "path": str(path), "into": str(into), "files": known, "limit_bytes": LIMIT}
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
@pytest.mark.parametrize("form", ["folder", "zip", "tar", "gztar", "xztar"])
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
