"""The Rust that keeps the process for an app: compiled, and run with the real sidecar."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CRATE = ROOT / "build" / "tauri" / "process"
CARGO = shutil.which("cargo")
TOLD_S = 300.0

pytestmark = pytest.mark.skipif(CARGO is None, reason="cargo is not on the PATH; it comes with Rust")


def cargo(*arguments: str, target: Path) -> subprocess.CompletedProcess[str]:
    """Run cargo without the network: the crate has no dependencies."""
    environment = {"CARGO_TARGET_DIR": str(target), "VOICEBOX_TEST_PYTHON": sys.executable, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [str(CARGO), *arguments, "--offline", "--locked", "--manifest-path", str(CRATE / "Cargo.toml")],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TOLD_S,
    )


@pytest.mark.process
@pytest.mark.skipif(sys.platform == "win32", reason="its tests use `sh` and `kill`")
def test_it_keeps_the_real_sidecar_running_and_ends_it(tmp_path: Path) -> None:
    run = cargo("test", target=tmp_path)
    assert run.returncode == 0, run.stdout


def test_it_is_written_as_rustfmt_writes() -> None:
    sources = [*CRATE.rglob("*.rs"), CRATE.parent / "src-tauri" / "src" / "lib.rs"]
    command = ["rustfmt", "--check", "--edition", "2021", "--config-path", CRATE, *sources]
    formatted = subprocess.run(command, capture_output=True, text=True)
    assert formatted.returncode == 0, formatted.stdout + formatted.stderr
