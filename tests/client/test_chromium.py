"""The client in a web view: the studio's page in a real Chromium, with the real sidecar behind Tauri's mocked IPC."""

from __future__ import annotations

import os
import platform
import sys

import pytest

from tests.client.conftest import RunNode

HAS_CHROMIUM = "VOICEBOX_CHROMIUM" in os.environ or (sys.platform, platform.machine()) == ("linux", "x86_64")


@pytest.mark.process
@pytest.mark.models
@pytest.mark.skipif(not HAS_CHROMIUM, reason="npm has Chromium for Linux on x64 only; name one by VOICEBOX_CHROMIUM")
def test_a_page_makes_a_voice_speaks_is_heard_and_draws(run_node_tests: RunNode) -> None:
    run = run_node_tests("studio", 240.0)
    assert run.returncode == 0, run.stdout
