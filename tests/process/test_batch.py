"""Batches over the real pipe: from a list and from files, cancelled, and killed in the middle."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
import soundfile

from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

DEFAULTS = {"profile_id": "heart"}
CANCEL_S = 1.0
"""The contract's bound."""
SCRIPTS = {
    "script.csv": "text;speed\nOne.;1.2\nTwo, or three.;\n",
    "script.jsonl": '{"text": "One.", "speed": 1.2}\n{"text": "Two, or three."}\n',
    "script.txt": "One.\n\nTwo, or three.\n",
}


def generations(sidecar: SidecarProcess, batch: Message) -> list[Message]:
    """A batch's generations as they are now."""
    return [sidecar.call("history.get", generation_id=one["id"])["generation"] for one in batch["generations"]]


def assert_is_spoken(generation: Message) -> None:
    samples, rate = soundfile.read(generation["audio_path"])
    assert len(samples) / rate == pytest.approx(generation["duration_s"], abs=1e-3)
    assert abs(samples).max() > 0.01


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_file_is_spoken_item_by_item(sidecar: SidecarProcess, tmp_path: Path, name: str) -> None:
    script = tmp_path / name
    script.write_text(SCRIPTS[name])
    batch = sidecar.call("generation.batch", path=str(script), defaults=DEFAULTS, wait=True)
    made = generations(sidecar, batch)
    assert [generation["text"] for generation in made] == ["One.", "Two, or three."]
    assert made[0]["settings"]["speed"] == (1.0 if name.endswith(".txt") else 1.2)
    for generation in made:
        assert_is_spoken(generation)
    assert batch["result"]["generation_ids"] == [generation["id"] for generation in made]
    counts = {status: batch["result"][status] for status in ("completed", "failed", "cancelled")}
    assert counts == {"completed": 2, "failed": 0, "cancelled": 0}


def test_a_batch_tells_how_far_it_is_and_ends_once(sidecar: SidecarProcess) -> None:
    items = [{"text": f"Number {number}."} for number in range(3)]
    batch = sidecar.call("generation.batch", items=items, defaults=DEFAULTS)
    end = sidecar.event("job.finished", job_id=batch["job_id"])
    assert (end["kind"], end["status"], end["result"]["completed"]) == ("batch", "completed", 3)
    told = [news for news in sidecar.events("job.progress") if news["job_id"] == batch["job_id"]]
    assert {(news["stage"], news["unit"], news["total"]) for news in told} == {("speaking", "generations", 3)}
    assert told[0]["completed"] == 0
    assert len([heard for heard in sidecar.events("job.finished") if heard["job_id"] == batch["job_id"]]) == 1


def test_one_wrong_item_in_the_middle_makes_nothing(sidecar: SidecarProcess) -> None:
    before = sidecar.call("history.stats"), sidecar.call("jobs.list", limit=1)["total"]
    items = [{"text": "One."}, {"text": "Two.", "speed": 99}, {"text": "Three."}]
    with pytest.raises(Refused) as refusal:
        sidecar.call("generation.batch", items=items, defaults=DEFAULTS)
    assert [error["loc"] for error in refusal.value.data["errors"]] == [["items", 1, "speed"]]
    with pytest.raises(Refused) as refusal:
        sidecar.call("generation.batch", items=[*items[:1], {"text": "Two.", "language": "ja"}], defaults=DEFAULTS)
    assert refusal.value.data["kind"] == "unsupported"
    assert [error["loc"] for error in refusal.value.data["errors"]] == [["items", 1]]
    assert (sidecar.call("history.stats"), sidecar.call("jobs.list", limit=1)["total"]) == before


def test_cancelling_a_batch_ends_all_of_it_within_a_second(sidecar: SidecarProcess) -> None:
    items = [{"text": "One."}, *({"text": f"This is number {number}, and it goes on."} for number in range(60))]
    batch = sidecar.call("generation.batch", items=items, defaults=DEFAULTS)
    sidecar.event("job.finished", job_id=batch["generations"][0]["job_id"])
    asked_at = time.monotonic()
    cancelled = sidecar.call("jobs.cancel", job_id=batch["job_id"])["job"]
    assert time.monotonic() - asked_at < CANCEL_S
    assert cancelled["status"] == "cancelled"
    first, *_, last = made = generations(sidecar, batch)
    assert_is_spoken(first)
    assert (last["status"], last["audio_path"]) == ("cancelled", None)
    assert {generation["status"] for generation in made} == {"completed", "cancelled"}
    assert sidecar.call("jobs.list", parent_id=batch["job_id"], status="queued")["total"] == 0
    jobs = {batch["job_id"], *(one["job_id"] for one in batch["generations"])}
    told = Counter(end["job_id"] for end in sidecar.events("job.finished"))
    assert {told[job_id] for job_id in jobs} == {1}
    assert sidecar.call("generation.create", text="Done.", wait=True, **DEFAULTS)["generation"]["status"] == "completed"


def test_a_batch_of_a_thousand_is_taken_and_cancelled_as_a_whole(sidecar: SidecarProcess) -> None:
    items = [{"text": f"Number {number}."} for number in range(1_000)]
    batch = sidecar.call("generation.batch", items=items, defaults=DEFAULTS)
    assert len(batch["generations"]) == 1_000
    assert sidecar.call("jobs.list", parent_id=batch["job_id"], limit=1)["total"] == 1_000
    sidecar.call("jobs.cancel", job_id=batch["job_id"])
    assert sidecar.call("jobs.list", parent_id=batch["job_id"], status="queued")["total"] == 0
    assert sidecar.call("system.health")["queue_depth"] == 0


def test_a_batch_goes_on_after_a_kill_in_its_middle(start: Start, data_dir: Path) -> None:
    items = [{"text": f"Number {number}."} for number in range(8)]
    with start(data_dir) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        batch = sidecar.call("generation.batch", items=items, defaults=DEFAULTS)
        sidecar.event("job.finished", job_id=batch["generations"][2]["job_id"])
        sidecar.kill()
    with start(data_dir) as sidecar:
        end = sidecar.event("job.finished", job_id=batch["job_id"])
        ids = [one["id"] for one in batch["generations"]]
        assert (end["status"], end["result"]["completed"], end["result"]["generation_ids"]) == ("completed", 8, ids)
        for generation in generations(sidecar, batch):
            assert generation["version_count"] == 1
            assert_is_spoken(generation)
        assert sidecar.call("system.health")["queue_depth"] == 0
