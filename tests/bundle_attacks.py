"""Bundles that were made to do harm, or were damaged: each made of the files of a good one."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

Files = dict[str, bytes]
Attack = Callable[[Files], bytes]
MANIFEST = "manifest.json"
SAMPLE = "samples/0000.wav"


def unpacked(path: Path) -> Files:
    """The files of a bundle."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: Files, change: Callable[[zipfile.ZipInfo], None] = lambda entry: None) -> bytes:
    """A zip of these files; `change` may alter the header of each but the manifest's."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name)
            if name != MANIFEST:
                change(entry)
            archive.writestr(entry, content)
    return out.getvalue()


def told(files: Files, /, **changes: Any) -> Files:
    """The files with a manifest that is true to them, but for the changes."""
    manifest = json.loads(files[MANIFEST])
    manifest["files"] = [
        {"name": name, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
        if name != MANIFEST
    ]
    return files | {MANIFEST: json.dumps(manifest | changes).encode()}


def renamed(files: Files, name: str) -> Files:
    """The sample under another name, in the manifest too."""
    content = files[MANIFEST].replace(json.dumps(SAMPLE).encode(), json.dumps(name).encode())
    return {name: files[SAMPLE], MANIFEST: content} | {
        other: content for other, content in files.items() if other not in (SAMPLE, MANIFEST)
    }


def with_sample(files: Files, content: bytes) -> bytes:
    """Another content for the sample, with the right size and checksum."""
    return packed(told(files | {SAMPLE: content}))


def with_profile(files: Files, **changes: Any) -> bytes:
    """Other fields of the profile."""
    return packed(told(files, profile=json.loads(files[MANIFEST])["profile"] | changes))


def first_sample(files: Files, **changes: Any) -> bytes:
    """Other fields of the first sample."""
    first, *others = json.loads(files[MANIFEST])["samples"]
    return packed(told(files, samples=[first | changes, *others]))


def patched(data: bytes, signature: bytes, offset: int, value: bytes) -> bytes:
    """Bytes overwritten at an offset in the first record with this signature."""
    at = data.index(signature) + offset
    return data[:at] + value + data[at + len(value) :]


def of_mode(mode: int) -> Attack:
    """The sample as what is no file to Unix."""

    def attack(files: Files) -> bytes:
        def change(entry: zipfile.ZipInfo) -> None:
            entry.create_system, entry.external_attr = 3, (mode | 0o777) << 16

        return packed(files, change)

    return attack


def compressed(method: int) -> Attack:
    """The sample as ten million zeros, which compress well."""

    def attack(files: Files) -> bytes:
        def change(entry: zipfile.ZipInfo) -> None:
            entry.compress_type = method

        return packed(told(files | {SAMPLE: bytes(10_000_000)}), change)

    return attack


def overlapping(files: Files) -> bytes:
    """A second entry of the directory, whose contents are those of the first."""
    data = packed(files | {"samples/0001.wav": files[SAMPLE]})
    entry = data.rindex(b"PK\1\2")
    first = data.index(b"PK\3\4")
    return data[: entry + 42] + struct.pack("<L", first) + data[entry + 46 :]


def twice(files: Files) -> bytes:
    """The sample's name for two files."""
    data = packed(files | {"samples/twin.wav": b"other"})
    return data.replace(b"samples/twin.wav", SAMPLE.encode())


def recording(rate: int, channels: int = 1) -> bytes:
    """Five seconds of noise as a WAV."""
    out = io.BytesIO()
    noise = np.random.default_rng(1).normal(0, 0.1, (5 * rate, channels))
    soundfile.write(out, noise, rate, "PCM_16", format="WAV")
    return out.getvalue()


ARCHIVES: dict[str, Attack] = {
    "a name that climbs out": lambda files: packed(renamed(files, "../evil.wav")),
    "a name that climbs out from within": lambda files: packed(renamed(files, "samples/../../evil.wav")),
    "an absolute name": lambda files: packed(renamed(files, "/tmp/evil.wav")),
    "a drive letter": lambda files: packed(renamed(files, "c:/evil.wav")),
    "backslashes": lambda files: packed(renamed(files, "samples\\evil.wav")),
    "a name with a null": lambda files: packed(files).replace(SAMPLE.encode(), b"samples/0000.w\0v"),
    "a name that is not ASCII": lambda files: packed(renamed(files, "samples/ö.wav")),
    "a name that is not UTF-8": lambda files: packed(renamed(files, "samples/ö.wav")).replace(
        b"/\xc3\xb6", b"/\xc3\xff"
    ),
    "no name": lambda files: packed({"": b"other"} | files),
    "an endless name": lambda files: packed(renamed(files, "a" * 60_000)),
    "a symbolic link": of_mode(stat.S_IFLNK),
    "a pipe": of_mode(stat.S_IFIFO),
    "a device": of_mode(stat.S_IFCHR),
    "a folder by its mode": of_mode(stat.S_IFDIR),
    "a folder": lambda files: packed({"samples/": b""} | files),
    "one name twice": twice,
    "names that differ in case": lambda files: packed(told(files | {"samples/0000.WAV": b"other"})),
    "a file that the manifest does not name": lambda files: packed(files | {"samples/more.wav": b"other"}),
    "a file that has no place": lambda files: packed(told(files | {"samples/more.wav": b"other"})),
    "a file that is not there": lambda files: packed({MANIFEST: files[MANIFEST]}),
    "a file that the manifest names twice": lambda files: packed(
        told(files, files=json.loads(told(files)[MANIFEST])["files"] * 2)
    ),
    "a wrong checksum": lambda files: packed(files | {SAMPLE: files[SAMPLE][:-1] + b"!"}),
    "a wrong size": lambda files: packed(files | {SAMPLE: files[SAMPLE] + b"!"}),
    "a bomb": compressed(zipfile.ZIP_DEFLATED),
    "a bomb of another make": compressed(zipfile.ZIP_LZMA),
    "an unknown compression": lambda files: patched(packed(files), b"PK\1\2", 10, b"\x63\0"),
    "too many files": lambda files: packed(told(files | {f"samples/{n}.wav": b"" for n in range(2_000)})),
    "a directory that miscounts": lambda files: patched(packed(files), b"PK\5\6", 8, b"\1\0\1\0"),
    "a directory of another length": lambda files: patched(packed(files), b"PK\5\6", 12, b"\xff\xff\xff\x7f"),
    "a directory elsewhere": lambda files: patched(packed(files), b"PK\5\6", 16, b"\1\0\0\0"),
    "files that overlap": overlapping,
    "a size that lies in the file's header": lambda files: patched(packed(files), b"PK\3\4", 18, b"\1\0\0\0\1\0\0\0"),
    "a size that lies in the directory": lambda files: patched(packed(files), b"PK\1\2", 20, b"\xff\0\0\0\xff\0\0\0"),
    "an endless size": lambda files: patched(packed(files), b"PK\1\2", 20, b"\xfe\xff\xff\xff\xfe\xff\xff\xff"),
    "an encrypted file": lambda files: patched(packed(files), b"PK\1\2", 8, b"\1\0"),
    "a file of unknown length": lambda files: patched(packed(files), b"PK\3\4", 6, b"\x08\0"),
    "a contradicting checksum": lambda files: patched(packed(files), b"PK\3\4", 14, b"\0\0\0\0"),
    "something before it": lambda files: b"#!/bin/sh\n" + packed(files),
    "something behind it": lambda files: packed(files) + b"more",
    "an archive that is cut off": lambda files: packed(files)[:-100],
    "the first half": lambda files: packed(files)[: len(packed(files)) // 2],
    "nothing": lambda files: b"",
    "a letter": lambda files: b"This is a letter to my grandmother." * 100,
    "a recording": lambda files: files[SAMPLE],
    "no manifest": lambda files: packed({SAMPLE: files[SAMPLE]}),
    "an empty archive": lambda files: packed({}),
}
"""What is wrong with the archive itself."""

MANIFESTS: dict[str, Attack] = {
    "a newer version": lambda files: packed(told(files, format_version=2, poem="new")),
    "another format": lambda files: packed(told(files, format="voicebox-library")),
    "a huge manifest": lambda files: packed(files | {MANIFEST: files[MANIFEST] + b" " * (9 << 20)}),
    "deep JSON": lambda files: packed(files | {MANIFEST: b"[" * 100_000 + b"]" * 100_000}),
    "deep JSON in a field": lambda files: packed(
        files | {MANIFEST: files[MANIFEST][:-1] + b', "x": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}"}
    ),
    "an endless list": lambda files: packed(told(files, prompts=["a"] * 300_000)),
    "an endless list of what is wrong": lambda files: packed(told(files, prompts=[0] * 300_000)),
    "more values than a manifest has": lambda files: packed(files | {MANIFEST: b"[" + b"0," * 3_000_000 + b"0]"}),
    "more objects than a manifest has": lambda files: packed(files | {MANIFEST: b"[" + b"{}," * 600_000 + b"0]"}),
    "a hundred thousand unknown fields": lambda files: packed(told(files, **{f"x{n}": 0 for n in range(100_000)})),
    "no JSON": lambda files: packed(files | {MANIFEST: b"profile: Ada"}),
    "a list": lambda files: packed(files | {MANIFEST: b"[1, 2]"}),
    "JSON that is not UTF-8": lambda files: packed(files | {MANIFEST: b'{"format": "\xff"}'}),
    "NaN": lambda files: first_sample(files, duration_s=float("nan")),
    "an infinite level": lambda files: first_sample(
        files, metrics=json.loads(files[MANIFEST])["samples"][0]["metrics"] | {"rms_db": float("inf")}
    ),
    "an unknown field": lambda files: packed(told(files, poem="new")),
    "a number as a name": lambda files: with_profile(files, name=5),
    "a name of two lines": lambda files: with_profile(files, name="Ada\nGrace"),
    "an endless description": lambda files: with_profile(files, description="x" * 3_000),
    "an id that is a path": lambda files: with_profile(files, id="../../evil"),
    "an unknown kind of voice": lambda files: with_profile(files, voice={"kind": "stolen"}),
    "an unknown effect": lambda files: with_profile(files, default_effects=[{"type": "explode", "params": {}}]),
    "a sample that is a file of this machine": lambda files: first_sample(files, file="/etc/passwd"),
    "a negative length": lambda files: first_sample(files, duration_s=-1.0),
    "a picture that is a program": lambda files: packed(told(files | {"avatar.exe": b"MZ"}, avatar="avatar.exe")),
    "a picture that is too large": lambda files: packed(
        told(files | {"avatar.png": bytes(11 << 20)}, avatar="avatar.png")
    ),
}
"""What is wrong with what the manifest says."""

SOUNDS: dict[str, Attack] = {
    "a text as a sample": lambda files: with_sample(files, b"This is no sound." * 1_000),
    "an archive as a sample": lambda files: with_sample(files, packed(files)),
    "an empty sample": lambda files: with_sample(files, b""),
    "a sample of another rate": lambda files: with_sample(files, recording(44_100)),
    "a sample in stereo": lambda files: with_sample(files, recording(24_000, channels=2)),
    "a sample of another length": lambda files: first_sample(files, duration_s=59.0),
    "a sample that is cut off": lambda files: with_sample(files, files[SAMPLE][:60_000]),
    "a header and nothing else": lambda files: with_sample(files, files[SAMPLE][:44]),
}
"""What is wrong with the audio."""
