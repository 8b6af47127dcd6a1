"""The frozen program under test: where it lies, what is in it, and whether it was made from these sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.process.sidecar_process import FROZEN, ROOT

VARIANT = "minimal"
"""The one that is made on the spot: small, quick to make, and with models in it."""
FREEZE = ("build/freeze", "--variant", VARIANT)
SOURCES = ("sidecar", "build/freeze", "sidecar.spec", "pyproject.toml")

Listing = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Bundle:
    """A folder that holds the program and everything that it needs."""

    program: Path

    @property
    def folder(self) -> Path:
        """What an installer takes along."""
        return self.program.parent

    @property
    def variant(self) -> str:
        """Its variant: the folder in `dist` that the bundle lies in is called so."""
        return self.folder.parent.name

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the program to its end; gives what it said."""
        return subprocess.run(
            [self.program, *arguments], capture_output=True, encoding="utf-8", timeout=60, check=False, **options
        )

    def copy_to(self, folder: Path) -> Bundle:
        """The same files in another place, linked where the file system allows it."""
        shutil.copytree(self.folder, folder, symlinks=True, copy_function=_link_or_copy)
        return Bundle(folder / self.program.name)


def find_bundle() -> Bundle:
    """The bundle that `VOICEBOX_FROZEN` names, or else the minimal one, made anew if its sources are newer."""
    if FROZEN:
        return Bundle(Path(FROZEN).absolute())
    found = _made()
    if found is None or found.program.stat().st_mtime < max(path.stat().st_mtime for path in _sources()):
        subprocess.run([sys.executable, *FREEZE], cwd=ROOT, check=True)
        found = _made()
    assert found, f"{' '.join(FREEZE)} made no program"
    return found


def listing(folder: Path) -> Listing:
    """When everything below a folder was last written (ns), and its size; a folder tells even of what came and went."""
    entries = [folder, *folder.rglob("*")]
    return {str(path.relative_to(folder)): (path.lstat().st_mtime_ns, path.lstat().st_size) for path in entries}


def changed(before: Listing, after: Listing) -> set[str]:
    """The paths that are new, gone or written in the second of two listings."""
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def _made() -> Bundle | None:
    suffix = ".exe" if sys.platform == "win32" else ""
    folders = (ROOT / "dist" / VARIANT).glob("voicebox-sidecar-*")
    programs = (folder / f"{folder.name}{suffix}" for folder in folders)
    return next((Bundle(program) for program in programs if program.is_file()), None)


def _sources() -> Iterator[Path]:
    for source in SOURCES:
        path = ROOT / source
        files = [path] if path.is_file() else path.rglob("*")
        yield from (file for file in files if file.is_file() and file.suffix != ".pyc")


def _link_or_copy(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
