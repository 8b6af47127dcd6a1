"""Makes a bundle smaller without taking anything from it that runs. Linux only; elsewhere it does nothing.

Apple's and Microsoft's libraries keep their symbols for debuggers in files of their own, so there is little to strip.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from variants import STRIPPED, VIDEO_ENCODERS


def slim(inner: Path) -> list[Path]:
    """Strip, empty and unlink in the inner folder of a bundle; gives the libraries that are empty now."""
    if sys.platform != "linux":
        return []
    for tool in ("strip", "cc", "nm"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is not on the PATH; install a compiler and its tools (gcc, binutils).")
    for link in [path for path in inner.iterdir() if path.is_symlink()]:
        # Tauri's bundler would make copies of them. Every library finds its own by the run path that its wheel gave it.
        link.unlink()
    for pattern in STRIPPED:
        for library in inner.glob(pattern):
            subprocess.run(["strip", library], check=True)
    encoders = [library for name in VIDEO_ENCODERS for library in (inner / "av.libs").glob(f"{name}-*.so*")]
    for library in encoders:
        empty(library)
    return encoders


def empty(library: Path) -> None:
    """Replace a library by one that has all its names and does nothing: every function answers 0.

    FFmpeg is linked with it and so needs the names in order to be loaded, but only ever calls it to encode pictures.
    """
    listed = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    names = {line.split()[-1] for line in listed.stdout.splitlines() if line.split()[-1].isidentifier()}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "empty.c"
        source.write_text("".join(f"void *{name}(void) {{ return 0; }}\n" for name in sorted(names)))
        command = ["cc", "-shared", "-Os", "-s", "-fPIC", "-w", f"-Wl,-soname,{library.name}", "-o"]
        subprocess.run([*command, library, source], check=True)
