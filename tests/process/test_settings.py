"""Settings, caches, usage, limits and health, as a client meets them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import PATIENCE_S, Message, Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

SENTENCE = "Hello there."
LONG = "The harbour was quiet that morning, and nobody spoke. " * 40


def refusal(sidecar: SidecarProcess, method: str, **params: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        sidecar.call(method, **params)
    return caught.value


def told(sidecar: SidecarProcess, name: str) -> Message:
    """What `settings.get` says of one setting."""
    (setting,) = (setting for setting in sidecar.call("settings.get")["schema"] if setting["name"] == name)
    return dict(setting)


def speak(sidecar: SidecarProcess, **settings: Any) -> Message:
    made = sidecar.call("generation.create", profile_id="heart", text=SENTENCE, seed=1, wait=True, **settings)
    return dict(made["generation"])


def with_heart(sidecar: SidecarProcess) -> SidecarProcess:
    sidecar.call("profiles.create", name="Heart", voice=PRESET)
    return sidecar


def test_settings_are_changed_kept_over_a_restart_and_put_back(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        before = sidecar.call("settings.get")
        assert [setting["name"] for setting in before["schema"]] == list(before["settings"])
        changed = sidecar.call("settings.update", device="cpu", engine_idle_s=20, queue_limit=7)
        assert changed["settings"] == before["settings"] | {"device": "cpu", "engine_idle_s": 20.0, "queue_limit": 7}
        assert (told(sidecar, "device")["source"], told(sidecar, "int8")["source"]) == ("setting", "default")
        assert sidecar.call("system.health")["device"] == "cpu"
    with start(data_dir) as sidecar:
        assert sidecar.call("settings.get") == changed
        left = sidecar.call("settings.reset", names=["device", "engine_idle_s"])["settings"]
        assert left == before["settings"] | {"queue_limit": 7}
        assert sidecar.call("settings.reset") == before


@pytest.mark.parametrize(
    ("changes", "loc"),
    [
        ({"device": "abacus"}, "device"),
        ({"int8": 1}, "int8"),
        ({"int8": None}, "int8"),
        ({"engine_idle_s": 0}, "engine_idle_s"),
        ({"queue_limit": 0}, "queue_limit"),
        ({"queue_limit": 1.5}, "queue_limit"),
        ({"default_verify": "strict"}, "default_verify"),
        ({"default_language": "English"}, "default_language"),
        ({"default_loudness_lufs": 0}, "default_loudness_lufs"),
        ({"default_engine": "nobody"}, "default_engine"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_not_allowed_is_refused_and_changes_nothing(
    sidecar: SidecarProcess, changes: Message, loc: str
) -> None:
    before = sidecar.call("settings.get")
    refused = refusal(sidecar, "settings.update", force_cpu=True, **changes)
    assert (refused.code, refused.data["errors"][0]["loc"]) == (-32602, [loc])
    assert sidecar.call("settings.get") == before


def test_what_the_environment_fixes_is_told_and_cannot_be_changed(start: Start, data_dir: Path) -> None:
    with start(data_dir, VOICEBOX_DEVICE="cpu", VOICEBOX_QUEUE_LIMIT="9") as sidecar:
        device = told(sidecar, "device")
        assert (device["value"], device["source"], device["variable"]) == ("cpu", "environment", "VOICEBOX_DEVICE")
        assert sidecar.call("settings.get")["settings"]["queue_limit"] == 9
        assert refusal(sidecar, "settings.update", device="cuda").data["kind"] == "conflict"


def test_a_variable_that_makes_no_sense_ends_the_program_with_one_line(start: Start, data_dir: Path) -> None:
    sidecar = start(data_dir, VOICEBOX_QUEUE_LIMIT="many")
    assert sidecar.wait_ended() == 1
    assert sidecar.stderr.startswith("voicebox-sidecar: VOICEBOX_QUEUE_LIMIT: ")
    assert sidecar.stderr.count("\n") == 1


def test_the_next_take_follows_the_defaults_unless_it_says_otherwise(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        with_heart(sidecar)
        sidecar.call("settings.update", default_verify="off", default_loudness_lufs=-30)
        made = speak(sidecar)
        assert (made["settings"]["verify"], made["settings"]["loudness_lufs"]) == ("off", -30)
        other = speak(sidecar, verify="length", loudness_lufs=-18)
        assert (other["settings"]["verify"], other["settings"]["loudness_lufs"]) == ("length", -18)
        assert speak(sidecar)["language"] == "en"
        sidecar.call("settings.update", default_language="de")
        assert "'de'" in refusal(sidecar, "generation.create", profile_id="heart", text="Guten Tag.").message
        assert speak(sidecar, language="en")["language"] == "en"


def test_too_many_requests_a_second_are_refused_but_health_never(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        sidecar.call("settings.update", requests_per_second=1)
        refused = refusal_of_some(sidecar, "profiles.list", 3)
        assert (refused.code, refused.data["kind"]) == (-32006, "busy")
        assert 0 < refused.data["retry_after_s"] <= 1
        for _ in range(20):
            assert sidecar.call("system.health")["status"] == "ok"
        assert refusal(sidecar, "jobs.cancel", job_id="nobody").data["kind"] == "not_found"


def refusal_of_some(sidecar: SidecarProcess, method: str, times: int) -> Refused:
    """The refusal that one of so many calls in one breath gets."""
    numbers = [sidecar.request(method) for _ in range(times)]
    answers = [sidecar.answer(number) for number in numbers]
    return Refused(next(answer["error"] for answer in answers if "error" in answer))


def test_a_full_queue_refuses_the_next_job_and_leaves_no_trace_of_it(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        with_heart(sidecar)
        sidecar.call("settings.update", queue_limit=1)
        running = sidecar.call("generation.create", profile_id="heart", text=LONG)["job_id"]
        sidecar.event("job.progress", job_id=running)
        waiting = sidecar.call("generation.create", profile_id="heart", text=LONG)["job_id"]
        refused = refusal(sidecar, "generation.create", profile_id="heart", text=SENTENCE)
        assert (refused.code, refused.data["limit"], refused.data["retry_after_s"] > 0) == (-32006, 1, True)
        assert sidecar.call("history.list")["total"] == 2
        health = sidecar.call("system.health")
        assert health["queue"] == {"queued": 1, "running": 1}
        for job_id in (waiting, running):
            sidecar.call("jobs.cancel", job_id=job_id)


def test_what_was_made_is_counted_and_stays_counted_when_history_goes(
    start: Start, data_dir: Path, recordings: Path
) -> None:
    with start(data_dir) as sidecar:
        with_heart(sidecar)
        made = speak(sidecar)
        again = sidecar.call("generation.regenerate", generation_id=made["id"], wait=True)["generation"]
        path = str(recordings / "en_david.wav")
        heard = sidecar.call("transcription.create", path=path, wait=True)["transcription"]
        sidecar.call("history.delete", generation_ids=[made["id"]])
        sidecar.call("transcription.delete", transcription_id=heard["id"])
        sidecar.call("profiles.delete", profile_id="heart")
    with start(data_dir) as sidecar:
        total = sidecar.call("usage.get")["total"]
        assert (total["generations"], total["characters"]) == (2, 2 * len(SENTENCE))
        assert total["audio_s"] == pytest.approx(made["duration_s"] + again["duration_s"], abs=0.01)
        assert total["compute_s"] > 0
        assert total["real_time_factor"] == pytest.approx(total["compute_s"] / total["audio_s"], abs=0.01)
        assert (total["transcriptions"], total["transcribed_s"]) == (1, pytest.approx(heard["duration_s"], abs=0.01))
        assert total["transcription_compute_s"] > 0
        engines = {group["key"]: group for group in sidecar.call("usage.get", group_by="engine")["groups"]}
        assert (engines["kokoro"]["generations"], engines["whisper"]["transcriptions"]) == (2, 1)
        profiles = sidecar.call("usage.get", group_by="profile")["groups"]
        assert {(group["key"], group["name"]) for group in profiles} == {(made["profile_id"], "Heart"), (None, None)}
        assert sidecar.call("usage.get", until="2020-01-01T00:00:00Z")["total"]["generations"] == 0
        refused = refusal(sidecar, "usage.get", since="2026-13-01T00:00:00Z")
        assert refused.data["errors"][0]["loc"] == ["since"]


def test_the_caches_are_told_and_cleared_while_an_engine_uses_them(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        with_heart(sidecar)
        speak(sidecar)
        stats = sidecar.call("cache.stats")
        prompts, previews, *_ = stats["caches"]
        assert (prompts["kind"], prompts["files"], prompts["limit_bytes"]) == ("voice_prompts", 1, 1 << 30)
        assert (previews["kind"], previews["files"], previews["limit_bytes"]) == ("previews", 0, None)
        assert stats["bytes"] == prompts["bytes"] > 0
        cleared = sidecar.call("cache.clear", kinds=["voice_prompts"])
        assert (cleared["freed_files"], cleared["freed_bytes"], cleared["bytes"]) == (1, prompts["bytes"], 0)
        assert speak(sidecar)["status"] == "completed"
        assert sidecar.call("cache.clear")["freed_files"] == 0


def test_voice_prompts_are_held_within_their_limit_and_made_again(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        with_heart(sidecar)
        speak(sidecar)
        assert sidecar.call("cache.stats")["bytes"] > 0
        sidecar.call("settings.update", prompt_cache_bytes=0)
    with start(data_dir) as sidecar:
        deadline = time.monotonic() + PATIENCE_S
        while sidecar.call("cache.stats")["bytes"] and time.monotonic() < deadline:
            pass
        assert sidecar.call("cache.stats")["caches"][0] == {
            "kind": "voice_prompts",
            "files": 0,
            "bytes": 0,
            "limit_bytes": 0,
        }
        assert speak(sidecar)["prompt_cached"] is False


def test_an_engine_process_ends_after_the_time_that_was_set_while_it_ran(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        with_heart(sidecar)
        speak(sidecar)
        engine = sidecar.engine()
        sidecar.call("settings.update", engine_idle_s=0.5)
        speak(sidecar)
        engine.wait(PATIENCE_S)


def test_health_knows_what_the_engine_is_at(sidecar: SidecarProcess) -> None:
    started = sidecar.call("generation.create", profile_id="heart", text=LONG)
    sidecar.wait_for(lambda: next((news for news in sidecar.events("job.progress") if news["fraction"] > 0), None))
    health = sidecar.call("system.health")
    assert health["status"] == health["database"] == "ok"
    assert [engine["state"] for engine in health["engines"] if engine["role"] == "model"] == ["working"]
    assert health["queue"] == {"queued": 0, "running": 1}
    assert health["queue_depth"] == 1
    sidecar.call("jobs.cancel", job_id=started["job_id"])
    assert sidecar.call("system.health")["queue_depth"] == 0
