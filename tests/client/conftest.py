"""The client in `build/client`: its compiler, and what it compiles to."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLIENT = ROOT / "build" / "client"

Compile = Callable[..., subprocess.CompletedProcess[str]]
RunNode = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def node() -> str:
    """The program that runs JavaScript."""
    program = shutil.which("node")
    if program is None:
        pytest.fail("node is not on the PATH: install Node 20 or newer", pytrace=False)
    return program


@pytest.fixture(scope="session")
def compile_typescript(node: str) -> Compile:
    """Runs `tsc` with the client's own settings."""
    compiler = CLIENT / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.is_file():
        pytest.fail(f"there is no compiler in {CLIENT}; run `python3 build/client.py --install` once", pytrace=False)

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([node, compiler, *arguments], cwd=CLIENT, text=True, capture_output=True)

    return run


@pytest.fixture(scope="session")
def run_node_tests(node: str, compile_typescript: Compile, tmp_path_factory: pytest.TempPathFactory) -> RunNode:
    """Runs one of the client's own test files, compiled, against the sidecar of this environment."""
    compiled = compile_typescript()
    if compiled.returncode:
        pytest.fail(compiled.stdout, pytrace=False)

    def run(name: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
        limit = f"--test-timeout={timeout_s * 1000:.0f}"
        command = [node, "--test", "--test-reporter=spec", limit, str(CLIENT / "dist" / "tests" / f"{name}.test.js")]
        environment = {"VOICEBOX_TEST_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command, env=os.environ | environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    return run
