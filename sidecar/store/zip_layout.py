"""Whether a zip is laid out as ours are: stored files one behind the other, the directory behind them, nothing else.

zipfile believes an archive's directory. Here the directory is held against the file itself (APPNOTE.TXT, 4.3 and 4.4,
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT), before zipfile has read more of it than is allowed.
"""

from __future__ import annotations

import os
import stat
import struct
from typing import Any, BinaryIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

_LOCAL = struct.Struct("<4s5H3L2H")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_LONGEST_ENTRY = 400
"""Bytes that an entry of the directory may take on average: 46, a name of at most 200, and ZIP64's 28."""
_UTF8_NAME = 0x800
_IN_ZIP64 = 0xFFFFFFFF


class LayoutFault(Exception):
    """What is wrong with the layout, in a few words."""


def open_plain_zip(file: BinaryIO, most_entries: int) -> ZipFile:
    """Open a zip that is laid out as ours are. Closing it leaves `file` open.

    Raises:
        LayoutFault: it is not, and so was not written by this program, or was changed since.
        BadZipFile, NotImplementedError, ValueError, struct.error: zipfile cannot read it.

    """
    start, entries = _directory(file, most_entries)
    archive = ZipFile(file)
    found = sorted(archive.infolist(), key=lambda entry: entry.header_offset)
    if len(found) != entries or len({entry.orig_filename for entry in found}) != entries:
        raise LayoutFault("two of its files have one name, or its directory miscounts them")
    end = 0
    for entry in found:
        _require_plain(entry)
        if entry.header_offset != end or end >= start:
            raise LayoutFault(f"{_name(entry)} does not begin where the file before it ends")
        end += _length(file, entry)
    if end != start:
        raise LayoutFault("its last file does not end where its directory begins")
    return archive


def _directory(file: BinaryIO, most_entries: int) -> tuple[int, int]:
    """Where the directory begins and how many entries it says that it has; it must reach to the archive's end."""
    size = file.seek(0, os.SEEK_END)
    if size < _END.size:
        raise LayoutFault(f"it has {size} bytes, which is no zip archive")
    end = size - _END.size
    signature, *_, entries, length, start, comment = _read(file, end, _END)
    if signature != b"PK\5\6" or comment:
        raise LayoutFault("it is no zip archive, is cut off, or something follows its end")
    if _has_zip64(file, end):
        end -= _LOCATOR_64.size + _END_64.size
        signature, *_, entries, length, start = _read(file, end, _END_64)
        if signature != b"PK\6\6":
            raise LayoutFault("its directory is damaged")
    if entries > most_entries or length > most_entries * _LONGEST_ENTRY:
        raise LayoutFault(f"it has {entries} files in a directory of {length} bytes; {most_entries} are allowed")
    if start + length != end:
        raise LayoutFault("its directory is not at its end")
    return start, entries


def _has_zip64(file: BinaryIO, end: int) -> bool:
    before = end - _LOCATOR_64.size
    return before >= _END_64.size and _read(file, before, _LOCATOR_64)[0] == b"PK\6\7"


def _require_plain(entry: ZipInfo) -> None:
    if not entry.filename or entry.orig_filename != entry.filename:
        raise LayoutFault(f"{_name(entry)} is no name that a bundle's file may have")
    if entry.flag_bits & ~_UTF8_NAME:
        raise LayoutFault(f"{_name(entry)} is encrypted or was written in a way that bundles are not")
    if entry.compress_type != ZIP_STORED or entry.compress_size != entry.file_size:
        raise LayoutFault(f"{_name(entry)} is compressed; a bundle's files never are")
    if stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG) or entry.is_dir():
        raise LayoutFault(f"{_name(entry)} is a link, a folder or a device; only files are allowed")


def _length(file: BinaryIO, entry: ZipInfo) -> int:
    """What an entry takes of the file, if its own header says what the directory says of it."""
    header = _read(file, entry.header_offset, _LOCAL)
    signature, _, flags, method, _, _, crc, compressed, plain, name_length, extra_length = header
    if signature != b"PK\3\4":
        raise BadZipFile(f"{_name(entry)} has no header")
    same = (flags, method, crc) == (entry.flag_bits, entry.compress_type, entry.CRC)
    if not same or any(said not in (entry.file_size, _IN_ZIP64) for said in (compressed, plain)):
        raise LayoutFault(f"the header of {_name(entry)} contradicts the directory")
    return _LOCAL.size + int(name_length) + int(extra_length) + entry.file_size


def _read(file: BinaryIO, at: int, form: struct.Struct) -> tuple[Any, ...]:
    file.seek(at)
    return form.unpack(file.read(form.size))


def _name(entry: ZipInfo) -> str:
    return repr(entry.orig_filename[:100])
