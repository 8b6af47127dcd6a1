"""The layers of the house, as `.importlinter` draws them, and what the sidecar process really loads."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
CONTRACTS = REPOSITORY / ".importlinter"


def run(program: str) -> str:
    """What a fresh Python says; that of the tests has loaded everything, and import-linter turns its logging off."""
    command = [sys.executable, "-c", program]
    finished = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def heavy_modules() -> set[str]:
    """What `.importlinter` forbids the sidecar process to import, written out for `sys.modules`."""
    contracts = configparser.ConfigParser()
    contracts.read(CONTRACTS)
    return {name for name in contracts["importlinter:light"]["forbidden_modules"].split() if "*" not in name}


def test_every_import_keeps_to_the_layers() -> None:
    assert "0 broken" in run("from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))")


def test_the_sidecar_process_loads_nothing_heavy() -> None:
    loaded = run("import sys, sidecar.run; print(*sys.modules)").split()
    assert "sidecar.services.speech.generation" in loaded
    assert heavy_modules() & set(loaded) == set()
    assert not [name for name in loaded if name.startswith("sidecar.engines.") and name.endswith(".adapter")]
