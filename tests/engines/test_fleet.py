"""Several devices, each with a real engine process: what runs where, and what the processes hold together."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from sidecar.engines.cores import share_of
from sidecar.engines.fleet import EngineFleet
from sidecar.engines.messages import Limits
from sidecar.engines.pool import EnginePool
from sidecar.errors import InvalidParams, ModelUnavailable
from sidecar.operating_system import available_cores
from tests.gated_engine import LOG

pytestmark = pytest.mark.process

LOOK_S = 0.02
LOOKS = 1_500
CEILING = 1 << 30
MEGABYTE = 1 << 20


class Fleet:
    """A fleet, the devices that it is told to use, and the gated engine's models in it."""

    def __init__(self, folder: Path, devices: str, limits: Limits) -> None:
        self.devices = devices
        self.limits = limits
        self._folder = folder

        async def wanted() -> tuple[str, ...]:
            return tuple(self.devices.split(","))

        def pool(limits: Callable[[], Limits], environment: Mapping[str, str]) -> EnginePool:
            return EnginePool("model", 1, folder / "log", lambda: 60.0, CEILING, 30.0, limits, environment)

        self.fleet = EngineFleet(wanted, pool, lambda: self.limits)

    def load(self, model: str, device: str | None = None, **options: Any) -> asyncio.Task[dict[str, Any]]:
        """Begin to load a model."""
        params = {
            "adapter": "tests.gated_engine:GatedEngine",
            "model": model,
            "model_dir": str(self._folder / model),
            "memory_bytes": {"cpu": options.get("holds", 0)},
            "device": self.devices if device is None else device,
            "options": options,
        }
        return asyncio.create_task(self.fleet.call("models.load_speech", params))

    def gate(self, name: str = "gate") -> str:
        """The file that lets a model finish loading, once `open` has made it."""
        return str(self._folder / name)

    def open(self, name: str = "gate") -> None:
        (self._folder / name).touch()

    def loaded(self) -> list[dict[str, Any]]:
        """What has begun to load, in this order."""
        with suppress(FileNotFoundError):
            return [json.loads(line) for line in (self._folder / LOG).read_text("utf-8").splitlines()]
        return []

    async def begun(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many models have begun to load."""
        await until(lambda: len(self.loaded()) >= count)
        return self.loaded()

    @property
    def held(self) -> dict[str, list[str]]:
        """The models by device."""
        return {device["device"]: device["models"] for device in self.fleet.described()}


async def until(true: Callable[[], bool]) -> None:
    for _ in range(LOOKS):
        if true():
            return
        await asyncio.sleep(LOOK_S)
    raise AssertionError("it did not come about")


@asynccontextmanager
async def fleet_of(folder: Path, devices: str, limits: Limits = Limits()) -> AsyncIterator[Fleet]:  # noqa: B008
    fleet = Fleet(folder, devices, limits)
    try:
        yield fleet
    finally:
        fleet.open()
        await fleet.fleet.close()


async def test_two_calls_run_at_once_each_in_a_process_with_its_share_of_the_cores(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1") as fleet:
        loading = [fleet.load(model, gate=fleet.gate()) for model in "ab"]
        first, second = await fleet.begun(2)
        assert first["pid"] != second["pid"]
        assert (first["device"], second["device"]) == ("cpu", "cpu")
        cores = available_cores()
        shares = [share_of(cores, index, 2) for index in range(2)]
        assert sorted([first["cores"], second["cores"]]) == sorted(shares)
        assert [first["threads"], second["threads"]] == [len(first["cores"]), len(second["cores"])]
        assert [device["state"] for device in fleet.fleet.described()] == ["working", "working"]
        fleet.open()
        await asyncio.gather(*loading)
        await asyncio.gather(*(fleet.load(model, gate=fleet.gate()) for model in "ab"))
        assert sorted(fleet.held.values()) == [["a"], ["b"]]


async def test_a_call_that_is_cancelled_while_it_waits_never_runs(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1") as fleet:
        loading = [fleet.load(model, gate=fleet.gate()) for model in "ab"]
        await fleet.begun(2)
        given_up, wanted = fleet.load("c"), fleet.load("d")
        await until(lambda: sum(device["waiting"] for device in fleet.fleet.described()) == 2)
        given_up.cancel()
        with pytest.raises(asyncio.CancelledError):
            await given_up
        fleet.open()
        await asyncio.gather(*loading, wanted)
        assert sorted(one["model"] for one in fleet.loaded()) == ["a", "b", "d"]


async def test_processes_that_share_a_memory_keep_within_one_budget_together(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1", Limits(10 * MEGABYTE)) as fleet:
        await fleet.load("a", "cpu:0", holds=6 * MEGABYTE)
        await fleet.load("b", "cpu:1", holds=3 * MEGABYTE)
        assert fleet.held == {"cpu:0": ["a"], "cpu:1": ["b"]}
        await fleet.load("c", "cpu:1", holds=6 * MEGABYTE)
        assert fleet.held == {"cpu:0": [], "cpu:1": ["b", "c"]}
        await fleet.load("d", "cpu:1", holds=7 * MEGABYTE)
        assert fleet.held == {"cpu:0": [], "cpu:1": ["d"]}
        with pytest.raises(ModelUnavailable, match="models may take"):
            await fleet.load("e", holds=11 * MEGABYTE)


async def test_a_model_waits_for_what_is_in_use_on_another_device(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1", Limits(10 * MEGABYTE)) as fleet:
        first = fleet.load("a", holds=6 * MEGABYTE, gate=fleet.gate())
        await fleet.begun(1)
        second = fleet.load("b", holds=6 * MEGABYTE)
        small = await fleet.load("c", holds=MEGABYTE)
        assert small["model"] == "c"
        assert not second.done()
        fleet.open()
        await asyncio.gather(first, second)
        assert [one["model"] for one in fleet.loaded()] == ["a", "c", "b"]


async def test_what_waits_for_memory_begins_when_the_last_call_of_the_one_process_before_has_ended(
    tmp_path: Path,
) -> None:
    async with fleet_of(tmp_path, "cpu", Limits(10 * MEGABYTE)) as fleet:
        await fleet.load("a", holds=6 * MEGABYTE)
        last = fleet.load("b", holds=MEGABYTE, gate=fleet.gate())
        await fleet.begun(2)
        fleet.devices = "cpu:0,cpu:1"
        waiting = fleet.load("c", holds=6 * MEGABYTE)
        await until(lambda: sum(device["waiting"] for device in fleet.fleet.described()) == 1)
        fleet.open()
        await until(waiting.done)
        await asyncio.gather(last, waiting)


async def test_what_waits_for_memory_begins_when_more_is_allowed(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1", Limits(10 * MEGABYTE)) as fleet:
        first = fleet.load("a", holds=6 * MEGABYTE, gate=fleet.gate())
        await fleet.begun(1)
        second = fleet.load("b", holds=6 * MEGABYTE)
        await until(lambda: sum(device["waiting"] for device in fleet.fleet.described()) == 1)
        fleet.limits = Limits(20 * MEGABYTE)
        await fleet.fleet.refresh()
        await until(second.done)
        fleet.open()
        await asyncio.gather(first, second)


async def test_whoever_counts_on_room_that_is_made_for_another_waits_for_it_too(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1,cpu:2", Limits(10 * MEGABYTE)) as fleet:
        await fleet.load("a", "cpu:0", holds=8 * MEGABYTE)
        first = fleet.load("b", "cpu:1", holds=4 * MEGABYTE, gate=fleet.gate("first"))
        second = fleet.load("c", "cpu:2", holds=5 * MEGABYTE, gate=fleet.gate("second"))
        await fleet.begun(2)
        assert fleet.held["cpu:0"] == []
        fleet.open("first")
        fleet.open("second")
        await asyncio.gather(first, second)


async def test_a_crashed_process_has_forgotten_its_models(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1") as fleet:
        await fleet.load("a", "cpu:1")
        (process,) = fleet.fleet.processes()
        psutil.Process(process.pid).kill()
        await until(lambda: fleet.held == {"cpu:0": [], "cpu:1": []})
        await fleet.load("a", "cpu:1")
        assert fleet.held == {"cpu:0": [], "cpu:1": ["a"]}


async def test_a_model_is_unloaded_from_every_process_that_holds_it(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1") as fleet:
        for device in ("cpu:0", "cpu:1"):
            await fleet.load("a", device)
            await fleet.load("b", device)
        answer = await fleet.fleet.call("models.unload", {"model": "a"})
        assert [one["model"] for one in answer["unloaded"]] == ["a", "a"]
        assert fleet.held == {"cpu:0": ["b"], "cpu:1": ["b"]}
        answer = await fleet.fleet.call("models.unload", {"model": None})
        assert [one["model"] for one in answer["unloaded"]] == ["b", "b"]


async def test_a_device_that_is_taken_away_ends_what_it_is_at(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1") as fleet:
        loading = [fleet.load("a", "cpu:0", gate=fleet.gate()), fleet.load("b", "cpu:1", gate=fleet.gate())]
        await fleet.begun(2)
        waiting = fleet.load("c", "cpu:1", gate=fleet.gate())
        await until(lambda: sum(device["waiting"] for device in fleet.fleet.described()) == 1)
        fleet.devices = "cpu"
        await fleet.fleet.refresh()
        assert fleet.fleet.width == 1
        _, _, alone = await fleet.begun(3)
        assert (alone["model"], alone["cores"]) == ("c", available_cores())
        fleet.open()
        assert [told["model"] for told in await asyncio.gather(*loading, waiting)] == ["a", "b", "c"]
        await until(lambda: len(fleet.fleet.processes()) == 1)
        assert fleet.held == {"cpu": ["c"]}
        fleet.devices = "cpu:0,cpu:1,cpu:2"
        await fleet.load("d", "cpu:2")
        assert fleet.fleet.width == 3
        assert fleet.held == {"cpu:0": [], "cpu:1": [], "cpu:2": ["d"]}


async def test_a_device_that_is_not_in_use_is_refused_in_words(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "cpu:0,cpu:1") as fleet:
        await fleet.fleet.refresh()
        for device in ("auto", "cpu", "cpu:1"):
            fleet.fleet.refuse_unused(device)
        with pytest.raises(InvalidParams, match="cuda:0 is not in use; name one of cpu:0, cpu:1, or change"):
            fleet.fleet.refuse_unused("cuda:0")


async def test_a_single_process_takes_any_device_under_the_name_it_is_asked_for(tmp_path: Path) -> None:
    async with fleet_of(tmp_path, "auto") as fleet:
        fleet.fleet.refuse_unused("mps")
        with pytest.raises(InvalidParams, match="cpu:1 is not in use; name one of auto"):
            fleet.fleet.refuse_unused("cpu:1")
        await fleet.load("a")
        await fleet.load("b", "xpu:7")
        await fleet.load("c", "cpu:0,cpu:1")
        assert [one["device"] for one in fleet.loaded()] == ["auto", "xpu:7", "auto"]
        assert len({one["pid"] for one in fleet.loaded()}) == 1
        fleet.devices = "mps"
        await fleet.load("d")
        assert {one["pid"] for one in fleet.loaded()} == {fleet.loaded()[0]["pid"]}
        assert fleet.held == {"mps": ["a", "b", "c", "d"]}
