"""Makes the project's own environment in `.venv`, with the extras that are named.

    python3 build/setup.py [EXTRA ...]

Needs Python 3.11 or newer and nothing else. A second run with the same `pyproject.toml` does nothing and needs no
network; other scripts call `ensure` and then go on inside the environment.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
ENVIRONMENT = REPOSITORY / ".venv"
STAMP = ENVIRONMENT / "installed"
OLDEST = (3, 11)
TORCH = "torch==2.13.0"
# Its own dependencies (gradio, librosa, sox, torchaudio …) serve parts of it that this product never runs.
QWEN = "qwen-tts==0.1.1"


def ensure(extras: Sequence[str]) -> Path:
    """Make sure that the environment has these extras; gives its Python."""
    if sys.version_info < OLDEST:
        raise SystemExit(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}.")
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    recipe = hashlib.sha256((REPOSITORY / "pyproject.toml").read_bytes()).hexdigest()
    installed = STAMP.read_text().split() if STAMP.exists() else []
    if python.exists() and installed[:1] == [recipe] and set(extras) <= set(installed[1:]):
        return python
    wanted = sorted({*installed[1:], *extras})
    if not python.exists():
        print(f"Making {ENVIRONMENT} …", flush=True)
        venv.create(ENVIRONMENT, with_pip=True)
    print(f"Installing the project with {', '.join(wanted) or 'no extras'} …", flush=True)
    project = f"{REPOSITORY}[{','.join(wanted)}]"
    if "qwen" in wanted:
        # First and alone: asked for by its exact version, a processor's build is taken where there is one.
        _install(python, TORCH)
    _install(python, "--editable", project)
    if "qwen" in wanted:
        _install(python, "--no-deps", QWEN)
    STAMP.write_text(" ".join([recipe, *wanted]))
    return python


def _install(python: Path, *arguments: str) -> None:
    subprocess.run([python, "-m", "pip", "install", "-qq", *arguments], check=True)


def run_inside(extras: Sequence[str], script: Path) -> None:
    """Go on with `script` inside the environment, unless that is where this is; its exit code ends the process."""
    python = ensure(extras)
    if Path(sys.prefix) != ENVIRONMENT:
        raise SystemExit(subprocess.run([python, script, *sys.argv[1:]]).returncode)


if __name__ == "__main__":
    ensure(sys.argv[1:])
