"""The client at work in Node: what it does with any transport, with the real sidecar, and when that is killed."""

from __future__ import annotations

import os

import pytest

from tests.client.conftest import RunNode

KILLS = int(os.environ.get("VOICEBOX_CLIENT_KILLS", "10"))
START_S = 30.0
PER_KILL_S = 6.0


def test_it_keeps_its_promises_over_any_transport(run_node_tests: RunNode) -> None:
    run = run_node_tests("client", START_S)
    assert run.returncode == 0, run.stdout


@pytest.mark.process
@pytest.mark.parametrize("name", ["node", "tauri"])
def test_it_talks_to_the_real_sidecar(run_node_tests: RunNode, name: str) -> None:
    run = run_node_tests(name, 60.0)
    assert run.returncode == 0, run.stdout


@pytest.mark.process
def test_no_call_hangs_and_no_job_is_lost_when_the_sidecar_is_killed(run_node_tests: RunNode) -> None:
    run = run_node_tests("kills", START_S + KILLS * PER_KILL_S)
    assert run.returncode == 0, run.stdout


@pytest.mark.process
@pytest.mark.models
def test_a_sentence_is_spoken(run_node_tests: RunNode) -> None:
    run = run_node_tests("speech", 120.0)
    assert run.returncode == 0, run.stdout
