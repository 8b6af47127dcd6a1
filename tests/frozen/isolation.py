"""Where little is granted: prefixes to a command line that take things away from the program. Linux only.

They replace themselves by the program, which so keeps the process number that its starter knows.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.frozen.bundle import Bundle

# A user may make such namespaces only inside one of users, in which that user looks like root.
NAMESPACES = (
    ["--mount", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])] if sys.platform == "linux" else []
)

READ_ONLY = """
{mount} --bind "$0" "$0" && {mount} -o remount,bind,ro "$0" || exit 9
if [ -w "$0" ]; then echo "$0 can be written to" >&2; exit 9; fi
exec "$@"
"""
ROOT_OF_ITS_OWN = """
for device in null urandom; do {mount} --bind "/dev/$device" "$0/dev/$device" || exit 9; done
{mount} --rbind /proc "$0/proc" && exec {chroot} "$0" "$@"
"""


def require_namespaces() -> None:
    """Skip the test where no namespaces can be made."""
    if sys.platform != "linux" or shutil.which("unshare") is None:
        pytest.skip("there are no namespaces, or no `unshare` to make them with")
    tried = subprocess.run(_unshare(":"), capture_output=True, text=True)
    if tried.returncode:
        pytest.skip(f"no namespaces may be made here: {tried.stderr.strip()}")


def read_only_and_without_network(folder: Path) -> list[str]:
    """The program cannot write into this folder, and has no network at all."""
    return [*_unshare(READ_ONLY), str(folder)]


def inside_root(root: Path) -> list[str]:
    """The program sees this folder as `/`, besides it /proc and two devices, and has no network at all."""
    return [*_unshare(ROOT_OF_ITS_OWN), str(root)]


def make_root(root: Path, libraries: list[Path]) -> None:
    """A root folder with these of the system's libraries, an empty /home and /tmp, and nothing else.

    The root's own path, as it is seen from outside, leads to the root inside it too: so a path means the same file on
    either side.
    """
    for library in libraries:
        copy = root / library.relative_to("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, copy)
    for folder in ("dev", "home", "proc", "tmp"):
        (root / folder).mkdir(parents=True)
    for device in ("null", "urandom"):
        (root / "dev" / device).touch()
    itself = root / root.relative_to("/")
    itself.parent.mkdir(parents=True, exist_ok=True)
    itself.symlink_to("/")


def system_libraries(bundle: Bundle) -> list[Path]:
    """The libraries outside a bundle that the program itself and the libraries in it load, as `ldd` finds them."""
    files = [path for path in bundle.folder.rglob("*") if path.is_file() and path != bundle.program]
    # The program finds the bundle's libraries for all but itself, which is loaded before it can do so.
    found = [*_ldd([bundle.program]), *_ldd(filter(_is_elf, files), LD_LIBRARY_PATH=str(bundle.folder / "_internal"))]
    missing = {line.split()[0] for line in found if line.endswith("not found")}
    # What one wheel brings for another of its libraries is found by that one's run path alone.
    assert missing - {path.name for path in files} == set()
    words = {word for line in found for word in line.split()}
    return sorted(Path(word) for word in words if word.startswith("/") and not word.startswith(str(bundle.folder)))


def _ldd(binaries: Iterable[Path], **environment: str) -> list[str]:
    told = subprocess.run(["ldd", *binaries], capture_output=True, text=True, env=os.environ | environment).stdout
    return [line for line in told.splitlines() if line.startswith("\t")]


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _unshare(script: str) -> list[str]:
    tools = {name: shutil.which(name) for name in ("mount", "chroot")}
    return [str(shutil.which("unshare")), *NAMESPACES, "/bin/sh", "-c", script.format(**tools)]
