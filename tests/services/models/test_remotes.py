"""Engines that speak elsewhere, in the whole program: off unless named, never chosen by themselves, in nobody's way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from sidecar.engines.specs import ENGINES
from sidecar.engines.table import EngineSpec
from sidecar.services.models.remotes import Remotes
from sidecar.settings import Settings
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Message, Studio
from tests.vllm_server import VllmServer

SPEC = next(engine for engine in ENGINES if engine.remote)
ELSEWHERE = {"kind": "preset", "engine": "vllm-omni", "voice_id": "ryan"}
KEY = "sk-hunter2"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[VllmServer]:
    """One with a key, which the environment holds."""
    monkeypatch.setenv("VOICEBOX_VLLM_OMNI_KEY", KEY)
    with VllmServer("CustomVoice", key=KEY) as running:
        yield running


@asynccontextmanager
async def studio_of(folder: Path, **settings: Any) -> AsyncIterator[Studio]:
    """A program with the scripted engine, a profile of its voice and one of a served voice."""
    folder.mkdir(exist_ok=True)
    async with Studio(folder, [spec(), SPEC]) as studio:
        await studio.call("settings.update", **settings)
        await studio.call("profiles.create", name="Here", voice=VOICE)
        await studio.call("profiles.create", name="There", voice=ELSEWHERE)
        yield studio


async def engine(studio: Studio) -> Message:
    """What `engines.list` tells of it."""
    listed = (await studio.call("engines.list"))["items"]
    return next(item for item in listed if item["id"] == SPEC.id)


async def test_without_servers_it_is_off_and_says_how_to_turn_it_on(tmp_path: Path) -> None:
    async with studio_of(tmp_path / "data") as studio:
        told = await engine(studio)
        assert (told["available"], told["remote"], told["hosts"]) == (False, True, [])
        assert "vllm_omni_servers" in told["reason"]
        answer = await studio.answer("generation.create", profile_id="there", text="One, two.")
        assert answer["error"]["data"]["kind"] == "model_unavailable"
        assert "VOICEBOX_VLLM_OMNI_SERVERS" in answer["error"]["message"]


async def test_it_tells_where_voices_go(tmp_path: Path) -> None:
    async with studio_of(tmp_path / "data", vllm_omni_servers="https://a.example, https://b.example:81/tts") as studio:
        told = await engine(studio)
        assert (told["available"], told["hosts"]) == (True, ["a.example", "b.example:81"])
        form = (await studio.call("settings.get"))["schema"]
        described = next(setting["description"] for setting in form if setting["name"] == "vllm_omni_servers")
        assert "leaves this machine" in described


@pytest.mark.parametrize("address", ["http://speech.example.org", "https://u:hunter2@a.example", "a.example", ""])
async def test_an_address_that_is_not_allowed_changes_nothing(tmp_path: Path, address: str) -> None:
    async with studio_of(tmp_path / "data") as studio:
        answer = await studio.answer("settings.update", vllm_omni_servers=address)
        assert answer["error"]["data"]["kind"] == "invalid_params"
        assert "hunter2" not in str(answer)
        assert (await studio.call("settings.get"))["settings"]["vllm_omni_servers"] is None


def test_offline_refuses_to_use_it() -> None:
    settings = Settings(vllm_omni_servers="https://a.example")
    assert Remotes(lambda: settings, offline=False).refusal(SPEC) is None
    assert "VOICEBOX_OFFLINE" in (Remotes(lambda: settings, offline=True).refusal(SPEC) or "")


async def test_its_models_are_no_models_of_this_machine(tmp_path: Path) -> None:
    async with studio_of(tmp_path / "data") as studio:
        models = (await studio.call("engines.list"))["items"][1]["models"]
        listed = {model["id"] for model in (await studio.call("models.list"))["items"]}
        assert models
        assert not listed & set(models)
        for method, more in {
            "models.download": {},
            "models.verify": {},
            "models.load": {},
            "models.delete": {},
            "models.install": {"path": str(tmp_path)},
        }.items():
            answer = await studio.answer(method, model=models[0], **more)
            assert answer["error"]["data"]["kind"] == "unsupported", method


@pytest.mark.parametrize(
    ("settings", "asked", "chosen"),
    [
        ({}, {}, "model_unavailable"),
        ({}, {"engine": "vllm-omni"}, "vllm-omni"),
        ({}, {"model": "vllm-omni-voice-design"}, "vllm-omni"),
        ({"default_engine": "vllm-omni"}, {}, "vllm-omni"),
    ],
)
async def test_it_speaks_only_where_somebody_names_it(
    tmp_path: Path, settings: dict[str, Any], asked: dict[str, Any], chosen: str
) -> None:
    qwen = ENGINES[0]
    assert isinstance(qwen, EngineSpec)
    (tmp_path / "data").mkdir()
    async with Studio(tmp_path / "data", [qwen, SPEC]) as studio:
        await studio.call("settings.update", vllm_omni_servers="https://a.example", **settings)
        await studio.call("profiles.create", name="Man", voice={"kind": "designed", "instruct": "An old man."})
        answer = await studio.answer("generation.create", profile_id="man", text="One, two.", **asked)
        found = answer["result"]["generation"]["engine"] if "result" in answer else answer["error"]["data"]["kind"]
        assert found == chosen
        if "result" in answer:
            await studio.call("jobs.cancel", job_id=answer["result"]["job_id"])


async def test_it_speaks_and_says_while_it_does_to_whom(tmp_path: Path, server: VllmServer) -> None:
    async with studio_of(tmp_path / "data", vllm_omni_servers=server.url) as studio:
        asked = await studio.call("generation.create", profile_id="there", text="One, two.", seed=5)
        await studio.hear("job.progress", lambda told: told["stage"] == f"sending the text to {server.host}")
        await studio.hear("job.finished", lambda told: told["job_id"] == asked["job_id"])
        made = (await studio.call("history.get", generation_id=asked["generation"]["id"]))["generation"]
        assert (made["status"], made["engine"], made["fidelity"]) == ("completed", "vllm-omni", "preset")
        assert server.requests[0]["seed"] == 5
        assert (await studio.call("system.health"))["resident_models"] == []
        await studio.call("settings.update", engine_idle_s=0.1)
        await studio.call("generation.create", profile_id="there", text="Three, four.", wait=True)
        while "remote" in {engine["role"] for engine in (await studio.call("system.health"))["engines"]}:
            await asyncio.sleep(0.02)


async def test_what_is_spoken_elsewhere_keeps_nothing_here_waiting(tmp_path: Path, server: VllmServer) -> None:
    server.troubles.append("hang")
    async with studio_of(tmp_path / "data", vllm_omni_servers=server.url) as studio:
        hanging = await studio.call("generation.create", profile_id="there", text="One, two.")
        await studio.hear(
            "job.progress", lambda told: told["job_id"] == hanging["job_id"] and "to 127" in told["stage"]
        )
        made = await studio.call("generation.create", profile_id="here", text="Three, four.", wait=True)
        assert made["generation"]["status"] == "completed"
        beside = await studio.call("generation.create", profile_id="there", text="Five, six.", wait=True)
        assert beside["generation"]["status"] == "completed"
        await studio.call("jobs.cancel", job_id=hanging["job_id"])
        assert server.hung_up.wait(5)


async def test_a_key_is_never_told_and_one_of_the_environment_cannot_be_changed(
    tmp_path: Path, server: VllmServer
) -> None:
    async with studio_of(tmp_path / "data") as studio:
        told = await studio.call("engines.key", engine="vllm-omni")
        assert told == {"engine": "vllm-omni", "has_key": True, "source": "environment"}
        answer = await studio.answer("engines.set_key", engine="vllm-omni", key="sk-other")
        assert answer["error"]["data"]["kind"] == "conflict"
        assert KEY not in str(answer)


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "schlüssel", 7, "x" * 4097])
async def test_a_key_that_is_none_is_refused_without_repeating_it(tmp_path: Path, key: object) -> None:
    async with studio_of(tmp_path / "data") as studio:
        answer = await studio.answer("engines.set_key", engine="vllm-omni", key=key)
        assert answer["error"]["data"]["kind"] == "invalid_params"
        assert str(key) not in str(answer) or key in ("", 7)


async def test_an_engine_of_this_machine_takes_no_key(tmp_path: Path) -> None:
    async with studio_of(tmp_path / "data") as studio:
        answer = await studio.answer("engines.set_key", engine="scripted", key="sk-1")
        assert answer["error"]["data"]["kind"] == "unsupported"
