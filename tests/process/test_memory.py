"""Models in memory as a client of the real program sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.benchmarks.memory import MEGABYTE, measurements, one_second, seconds_until_gone
from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

BUDGET = 600 * MEGABYTE
"""Room for Kokoro, or for Whisper, but not for both; Whisper base takes 345 MB, tiny 275, Kokoro 480."""
ROUNDS, EVERY = 16, 4
ENGINE_GROWTH = 0.10
SIDECAR_GROWTH = 10 * MEGABYTE
GONE_WITHIN_S = 5.0


@pytest.fixture(scope="module")
def small(start: Start, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SidecarProcess]:
    """A sidecar on a machine with little memory."""
    with start(tmp_path_factory.mktemp("small") / "data", VOICEBOX_MEMORY_BUDGET_BYTES=str(BUDGET)) as running:
        running.call("profiles.create", name="Heart", voice=PRESET)
        yield running


def resident(sidecar: SidecarProcess) -> dict[str, Message]:
    return {model["model"]: model for model in sidecar.call("system.health")["resident_models"]}


def load(sidecar: SidecarProcess, model: str, **wishes: Any) -> Message:
    return dict(sidecar.call("models.load", model=model, wait=True, **wishes)["model"])


def test_memory_does_not_grow_with_the_work_and_goes_with_the_engine(start: Start, tmp_path: Path) -> None:
    recording = one_second(tmp_path)
    with start(tmp_path / "data") as sidecar:
        first, *_, last = measurements(sidecar, recording, ROUNDS, EVERY)
        assert last.model < first.model * (1 + ENGINE_GROWTH)
        assert last.sidecar - first.sidecar < SIDECAR_GROWTH
        assert seconds_until_gone(sidecar, recording) < GONE_WITHIN_S
        assert resident(sidecar) == {}


def test_a_model_is_loaded_ahead_of_its_use_and_unloaded(small: SidecarProcess) -> None:
    assert load(small, "kokoro-82m")["state"] == "loaded"
    (held,) = resident(small).values()
    assert (held["device"], held["fallback"], held["in_use"]) == ("cpu", None, False)
    assert held["memory_bytes"] > 100 * MEGABYTE
    assert 290 < held["expires_in_s"] <= 300
    engine = small.engine()
    unloaded = small.call("models.unload", model="kokoro-82m")
    assert [model["model"] for model in unloaded["unloaded"]] == ["kokoro-82m"]
    assert unloaded["freed_bytes"] == held["memory_bytes"]
    assert psutil.wait_procs([engine], 10)[1] == []
    assert resident(small) == {}
    assert small.call("models.unload") == {"unloaded": [], "freed_bytes": 0}


def test_loading_past_the_budget_takes_the_place_of_the_older(small: SidecarProcess) -> None:
    load(small, "whisper-tiny.en")
    load(small, "kokoro-82m")
    assert list(resident(small)) == ["kokoro-82m"]
    load(small, "whisper-base")
    assert list(resident(small)) == ["whisper-base"]


def test_one_in_use_is_neither_evicted_nor_unloaded(small: SidecarProcess) -> None:
    speaking = small.call("generation.create", profile_id="heart", text="This takes its time, and that is well. " * 40)
    small.wait_for(lambda: resident(small).get("kokoro-82m", {}).get("in_use") or None)
    loading = small.call("models.load", model="whisper-base")
    for unload in ({"model": "kokoro-82m"}, {}):
        with pytest.raises(Refused) as refused:
            small.call("models.unload", **unload)
        assert refused.value.code == -32002
    assert list(resident(small)) == ["kokoro-82m"]
    small.call("jobs.cancel", job_id=speaking["job_id"])
    finished = small.event("job.finished", job_id=loading["job_id"])
    assert finished["result"]["resident"]["model"] == "whisper-base"
    assert list(resident(small)) == ["whisper-base"]


def test_a_model_that_will_never_fit_is_refused_with_the_numbers(start: Start, data_dir: Path) -> None:
    budget = 256 * MEGABYTE
    with start(data_dir, VOICEBOX_MEMORY_BUDGET_BYTES=str(budget)) as sidecar:
        with pytest.raises(Refused, match="takes about") as refused:
            load(sidecar, "kokoro-82m")
        assert refused.value.code == -32004
        assert refused.value.data["budget_bytes"] == budget
        assert refused.value.data["needed_bytes"] > budget
        assert refused.value.data["free_bytes"] > 0


def test_a_model_stays_as_long_as_is_asked(small: SidecarProcess) -> None:
    load(small, "whisper-base", keep_alive_s=None)
    assert resident(small)["whisper-base"]["expires_in_s"] is None
    load(small, "whisper-base", keep_alive_s=0)
    assert resident(small) == {}


def test_why_a_model_is_not_on_the_device_asked_for_is_told(small: SidecarProcess) -> None:
    load(small, "kokoro-82m", device="cuda:7")
    held = resident(small)["kokoro-82m"]
    assert held["device"] == "cpu"
    assert "cuda:7" in held["fallback"]


def test_what_cannot_be_loaded_is_refused_before_there_is_a_job(small: SidecarProcess) -> None:
    before = small.call("jobs.list")["total"]
    for model, code in (("nobody", -32001), ("speaker-encoder", -32005), ("qwen3-tts-0.6b-base", -32004)):
        with pytest.raises(Refused) as refused:
            small.call("models.load", model=model)
        assert refused.value.code == code
    with pytest.raises(Refused) as refused:
        small.call("models.load", model="kokoro-82m", device="toaster")
    assert refused.value.code == -32602
    assert small.call("jobs.list")["total"] == before


@pytest.mark.parametrize("wanted", ["auto", "cuda:7"])
def test_devices_are_proven_and_a_fall_back_has_its_reason(start: Start, data_dir: Path, wanted: str) -> None:
    with start(data_dir, VOICEBOX_DEVICE=wanted) as sidecar:
        told = sidecar.call("system.info")
        assert {"id": "cpu", "proven": True, "reason": None}.items() <= told["devices"][0].items()
        assert told["device"]["wanted"] == wanted
        proven = [device["id"] for device in told["devices"] if device["proven"]]
        assert told["device"]["chosen"].partition(":")[0] in {device.partition(":")[0] for device in proven}
        assert (wanted == "auto") or wanted in told["device"]["fallback"]
