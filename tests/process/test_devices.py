"""Several devices as a client of the real program sees them: two engine processes that share the processor."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess
from tests.process.test_streaming import pieces_of, samples_of

pytestmark = [pytest.mark.process, pytest.mark.models]

LONG = "This takes its time, and that is well. " * 200
SHORT = "This one is heard meanwhile."
PATIENCE_S = 180.0


@pytest.fixture(scope="module")
def pair(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SidecarProcess]:
    """A sidecar with two engine processes."""
    with start(tmp_path_factory.mktemp("pair") / "data", VOICEBOX_DEVICE="cpu:0,cpu:1") as running:
        running.call("profiles.create", name="Heart", voice=PRESET)
        yield running


def devices(sidecar: SidecarProcess) -> dict[str, Message]:
    return {device["device"]: device for device in sidecar.call("system.health")["devices"]}


def test_two_generations_are_spoken_at_once_and_each_has_its_own_stream_and_end(pair: SidecarProcess) -> None:
    for device in ("cpu:0", "cpu:1"):
        pair.call("models.load", model="kokoro-82m", device=device, wait=True)
    long = pair.call("generation.create", profile_id="heart", text=LONG)
    pair.event("job.progress", job_id=long["job_id"], stage="speaking")
    short = pair.call("generation.create", profile_id="heart", text=SHORT, stream=True)
    take = pair.event("job.finished", PATIENCE_S, job_id=short["job_id"])["result"]["generation"]
    told = devices(pair)
    assert sorted(device["state"] for device in told.values()) == ["idle", "working"]
    assert [device["models"] for device in told.values()] == [["kokoro-82m"], ["kokoro-82m"]]
    assert told["cpu:0"]["pid"] != told["cpu:1"]["pid"]
    assert not [end for end in pair.events("job.finished") if end["job_id"] == long["job_id"]]
    pieces = pieces_of(pair, take)
    assert [piece["sequence"] for piece in pieces] == list(range(len(pieces)))
    assert b"".join(base64.b64decode(piece["data"]) for piece in pieces) == samples_of(take["audio_path"])
    pair.call("jobs.cancel", job_id=long["job_id"])
    assert pair.event("job.finished", job_id=long["job_id"])["status"] == "cancelled"
    again = pair.call("generation.create", profile_id="heart", text="Both devices go on.", wait=True)
    assert again["generation"]["status"] == "completed"


def test_a_model_is_loaded_where_it_is_asked_for_and_unloaded_everywhere(pair: SidecarProcess) -> None:
    pair.call("models.unload")
    for device in ("cpu:1", "cpu:0"):
        pair.call("models.load", model="kokoro-82m", device=device, wait=True)
        assert devices(pair)[device]["models"] == ["kokoro-82m"]
    unloaded = pair.call("models.unload", model="kokoro-82m")
    assert [model["model"] for model in unloaded["unloaded"]] == ["kokoro-82m"] * 2
    assert [device["models"] for device in devices(pair).values()] == [[], []]
    with pytest.raises(Refused, match="cuda:0 is not in use; name one of cpu:0, cpu:1") as refused:
        pair.call("models.load", model="kokoro-82m", device="cuda:0")
    assert refused.value.data["errors"][0]["loc"] == ["device"]
