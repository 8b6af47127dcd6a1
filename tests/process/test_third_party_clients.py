"""Clients that others wrote, for JSON-RPC in general: what they send is understood, and they understand the answers."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonrpcclient import Error, Ok, parse, request, request_uuid

from tests.process.sidecar_process import PATIENCE_S, PROGRAM, ROOT, SidecarProcess

pytestmark = pytest.mark.process

CLIENTS = Path(__file__).parent / "clients"
NODE_MODULES = ROOT / "build" / "client" / "node_modules"
NOBODY = {"code": -32001, "kind": "not_found"}


def report_of(client: str, data_dir: Path, **environment: str) -> dict[str, Any]:
    """What a client in Node reports of its talk with a sidecar, which has ended by itself."""
    if not (NODE_MODULES / client).is_dir():
        pytest.fail(f"{client} is not in {NODE_MODULES}; run `npm ci --prefix build/client` once", pytrace=False)
    command = ["node", str(CLIENTS / f"{client}.cjs"), *PROGRAM, "--data-dir", str(data_dir)]
    surroundings = os.environ | {"NODE_PATH": str(NODE_MODULES)} | environment
    finished = subprocess.run(
        command, cwd=ROOT, env=surroundings, capture_output=True, encoding="utf-8", timeout=PATIENCE_S
    )
    assert finished.returncode == 0, finished.stderr
    return dict(json.loads(finished.stdout))


@pytest.mark.parametrize("build", [request, request_uuid])
def test_jsonrpcclient_is_answered(sidecar: SidecarProcess, build: Any) -> None:
    sent = build("history.stats", params={})
    sidecar.send_json(sent)
    answer = parse(sidecar.answer(sent["id"]))
    assert isinstance(answer, Ok)
    assert answer.id == sent["id"]
    assert answer.result["total"] == 0


def test_jsonrpcclient_is_told_what_went_wrong(sidecar: SidecarProcess) -> None:
    sent = request_uuid("profiles.get", params={"profile_id": "nobody"})
    sidecar.send_json(sent)
    answer = parse(sidecar.answer(sent["id"]))
    assert isinstance(answer, Error)
    assert (answer.code, answer.data["kind"]) == (-32001, "not_found")
    assert "nobody" in answer.message


def test_jsonrpcclient_sends_a_batch(sidecar: SidecarProcess) -> None:
    sent = [request_uuid("history.stats"), request_uuid("no.such")]
    answers = {answer.id: answer for answer in parse(sidecar.batch(sent))}
    assert isinstance(answers[sent[0]["id"]], Ok)
    assert answers[sent[1]["id"]].code == -32601


def test_json_rpc_2_0_requests_in_parallel_and_in_a_batch(data_dir: Path) -> None:
    report = report_of("json-rpc-2.0", data_dir)
    message = report["error"].pop("message")
    assert "nobody" in message
    assert report == {"ready": 1, "in_order": True, "batch": [0, 0], "error": NOBODY, "exit_code": 0}


def test_vscode_jsonrpc_requests_hears_and_cancels(data_dir: Path, tmp_path: Path, silent_hub: str) -> None:
    places = {"HF_ENDPOINT": silent_hub, "VOICEBOX_MODELS_DIR": str(tmp_path / "models"), "HF_HOME": str(tmp_path)}
    report = report_of("vscode-jsonrpc", data_dir, **places)
    assert "nobody" in report["error"].pop("message")
    assert report == {
        "protocol_version": 1,
        "name": "Vi",
        "total": 0,
        "error": NOBODY,
        "progress": "model_download",
        "cancelled": {"code": -32800, "kind": "cancelled"},
        "exit_code": 0,
    }
