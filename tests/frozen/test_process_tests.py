"""The tests of the real program, run once more with the frozen one: those that are quick and touch much."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.frozen.bundle import Bundle
from tests.process.sidecar_process import ROOT

pytestmark = [pytest.mark.process, pytest.mark.models]

QUICK = ("test_transport", "test_ends")
SLOW = "ten_thousand or every_kind_of_end"


def test_the_process_tests_pass(bundle: Bundle) -> None:
    files = [f"tests/process/{name}.py" for name in QUICK]
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-k", f"not ({SLOW})", *files],
        cwd=ROOT,
        env=os.environ | {"VOICEBOX_FROZEN": str(bundle.program)},
        capture_output=True,
        text=True,
    )
    assert finished.returncode == 0, finished.stdout
