"""What a folder or an archive of a stranger's holds: nothing that leads elsewhere, and read at bounded memory.

The libraries read as much at once as a header says, and unpack some formats without limit. So only so much of an
archive is read to list it, and it is taken only if it can be unpacked piece by piece.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Self

from sidecar.errors import InvalidParams

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MOST_MEMBERS = 1_000
LISTING_BYTES = 4 << 20
"""What is read of an archive to learn what it holds; a thousand members with an extension header each take half."""
EXTENSIONS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
LONGEST_EXTENSION_BYTES = 64 << 10
"""Of the headers of a tar that tell of the member after them; they hold paths, and tarfile searches in them slowly."""
XZ_MEMORY_BYTES = 256 << 20
"""What unpacking xz may take; its highest preset needs 65 MB, and a header may ask for 4 GB."""
READ_BYTES = 64 << 10
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Of zip; what is packed by another one, zipfile unpacks at once, however much becomes of a few bytes."""
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


@contextmanager
def contents(path: Path, limit_bytes: int) -> Iterator[Contents]:
    """What a folder or an archive holds. Raises `InvalidParams` if that is not to be trusted."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        yield _in_folder(path)
        return
    if not stat.S_ISREG(mode):
        raise InvalidParams.about("path", f"{path} is no ordinary file; give a folder or an archive.")
    try:
        with path.open("rb", buffering=0) as file, _Sparing(file) as packed:
            if zipfile.is_zipfile(packed):
                with zipfile.ZipFile(packed) as archive:
                    listed = _in_zip(archive, limit_bytes)
                    packed.left = None
                    yield listed
            else:
                with (
                    _Sparing(_unpacked(file)) as unpacked,
                    tarfile.TarFile(fileobj=unpacked, tarinfo=_Header) as archive_tar,
                ):
                    listed = _in_tar(archive_tar, limit_bytes)
                    unpacked.left = None
                    yield listed
    except UNREADABLE as fault:
        raise _unreadable(path, fault) from fault
    except OSError as fault:
        if fault.errno in NO_DISK_FAULTS:
            raise _unreadable(path, fault) from fault
        raise


class _Sparing(io.BufferedReader):
    """An archive's bytes, of which no more than `left` are read as long as that is a number."""

    left: int | None = LISTING_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as any file does. Raises `InvalidParams` if the libraries need too much to list what there is."""
        if self.left is None:
            return super().read(size)
        data = super().read(self.left + 1 if size is None or size < 0 else min(size, self.left + 1))
        self.left -= len(data)
        if self.left < 0:
            raise _bad(f"its headers take more than {LISTING_BYTES >> 20} MB")
        return data


class _Header(tarfile.TarInfo):
    """A header of a tar, which is refused before what belongs to it is read."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Read it. Raises `InvalidParams` if too much belongs to it."""
        header = super().frombuf(buf, encoding, errors)
        if header.type in EXTENSIONS and header.size > LONGEST_EXTENSION_BYTES:
            raise _bad(f"one of its headers takes {header.size} bytes")
        return header


class _Xz(io.RawIOBase):
    """What an xz file unpacks to, within `XZ_MEMORY_BYTES`: `lzma.LZMAFile` takes what the header asks for."""

    def __init__(self, file: io.FileIO) -> None:
        self._file = file
        self._decoder = _xz_decoder()
        self._position = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is, though what lies behind is unpacked once more."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Unpack some bytes, none at the end."""
        view = memoryview(buffer).cast("B")
        data = b""
        while view and not data:
            packed = b""
            if self._decoder.eof:
                # Another stream may follow, with zeros before it.
                packed = self._decoder.unused_data.lstrip(b"\0") or self._file.read(READ_BYTES).lstrip(b"\0")
                if not packed:
                    break
                self._decoder = _xz_decoder()
            elif self._decoder.needs_input:
                packed = self._file.read(READ_BYTES)
                if not packed:
                    raise EOFError("it ends too early")
            data = self._decoder.decompress(packed, len(view))
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place, at most to the end; from there nothing is counted, as it is not known."""
        if whence == os.SEEK_END:
            raise io.UnsupportedOperation("the end is not known")
        target = offset + (self._position if whence == os.SEEK_CUR else 0)
        if target < self._position:
            self._file.seek(0)
            self._decoder, self._position = _xz_decoder(), 0
        while self._position < target and self.read(min(READ_BYTES, target - self._position)):
            pass
        return self._position


def _xz_decoder() -> lzma.LZMADecompressor:
    return lzma.LZMADecompressor(lzma.FORMAT_XZ, XZ_MEMORY_BYTES)


UNPACKERS: tuple[tuple[bytes, Callable[[io.FileIO], Any]], ...] = (
    (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", _Xz),
)
"""How a packed file begins, and what unpacks it."""


def _unpacked(file: io.FileIO) -> Any:
    """The tar archive in a file, which may be packed."""
    file.seek(0)
    beginning = file.read(READ_BYTES)
    file.seek(0)
    return next((unpack(file) for magic, unpack in UNPACKERS if beginning.startswith(magic)), file)


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
        if member.compress_type not in METHODS:
            raise _bad(f"{member.filename!r} is packed in a way that is not taken; unpack it and give the folder")
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
    for name, size in members:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
            raise _bad(f"{name!r} would lie outside of the model's folder")
        if size < 0:
            raise _bad(f"{name!r} has a size below zero")
    if len({name.casefold() for name, _ in members}) < len(members):
        raise _bad("it holds two files of one name")
    total = sum(size for _, size in members)
    if total > limit_bytes:
        raise _bad(f"it unpacks to {total >> 20} MB, more than the {limit_bytes >> 20} MB that this model can take")
    return dict(members)


def _unreadable(path: Path, fault: Exception) -> InvalidParams:
    return _bad(f"{path.name} cannot be read as a zip or tar archive ({fault})")


def _bad(why: str) -> InvalidParams:
    return InvalidParams.about("path", f"The archive is refused: {why}.")
