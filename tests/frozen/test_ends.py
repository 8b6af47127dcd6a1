"""The app ends, or is killed, while a sentence is spoken: nothing stays behind, and the next start goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.frozen.bundle import Bundle
from tests.frozen.conftest import Start
from tests.process.conftest import PRESET

pytestmark = [pytest.mark.process, pytest.mark.models]

SENTENCES = "This is one sentence of four. Two of them are spoken at a time, and kept. " * 2
PATIENCE_S = 180.0
"""Engines run at a low priority: where much else runs, speech takes its time."""
SHELL = """
import subprocess, sys
with subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE) as sidecar:
    for line in sys.stdin.buffer:
        sidecar.stdin.write(line)
        sidecar.stdin.flush()
"""
"""An app's shell, as far as pipes go: the only holder of the end that the sidecar listens to."""


def test_a_sentence_outlives_a_closed_pipe_and_a_killed_shell(bundle: Bundle, start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        asked = {"profile_id": "heart", "text": SENTENCES, "chunking": {"max_chars": 100}}
        job_id = sidecar.call("generation.create", **asked)["job_id"]
        sidecar.event("job.progress", job_id=job_id, stage="speaking")
        sidecar.close_input()
        sidecar.assert_ended_cleanly()
    shell = start(data_dir, command=[sys.executable, "-c", SHELL, str(bundle.program)])
    # That it speaks is said before there is an engine process; that it loads the model, by the engine itself.
    shell.event("job.progress", job_id=job_id, stage="loading")
    assert len(shell.descendants()) >= 2
    shell.kill()
    with start(data_dir) as sidecar:
        assert sidecar.event("job.finished", PATIENCE_S, job_id=job_id)["status"] == "completed"
        assert sidecar.call("jobs.get", job_id=job_id)["job"]["attempts"] == 3
