"""Our bundles: a zip of stored files with a manifest that names each one, its size and its SHA-256.

This is the one place where a bundle is written, and the one where somebody else's is opened. Nothing in a bundle is
compressed, so nothing in it can swell; every byte of the archive belongs to a file that the manifest names, so
nothing can hide, overlap or be left over; names are plain lower-case ASCII, so no two can mean one file; and no name
of an archive ever becomes a path before its caller has matched it against the names that it expects.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO, Generic, TypeVar
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from pydantic import BaseModel, ConfigDict, FailFast, Field, StringConstraints, ValidationError
from pydantic_core import from_json

from sidecar.durable import Growth, publish
from sidecar.errors import InvalidParams, NotFound, Unsupported
from sidecar.operating_system import sync
from sidecar.store.zip_layout import LayoutFault, open_plain_zip

MANIFEST = "manifest.json"
BLOCK_BYTES = 1 << 20
# The first versions kept the ending of a recording as they found it, which may be .WAV.
_NAME = r"^[a-z0-9_-]+(\.[a-z0-9_-]+)*(/[a-z0-9_-]+(\.[a-z0-9_-]+)*)*(\.[A-Za-z0-9]+)?$"
_LONGEST_NAME = 200
_MOST_ITEMS = 1_000_000
"""In one list of a manifest; most formats allow less in all of it."""
_VALUES_A_GROUP = 3
_MOST_FAULTS = 100
_ANY_SHA256 = "0" * 64
_DAMAGE = (BadZipFile, NotImplementedError, ValueError, EOFError, struct.error)
"""What zipfile raises about an archive that is damaged, or made so."""

Moved = Callable[[int], None]
"""Told how many bytes were just written; may raise to stop the work."""


class Form(BaseModel):
    """A part of a manifest: exact types, unknown names refused, no NaN."""

    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, frozen=True, defer_build=True, hide_input_in_errors=True
    )


T = TypeVar("T")
Items = Annotated[list[T], Field(max_length=_MOST_ITEMS), FailFast()]
"""A list in a manifest: bounded, and given up at its first fault, since a fault takes more room than what is right."""
FileName = Annotated[str, StringConstraints(pattern=_NAME, max_length=_LONGEST_NAME)]
Time = Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$")]


class BundledFile(Form):
    """A file as the manifest promises it."""

    name: FileName
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(Form):
    """What every manifest says; the formats say more."""

    format: str
    format_version: int
    program_version: str = Field(max_length=100)
    files: Items[BundledFile]


class _Head(BaseModel):
    """The part of a manifest that even a newer program's has."""

    model_config = ConfigDict(strict=True, defer_build=True)

    format: str
    format_version: int


M = TypeVar("M", bound=Manifest)


@dataclass(frozen=True)
class BundleFormat(Generic[M]):
    """One format of bundle, its manifest's type, and how much is taken from strangers."""

    name: str
    version: int
    manifest: type[M]
    most_files: int
    most_file_bytes: int
    most_manifest_bytes: int
    most_values: int
    """In all of a manifest, and a third as many objects and lists: each takes many times its bytes, and time of all."""

    def excess(self, manifest: bytes) -> str | None:
        """What is too much for anybody to read, if anything is. Marks within texts count: no text has so many."""
        values, groups = manifest.count(b","), manifest.count(b"{") + manifest.count(b"[")
        if values <= self.most_values and groups * _VALUES_A_GROUP <= self.most_values:
            return None
        return f"{values:,} values and {groups:,} objects and lists"


class Bundle(Generic[M]):
    """An opened bundle whose archive and manifest are sound; the files' contents are checked as they are taken out."""

    def __init__(self, manifest: M, archive: ZipFile) -> None:
        self.manifest = manifest
        self._archive = archive

    def extract(self, file: BundledFile, to: Path, moved: Moved) -> None:
        """Write one file to `to`, which must not exist yet, and have it on the disk on return.

        Raises:
            InvalidParams: its contents are not those that the manifest promises. What was written stays: remove it.

        """
        digest = hashlib.sha256()
        with to.open("xb") as out:
            for block in _blocks(self._archive, file.name):
                digest.update(block)
                out.write(block)
                moved(len(block))
            out.flush()
            os.fsync(out.fileno())
        if digest.hexdigest() != file.sha256:
            raise bad_bundle(f"the contents of {file.name} do not have the checksum that its manifest gives")


def write_bundle(
    part: Path,
    target: Path,
    format: BundleFormat[M],
    sources: Sequence[tuple[str, Path]],
    manifest: Callable[[list[BundledFile]], M],
    moved: Moved,
) -> int:
    """Write a bundle to `part` and rename it to `target`, so that it is there whole or not at all; gives its bytes.

    The same files and the same manifest always make the same bytes. The last call of `moved` comes before the rename.

    Raises:
        Unsupported: it would be larger than `open_bundle` takes one of this format for.

    """
    growth = Growth(part)

    def stored(count: int) -> None:
        moved(count)
        growth.by(count)

    try:
        _require_readable(format, sources, manifest, moved)
        with ZipFile(part, "w", ZIP_STORED) as archive:
            files = [_store(archive, name, source, stored) for name, source in sources]
            content = _as_bytes(manifest(files))
            archive.writestr(_entry(MANIFEST, len(content)), content)
        # What takes long comes first, so that the work can be stopped until the moment of the rename.
        sync(part)
        moved(0)
        publish(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


@contextmanager
def open_bundle(path: Path, format: BundleFormat[M]) -> Iterator[Bundle[M]]:
    """Open somebody's bundle, once its archive and its manifest are found to be sound.

    Raises:
        NotFound: there is no such file.
        InvalidParams: it is no bundle of this format, a newer program's, damaged, or made to do harm.

    """
    with _regular_file(path) as file:
        try:
            archive = open_plain_zip(file, format.most_files + 1)
        except LayoutFault as fault:
            raise bad_bundle(str(fault)) from None
        except _DAMAGE as fault:
            raise bad_bundle(f"the archive is damaged: {fault}") from None
        with archive:
            manifest = _read_manifest(archive, format)
            _require_the_files(archive, manifest, format)
            yield Bundle(manifest, archive)


def bad_bundle(reason: str) -> InvalidParams:
    """The refusal of a bundle."""
    return InvalidParams.about(
        "path", f"The bundle cannot be used: {reason}. Nothing was changed; export it again.", type="bad_bundle"
    )


def first_fault(fault: ValidationError) -> str:
    """What a manifest's first mistake is, in a few words."""
    if fault.error_count() > _MOST_FAULTS:
        # The first one is only to be had with all the others, and those may be a million.
        return f"it has {fault.error_count():,} faults"
    first = fault.errors(include_input=False, include_url=False)[0]
    where = ".".join(map(str, first["loc"]))[:_LONGEST_NAME]
    return f"{where}: {first['msg']}" if where else str(first["msg"])


def _regular_file(path: Path) -> BinaryIO:
    """Open without waiting for the other end of what may be a pipe. The open file is what is judged, not its name."""
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InvalidParams.about("path", f"{path} is a folder or a device; give a bundle's file.")
        file = os.fdopen(os.open(path, flags), "rb")
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"There is no file {path}.", resource="file", id=str(path)) from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InvalidParams.about("path", f"{path} is a folder or a device; give a bundle's file.")
    return file


def _read_manifest(archive: ZipFile, format: BundleFormat[M]) -> M:
    if MANIFEST not in archive.NameToInfo:
        raise bad_bundle(f"it has no {MANIFEST}")
    size = archive.getinfo(MANIFEST).file_size
    if size > format.most_manifest_bytes:
        raise bad_bundle(f"its manifest has {size} bytes; {format.most_manifest_bytes} are allowed")
    content = b"".join(_blocks(archive, MANIFEST))
    if excess := format.excess(content):
        raise bad_bundle(f"its manifest has {excess}; {format.most_values:,} and a third of that are allowed")
    try:
        # Validated as Python's objects: of JSON, each field that is missing would copy all that stands where it is not.
        told = from_json(content)
        head = _Head.model_validate(told)
        if head.format != format.name:
            raise bad_bundle(f"it is of the format {head.format[:100]!r}, not {format.name!r}")
        if head.format_version > format.version:
            raise bad_bundle(
                f"a newer program wrote it (format version {head.format_version}; this one knows {format.version}); "
                "install that version first"
            )
        return format.manifest.model_validate(told)
    except ValidationError as fault:
        raise bad_bundle(f"its manifest is wrong ({first_fault(fault)})") from None
    except ValueError as fault:
        raise bad_bundle(f"its manifest is no JSON ({fault})") from None


def _require_the_files(archive: ZipFile, manifest: Manifest, format: BundleFormat[M]) -> None:
    """What the archive holds is what the manifest names, no more and no less."""
    found = {entry.filename: entry.file_size for entry in archive.infolist() if entry.filename != MANIFEST}
    promised = {file.name: file.size_bytes for file in manifest.files}
    # Some disks know no difference between capitals and small letters.
    if len({name.lower() for name in promised}) < len(manifest.files):
        raise bad_bundle("its manifest names a file twice")
    for name in sorted(found.keys() ^ promised.keys()):
        where = "its manifest but not in the archive" if name in promised else "the archive but not in its manifest"
        raise bad_bundle(f"{name[:_LONGEST_NAME]!r} is in {where}")
    for name, size in found.items():
        if size != promised[name]:
            raise bad_bundle(f"{name} has {size} bytes; its manifest promises {promised[name]}")
        if size > format.most_file_bytes:
            raise bad_bundle(f"{name} has {size} bytes; {format.most_file_bytes} are allowed")


def _require_readable(
    format: BundleFormat[M],
    sources: Sequence[tuple[str, Path]],
    manifest: Callable[[list[BundledFile]], M],
    moved: Moved,
) -> None:
    """Raise `Unsupported` for what `open_bundle` would refuse; the manifest is as long whatever the checksums are."""
    _require_at_most(format.most_files, len(sources), "files")
    files = []
    for name, source in sources:
        moved(0)
        size = source.stat().st_size
        _require_at_most(format.most_file_bytes, size, f"bytes of {name}")
        try:
            files.append(BundledFile(name=name, size_bytes=size, sha256=_ANY_SHA256))
        except ValidationError:
            raise Unsupported(
                f"No bundle can hold a file of the name {name[:_LONGEST_NAME]!r}. Export what it belongs to, delete "
                "that, then try again."
            ) from None
    try:
        content = _as_bytes(manifest(files))
    except ValidationError as fault:
        raise Unsupported(f"No bundle can hold this ({first_fault(fault)}).") from None
    _require_at_most(format.most_manifest_bytes, len(content), "bytes that describe its files")
    if excess := format.excess(content):
        raise _too_large(excess, format.most_values)


def _require_at_most(limit: int, count: int, what: str) -> None:
    if count > limit:
        raise _too_large(f"{count} {what}", limit)


def _too_large(what: str, limit: int) -> Unsupported:
    return Unsupported(
        f"The bundle would hold {what}; {limit} are allowed, and it could not be opened again. Delete what is no "
        "longer needed, then try again.",
        limit=limit,
    )


def _as_bytes(manifest: Manifest) -> bytes:
    return manifest.model_dump_json(indent=1).encode()


def _blocks(archive: ZipFile, name: str) -> Iterator[bytes]:
    try:
        with archive.open(name) as source:
            while block := source.read(BLOCK_BYTES):
                yield block
    except _DAMAGE as fault:
        raise bad_bundle(f"{name} is damaged: {fault}") from None


def _store(archive: ZipFile, name: str, source: Path, moved: Moved) -> BundledFile:
    digest, size = hashlib.sha256(), 0
    with source.open("rb") as file, archive.open(_entry(name, os.fstat(file.fileno()).st_size), "w") as out:
        while block := file.read(BLOCK_BYTES):
            digest.update(block)
            out.write(block)
            size += len(block)
            moved(len(block))
    return BundledFile(name=name, size_bytes=size, sha256=digest.hexdigest())


def _entry(name: str, size: int) -> ZipInfo:
    """A stored file without a date, the same on every platform; the size says whether it needs ZIP64."""
    entry = ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.file_size = size
    return entry
