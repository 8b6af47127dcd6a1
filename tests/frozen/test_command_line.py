"""The frozen program at a terminal, where it is the same program as the one that lies here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar import __version__
from tests.frozen.bundle import Bundle
from tests.process.sidecar_process import ROOT

pytestmark = pytest.mark.process


def test_it_tells_its_version(bundle: Bundle) -> None:
    assert bundle.run("--version").stdout == f"voicebox-sidecar {__version__}\n"


@pytest.mark.parametrize("words", [["--help"], ["schema", "--openrpc"], ["schema", "--typescript"]], ids=" ".join)
def test_it_says_the_same_as_the_sources(bundle: Bundle, words: list[str]) -> None:
    told = bundle.run(*words)
    unfrozen = [sys.executable, "-m", "sidecar", *words]
    assert told.returncode == 0, told.stderr
    assert told.stdout == subprocess.run(unfrozen, cwd=ROOT, capture_output=True, encoding="utf-8").stdout


def test_it_makes_a_single_call(bundle: Bundle, data_dir: Path) -> None:
    told = bundle.run("call", "system.health", "--data-dir", str(data_dir))
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout)["status"] == "ok"
