"""Taking a model from a folder or an archive on the disk: only the files that it is known to have, and proven."""

from __future__ import annotations

import errno
import gzip
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sidecar.engines.base import Control
from sidecar.engines.model_files import BLOCK_BYTES, FileFact, from_json, promise, prove, receipt_fact
from sidecar.engines.worker.loop import Operation
from sidecar.errors import InvalidParams, ModelUnavailable, StorageError

MOST_MEMBERS = 1_000
SPARE_BYTES = 64 << 20
"""Disk space that is left free."""
UNREADABLE = (
    *(tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError),
    *(EOFError, NotImplementedError, ValueError, RuntimeError, IndexError, OverflowError),
)
"""What the libraries raise about an archive that is damaged, encrypted, or made to mislead."""
NO_DISK_FAULTS = (None, errno.EINVAL)
"""An `OSError` with one of these numbers is the archive's fault: bz2's own, or a place before the file's beginning."""

Sizes = dict[str, int]
Open = Callable[[str], IO[bytes]]
Contents = tuple[Sizes, Open]
"""The sizes in bytes of an archive's files by name, and how to read one."""


def take(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{model, path, into, files, limit_bytes}` → `{bytes}`; the model is then in `into`, with a receipt.

    `files` are facts as `model_files.to_json` tells them. Nothing but those files is taken, under their names, and so
    nothing can be written anywhere else. They may lie in one folder of the archive or of the given folder.

    Raises:
        InvalidParams: the archive is no archive, or one that is made to do harm.
        ModelUnavailable: a file is missing, or not the known one; `data.reason`.
        StorageError: there is not enough room.

    """
    path, into = Path(params["path"]), Path(params["into"])
    wanted = from_json(params["files"])
    with _contents(path, params["limit_bytes"]) as (sizes, open_file):
        prefix = _prefix(params["model"], list(sizes), list(wanted))
        total = sum(sizes[prefix + name] for name in wanted)
        _require_sizes(params["model"], {name: sizes[prefix + name] for name in wanted}, wanted)
        _require_space(into.parent, total)
        done = 0
        facts = {}
        for name, fact in wanted.items():
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with open_file(prefix + name) as source, target.open("wb") as copy:
                while block := source.read(BLOCK_BYTES):
                    control.check()
                    copy.write(block)
                    done += len(block)
                    control.progress("copying", done, total, "bytes")
            facts[name] = _proven(params["model"], name, receipt_fact(target), fact)
    promise(into, facts)
    prove(into)
    return {"bytes": total}


OPERATIONS: dict[str, Operation] = {"install.take": take}


@contextmanager
def _contents(path: Path, limit_bytes: int) -> Iterator[Contents]:
    """What a folder or an archive holds. Raises `InvalidParams` if that is not to be trusted."""
    if path.is_dir():
        yield _in_folder(path)
        return
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield _in_zip(archive, limit_bytes)
        else:
            with tarfile.TarFile.open(path) as archive_tar:
                yield _in_tar(archive_tar, limit_bytes)
    except UNREADABLE as fault:
        raise _unreadable(path, fault) from fault
    except OSError as fault:
        if fault.errno in NO_DISK_FAULTS:
            raise _unreadable(path, fault) from fault
        raise


def _in_folder(folder: Path) -> Contents:
    found = list(islice(filter(Path.is_file, folder.rglob("*")), MOST_MEMBERS + 1))
    if len(found) > MOST_MEMBERS:
        raise InvalidParams.about(
            "path", f"{folder} holds more than {MOST_MEMBERS} files; name the model's own folder."
        )
    files = {path.relative_to(folder).as_posix(): path for path in found}
    return {name: path.stat().st_size for name, path in files.items()}, lambda name: files[name].open("rb")


def _in_zip(archive: zipfile.ZipFile, limit_bytes: int) -> Contents:
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise _bad(f"{member.filename!r} is a link or a device")
        if member.flag_bits & 1:
            raise _bad(f"{member.filename!r} is encrypted")
    sizes = _trusted([(member.filename, member.file_size) for member in members], limit_bytes)
    return sizes, archive.open


def _in_tar(archive: tarfile.TarFile, limit_bytes: int) -> Contents:
    members: list[tuple[str, int]] = []
    for member in archive:
        if not (member.isfile() or member.isdir()):
            raise _bad(f"{member.name!r} is a link or a device")
        members += [(member.name, member.size)] if member.isfile() else []
        _trusted(members, limit_bytes)
    sizes = _trusted(members, limit_bytes)

    def open_member(name: str) -> IO[bytes]:
        file = archive.extractfile(name)
        assert file is not None
        return file

    return sizes, open_member


def _trusted(members: list[tuple[str, int]], limit_bytes: int) -> Sizes:
    """The members by name, if no name leads elsewhere, none is there twice, and all together are of a sane size."""
    if len(members) > MOST_MEMBERS:
        raise _bad(f"it holds more than {MOST_MEMBERS} files")
    for name, _ in members:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
            raise _bad(f"{name!r} would lie outside of the model's folder")
    if len({name.casefold() for name, _ in members}) < len(members):
        raise _bad("it holds two files of one name")
    total = sum(size for _, size in members)
    if total > limit_bytes:
        raise _bad(f"it unpacks to {total >> 20} MB, more than the {limit_bytes >> 20} MB that this model can take")
    return dict(members)


def _prefix(model: str, names: list[str], wanted: list[str]) -> str:
    """The folder in which all that is wanted lies, with its slash; empty if that is the top."""
    prefixes = {name.removesuffix(wanted[0]) for name in names if name == wanted[0] or name.endswith(f"/{wanted[0]}")}
    missing = {prefix: [name for name in wanted if prefix + name not in names] for prefix in prefixes}
    best = min(missing, key=lambda prefix: (len(missing[prefix]), len(prefix)), default=None)
    lacking = wanted if best is None else missing[best]
    if best is None or lacking:
        raise ModelUnavailable(
            f"{model} cannot be installed from there: {', '.join(lacking)} is missing.",
            model=model,
            reason="incomplete",
            files=lacking,
        )
    return best


def _require_sizes(model: str, sizes: Sizes, wanted: dict[str, FileFact]) -> None:
    """Say that a file is another one before gigabytes of it are copied."""
    for name, size in sizes.items():
        expected = wanted[name].size
        if expected not in (None, size) or not size:
            raise _wrong(model, name, f"it has {size} bytes" + (f" instead of {expected}" if expected else ""))


def _require_space(folder: Path, total: int) -> None:
    free = shutil.disk_usage(folder).free
    if total + SPARE_BYTES > free:
        raise StorageError(
            f"{total + SPARE_BYTES >> 20} MB are needed in {folder}, where {free >> 20} MB are free; make room.",
            reason="disk_full",
            needed_bytes=total + SPARE_BYTES,
            free_bytes=free,
        )


def _proven(model: str, name: str, found: FileFact, known: FileFact) -> FileFact:
    if known.checksums and found.checksums != known.checksums:
        raise _wrong(model, name, f"its SHA-256 is {found.checksums[0]} instead of {known.checksums[0]}")
    return found


def _wrong(model: str, name: str, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"{model} cannot be installed from there: {name} is not the file that it should be, {why}.",
        model=model,
        reason="checksum",
        files=[name],
    )


def _unreadable(path: Path, fault: Exception) -> InvalidParams:
    return _bad(f"{path.name} cannot be read as a zip or tar archive ({fault})")


def _bad(why: str) -> InvalidParams:
    return InvalidParams.about("path", f"The archive is refused: {why}.")
