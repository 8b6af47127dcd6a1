"""Puts a bundle where Tauri takes it from, under a name without the target triple, and on macOS signs it.

    python3 build/tauri/stage.py dist/cpu/voicebox-sidecar-TRIPLE path/to/src-tauri [--identity "Developer ID …"]

The result is src-tauri/sidecar/voicebox-sidecar[.exe] with its `_internal`. Tauri follows symbolic links when it copies
resources (tauri#13219), so they are followed here, before anything is signed. The README beside this says the rest.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROGRAM = "voicebox-sidecar"
ENTITLEMENTS = Path(__file__).parent / "src-tauri" / "entitlements.plist"
MACH_O = {bytes.fromhex(magic) for magic in ("cffaedfe", "cefaedfe", "feedfacf", "feedface", "cafebabe", "cafebabf")}
"""What a Mach-O file begins with, thin or fat, in either order of bytes (mach-o/loader.h, mach-o/fat.h)."""
JAVA_CLASS_FROM = 45
"""Java's class files begin like fat ones, followed by a version where those have a small number of architectures."""


def main() -> None:
    """Copy, and sign if an identity is named; `-` signs ad hoc, which is enough on one's own machine."""
    arguments = _arguments()
    program = stage(arguments.bundle, arguments.src_tauri / "sidecar")
    if arguments.identity:
        for command in signing(program, arguments.identity):
            subprocess.run(command, check=True)
        subprocess.run(["codesign", "--verify", "--strict", "--verbose=2", program], check=True)
    print(program)


def stage(bundle: Path, target: Path) -> Path:
    """Copy a bundle over what is at `target`, links followed; gives the program in it."""
    suffix = ".exe" if (bundle / f"{bundle.name}.exe").is_file() else ""
    if not (bundle / f"{bundle.name}{suffix}").is_file():
        raise SystemExit(f"{bundle} holds no program called {bundle.name}; name a folder that build/freeze has made.")
    shutil.rmtree(target, ignore_errors=True)
    # A framework whose links are followed is no valid one to codesign; its library lies beside it by its own name.
    shutil.copytree(bundle, target, ignore=shutil.ignore_patterns("*.framework"))
    return (target / f"{bundle.name}{suffix}").rename(target / f"{PROGRAM}{suffix}")


def signing(program: Path, identity: str) -> Iterator[list[str | Path]]:
    """The commands that sign every Mach-O file of a staged bundle: libraries first, the program last.

    Apple's notary service wants a Developer ID, the hardened runtime and a secure timestamp on each of them;
    entitlements belong to executables alone.
    """
    command: list[str | Path] = ["codesign", "--force", "--options", "runtime", "--sign", identity]
    command += ["--timestamp"] if identity != "-" else ["--timestamp=none"]
    for library in sorted(path for path in program.parent.rglob("*") if path != program and is_mach_o(path)):
        yield [*command, library]
    yield [*command, "--entitlements", ENTITLEMENTS, program]


def is_mach_o(path: Path) -> bool:
    """Whether this is a program, library or object of macOS, whatever its name."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(8)
    fat = start[:4] == bytes.fromhex("cafebabe")
    return start[:4] in MACH_O and not (fat and int.from_bytes(start[4:]) >= JAVA_CLASS_FROM)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="build/tauri/stage.py", description="Put a bundle into a Tauri app.")
    parser.add_argument("bundle", type=Path, help="the folder that build/freeze has made")
    parser.add_argument("src_tauri", type=Path, help="the app's src-tauri")
    parser.add_argument("--identity", help="on macOS: whom to sign as; - signs ad hoc")
    arguments = parser.parse_args()
    if arguments.identity and sys.platform != "darwin":
        parser.error("codesign is only on macOS")
    return arguments


if __name__ == "__main__":
    main()
