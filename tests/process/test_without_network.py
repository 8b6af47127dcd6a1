"""Once models are installed, nothing of ours touches the network: no process may open a connection here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import FROZEN, Refused

pytestmark = [
    pytest.mark.process,
    pytest.mark.models,
    pytest.mark.skipif(FROZEN is not None, reason="the frozen program looks at no PYTHONPATH"),
]

DENYING = Path(__file__).parents[1] / "without_network"


def test_speaking_and_listening_need_no_network(start: Start, data_dir: Path, tmp_path: Path) -> None:
    tried = tmp_path / "tried"
    with start(data_dir, PYTHONPATH=str(DENYING), VOICEBOX_TEST_NETWORK_LOG=str(tried)) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        spoken = sidecar.call("generation.create", profile_id="heart", text="No wire is needed.", wait=True)
        heard = sidecar.call("transcription.create", path=spoken["generation"]["audio_path"], wait=True)
        assert "wire" in heard["transcription"]["text"].lower()
        assert sidecar.call("models.download", model="whisper-base", wait=True)["model"]["state"] != "absent"
        sidecar.call("models.verify", model="whisper-tiny.en", wait=True)
        assert not tried.exists(), tried.read_text()
        with pytest.raises(Refused) as refused:
            sidecar.call("models.download", model="whisper-large-v3", wait=True)
        assert refused.value.data["reason"] == "network"
        assert tried.exists()
