"""Takes: the same text spoken once more, beside what there was before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]


@pytest.fixture(scope="module")
def first(sidecar: SidecarProcess) -> Message:
    """A generation with one take."""
    return dict(
        sidecar.call("generation.create", profile_id="heart", text="Good evening.", seed=7, wait=True)["generation"]
    )


def versions(sidecar: SidecarProcess, generation: Message) -> list[Message]:
    return list(sidecar.call("generation.list_versions", generation_id=generation["id"])["items"])


def test_the_same_seed_and_settings_give_the_same_bytes(sidecar: SidecarProcess, first: Message) -> None:
    again = sidecar.call("generation.regenerate", generation_id=first["id"], seed=7, wait=True)["generation"]
    assert again["audio_path"] != first["audio_path"]
    assert Path(again["audio_path"]).read_bytes() == Path(first["audio_path"]).read_bytes()


def test_another_take_becomes_the_default_and_the_first_one_stays(sidecar: SidecarProcess, first: Message) -> None:
    before = versions(sidecar, first)
    faster = sidecar.call("generation.regenerate", generation_id=first["id"], speed=1.5, wait=True)["generation"]
    assert faster["duration_s"] < first["duration_s"]
    assert faster["version_count"] == len(before) + 1
    assert Path(first["audio_path"]).is_file()
    default = [version for version in versions(sidecar, first) if version["is_default"]]
    assert [version["audio_path"] for version in default] == [faster["audio_path"]]


def test_every_take_keeps_its_own_seed_and_settings(sidecar: SidecarProcess, first: Message) -> None:
    slow = sidecar.call("generation.regenerate", generation_id=first["id"], seed=99, speed=0.8, wait=True)["generation"]
    newest = next(version for version in versions(sidecar, first) if version["is_default"])
    assert (slow["seed"], slow["settings"]["speed"]) == (99, 0.8)
    assert (newest["seed"], newest["settings"]["speed"]) == (99, 0.8)


def test_a_take_that_is_cancelled_leaves_the_generation_as_it_was(sidecar: SidecarProcess, first: Message) -> None:
    before = sidecar.call("history.get", generation_id=first["id"])["generation"]
    job_id = sidecar.call("generation.regenerate", generation_id=first["id"])["job_id"]
    assert sidecar.call("jobs.cancel", job_id=job_id)["job"]["status"] == "cancelled"
    after = sidecar.call("history.get", generation_id=first["id"])["generation"]
    assert (after["status"], after["audio_path"]) == ("completed", before["audio_path"])


def test_a_take_that_the_engine_cannot_make_is_refused(sidecar: SidecarProcess, first: Message) -> None:
    with pytest.raises(Refused) as refusal:
        sidecar.call("generation.regenerate", generation_id=first["id"], speed=9.0)
    assert refusal.value.data["kind"] == "unsupported"


def test_only_what_has_failed_can_be_retried(sidecar: SidecarProcess, first: Message) -> None:
    with pytest.raises(Refused) as refusal:
        sidecar.call("generation.retry", generation_id=first["id"])
    assert refusal.value.data["kind"] == "conflict"
