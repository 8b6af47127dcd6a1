"""Speech from servers elsewhere over the real pipe, keyring included: one of two servers dies while it speaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.file_keyring import FILE
from tests.process.sidecar_process import Refused, SidecarProcess
from tests.vllm_server import RATE, VllmServer

pytestmark = pytest.mark.process

KEY = "sk-hunter2-0123456789"
TEXT = " ".join(f"This is the sentence of number {word}." for word in ("one", "two", "three", "four", "five", "six"))


@pytest.fixture
def servers() -> Iterator[list[VllmServer]]:
    with VllmServer(key=KEY) as first, VllmServer(key=KEY) as second:
        yield [first, second]


def places_with(key: str, folder: Path) -> list[Path]:
    """The files below a folder that hold the key, by name or by content."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if key in path.name or key.encode() in path.read_bytes()]


def test_a_clone_is_spoken_by_what_servers_there_are_with_a_key_that_is_nowhere_but_in_the_keyring(
    tmp_path: Path, servers: list[VllmServer]
) -> None:
    recording, keyring = tmp_path / "sample.wav", tmp_path / "keyring.json"
    soundfile.write(recording, 0.3 * np.sin(np.arange(4 * RATE) / 20) * np.sin(np.arange(4 * RATE) / 4000), RATE)
    environment = {
        "VOICEBOX_VLLM_OMNI_SERVERS": " ".join(server.url for server in servers),
        "PYTHON_KEYRING_BACKEND": "tests.file_keyring.FileKeyring",
        FILE: str(keyring),
    }
    with SidecarProcess(tmp_path / "data", "--log-level", "debug", **environment) as sidecar:
        sample = {"path": str(recording), "text": "Hello there."}
        sidecar.call("profiles.create", name="Ada", samples=[sample], default_engine="vllm-omni")
        with pytest.raises(Refused, match=r"engines\.set_key"):
            sidecar.call("generation.create", profile_id="ada", text="One, two.", wait=True)
        told = sidecar.call("engines.set_key", engine="vllm-omni", key=KEY)
        assert told == {"engine": "vllm-omni", "has_key": True, "source": "keyring"}
        assert KEY in keyring.read_text()

        heard = {"text": TEXT, "chunking": {"max_chars": 100}}
        asked = sidecar.call("generation.create", profile_id="ada", **heard)
        sidecar.event("job.finished", job_id=asked["job_id"], status="completed")
        assert all(server.requests for server in servers)
        assert {body["ref_text"] for server in servers for body in server.requests} == {"Hello there."}
        stages = {told["stage"] for told in sidecar.events("job.progress")}
        assert {f"sending the recording and the text to {server.host}" for server in servers} & stages

        servers[0].troubles.append("die")
        live = {"stream": True, "verify": "off"}
        asked = sidecar.call("generation.create", profile_id="ada", **heard, **live)
        sidecar.event("job.finished", job_id=asked["job_id"], status="completed")
        assert servers[0].released.is_set()

        servers[1].troubles.extend(["echo"] * 3)
        with pytest.raises(Refused, match="cannot speak with") as refusal:
            sidecar.call("generation.create", profile_id="ada", text="One, two.", wait=True)
        assert KEY not in str(refusal.value.data) + refusal.value.message
        told = sidecar.call("engines.set_key", engine="vllm-omni", key=None)
        assert told == {"engine": "vllm-omni", "has_key": False, "source": None}
        assert KEY not in str(sidecar.call("rpc.discover"))
        assert KEY not in str(sidecar.messages)
    assert KEY not in sidecar.stderr
    assert places_with("sk-hunter2", tmp_path) == []
