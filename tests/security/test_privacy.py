"""What a user says, whom they clone and what opens doors elsewhere stays where it belongs."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.hub_server import Hub, HubFile
from tests.process.conftest import PRESET, Start
from tests.process.conftest import start as start
from tests.process.sidecar_process import Refused, SidecarProcess

pytestmark = pytest.mark.process

SAID = "Wombat marmalade"
TITLE = "Quokka"
TOKEN = "hf_A-token-that-nobody-may-read"


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub that has nothing of what it is asked for."""
    with Hub({"other": HubFile.small(b"")}) as running:
        yield running


@pytest.mark.models
def test_no_log_holds_what_is_said_or_heard(start: Start, data_dir: Path, tmp_path: Path) -> None:
    with start(data_dir, "--log-level", "debug") as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        asked = {"profile_id": "heart", "text": f"{SAID}.", "title": TITLE, "wait": True}
        spoken = sidecar.call("generation.create", **asked)["generation"]
        heard = sidecar.call("transcription.create", path=spoken["audio_path"], wait=True)["transcription"]
        assert "marmalade" in heard["text"].lower()
        with pytest.raises(Refused):
            sidecar.call("generation.create", profile_id="heart", text=SAID, language="xx")
        stderr = sidecar.stderr
    logs = "".join(path.read_text("utf-8") for path in (data_dir / "logs").iterdir()) + stderr
    assert "engine process" in logs
    for word in (*SAID.split(), TITLE):
        assert word.lower() not in logs.lower()


@pytest.mark.skipif(sys.platform == "win32", reason="there, what lies below a user's own folders is the user's alone")
def test_a_new_data_folder_is_the_users_alone(data_dir: Path) -> None:
    with SidecarProcess(data_dir) as sidecar:
        sidecar.call("system.health")
        assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such modes")
def test_a_folder_that_is_there_keeps_the_mode_that_its_owner_gave_it(data_dir: Path) -> None:
    data_dir.mkdir(mode=0o750)
    with SidecarProcess(data_dir) as sidecar:
        sidecar.call("system.health")
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o750


def test_the_hubs_token_is_in_no_file_answer_or_line_of_the_data_folder(
    hub: Hub, data_dir: Path, tmp_path: Path
) -> None:
    places = {"HF_HOME": str(tmp_path / "hf"), "HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN}
    with SidecarProcess(data_dir, "--log-level", "debug", **places) as sidecar:
        with pytest.raises(Refused):
            sidecar.call("models.download", model="qwen3-tts-0.6b-base", wait=True)
        for method in ("system.info", "settings.get", "jobs.list", "models.list"):
            sidecar.call(method)
        processes = [psutil.Process(sidecar.process.pid), *sidecar.descendants()]
        assert all(TOKEN not in " ".join(process.cmdline()) for process in processes)
        told = "".join(map(str, sidecar.messages)) + sidecar.stderr
    assert f"Bearer {TOKEN}" in hub.tokens
    assert TOKEN not in told
    for path in filter(Path.is_file, data_dir.rglob("*")):
        assert TOKEN.encode() not in path.read_bytes(), path
