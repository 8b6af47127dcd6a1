"""The layers of the house, as `.importlinter` draws them, and what the sidecar process really loads."""

from __future__ import annotations

import ast
import configparser
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
CONTRACTS = REPOSITORY / ".importlinter"
OPERATING_SYSTEM = Path("sidecar/operating_system.py")
TELLS_THE_SYSTEM = {"sys.platform", "os.name", "os.uname", "platform.system"}
OF_ONE_SYSTEM = {"ctypes", "fcntl", "msvcrt", "pwd", "readline", "resource", "winreg"}


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


def test_one_module_alone_knows_what_operating_system_this_is() -> None:
    knowing = {
        path.relative_to(REPOSITORY)
        for path in (REPOSITORY / "sidecar").rglob("*.py")
        if any(asks_for_the_system(node) for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    }
    assert knowing == {OPERATING_SYSTEM}


def asks_for_the_system(node: ast.AST) -> bool:
    """Whether this piece of a program depends on the operating system."""
    if isinstance(node, ast.Import):
        return bool(OF_ONE_SYSTEM & {name.name for name in node.names})
    if isinstance(node, ast.ImportFrom):
        names = {f"{node.module}.{name.name}" for name in node.names}
        return node.module in OF_ONE_SYSTEM or bool(TELLS_THE_SYSTEM & names)
    return isinstance(node, ast.Attribute) and ast.unparse(node) in TELLS_THE_SYSTEM
