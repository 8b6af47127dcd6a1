"""Engine processes come and go with the memory that their models need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from sidecar.engines.messages import Limits
from sidecar.engines.pool import EnginePool
from sidecar.engines.process import EngineCrashed
from sidecar.errors import EngineFailed, ModelUnavailable

pytestmark = pytest.mark.process

MEGABYTE = 1 << 20
CEILING = 200 * MEGABYTE
SOON_S = 0.3


class Pool:
    """A pool of one process, and the hungry engine's models in it."""

    def __init__(self, pool: EnginePool) -> None:
        self.pool = pool

    async def load(self, model: str, **options: Any) -> dict[str, Any]:
        keep = {name: options.pop(name) for name in ("keep_alive_s",) if name in options}
        params = {
            "adapter": "tests.hungry_engine:HungryEngine",
            "model": model,
            "model_dir": f"/models/{model}",
            "memory_bytes": {"cpu": options.get("holds", 0)},
            "device": "cpu",
            "options": options,
        }
        return await self.pool.call("models.load_speech", params | keep)

    async def unload(self, model: str | None = None) -> list[str]:
        answer = await self.pool.call("models.unload", {"model": model})
        return [told["model"] for told in answer["unloaded"]]

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.pool.processes()]

    @property
    def held(self) -> list[str]:
        return [told["model"] for process in self.pool.processes() for told in process.resident]

    async def ended(self, pid: int) -> bool:
        """Wait for a process to end; whether it did."""
        for _ in range(200):
            if not psutil.pid_exists(pid):
                return True
            await asyncio.sleep(0.05)
        return False


@asynccontextmanager
async def pool_of(folder: Path, limits: Limits = Limits(), idle_s: float = 60.0) -> AsyncIterator[Pool]:  # noqa: B008
    pool = EnginePool("model", 1, folder / "engine.log", lambda: idle_s, CEILING, 30.0, lambda: limits)
    try:
        yield Pool(pool)
    finally:
        await pool.close()


async def test_a_process_is_kept_for_what_its_models_cost_and_not_for_more(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        await pool.load("a", holds=2 * CEILING)
        (first,) = pool.pids
        await pool.load("b")
        assert pool.pids == [first]
        await pool.load("c", leaks=CEILING)
        assert pool.pids == []
        assert await pool.ended(first)


async def test_a_process_ends_when_the_last_of_its_models_is_unloaded(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        await pool.load("a")
        await pool.load("b")
        (pid,) = pool.pids
        assert await pool.unload("a") == ["a"]
        assert (pool.pids, pool.held) == ([pid], ["b"])
        assert await pool.unload() == ["b"]
        assert pool.pids == []
        assert await pool.ended(pid)


async def test_a_process_ends_when_the_last_of_its_models_has_expired(tmp_path: Path) -> None:
    async with pool_of(tmp_path, Limits(keep_alive_s=SOON_S)) as pool:
        await pool.load("a", keep_alive_s=0)
        assert pool.held == []
        await pool.load("b")
        (pid,) = pool.pids
        assert pool.held == ["b"]
        assert await pool.ended(pid)


async def test_a_process_stays_with_a_model_that_is_kept_for_ever(tmp_path: Path) -> None:
    async with pool_of(tmp_path, Limits(keep_alive_s=SOON_S), idle_s=SOON_S) as pool:
        await pool.load("a", keep_alive_s=None)
        (pid,) = pool.pids
        assert pool.pool.processes()[0].models_stay_s is None
        await pool.unload()
        assert await pool.ended(pid)


async def test_the_budget_holds_in_the_process(tmp_path: Path) -> None:
    async with pool_of(tmp_path, Limits(budget_bytes=3 * MEGABYTE)) as pool:
        for model in "abc":
            await pool.load(model, holds=MEGABYTE)
        await pool.load("d", holds=2 * MEGABYTE)
        assert pool.held == ["c", "d"]
        with pytest.raises(ModelUnavailable):
            await pool.load("e", holds=4 * MEGABYTE)
        assert pool.held == ["c", "d"]


async def test_a_shortage_is_answered_with_a_fresh_process_that_holds_nothing_else(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        await pool.load("a", alone=True)
        (first,) = pool.pids
        await pool.load("b", alone=True)
        (second,) = pool.pids
        assert second != first
        assert pool.held == ["b"]
        assert await pool.ended(first)


async def test_a_second_shortage_is_told_in_numbers_and_nothing_stays(tmp_path: Path) -> None:
    async with pool_of(tmp_path, Limits(budget_bytes=MEGABYTE)) as pool:
        with pytest.raises(EngineFailed, match="Memory ran out: a takes about") as failed:
            await pool.load("a", never=True)
        assert not isinstance(failed.value, EngineCrashed)
        assert failed.value.data["budget_bytes"] == MEGABYTE
        assert failed.value.data["free_bytes"] > 0
        assert pool.pids == []
        await pool.load("a")
        assert pool.held == ["a"]


async def test_a_process_that_the_system_kills_is_told_in_numbers(tmp_path: Path) -> None:
    async with pool_of(tmp_path) as pool:
        await pool.load("a", holds=MEGABYTE)
        with pytest.raises(EngineCrashed, match="as it does when memory runs out") as crashed:
            await pool.load("b", killed=True)
        assert crashed.value.data["rss_bytes"] > MEGABYTE
        assert crashed.value.data["free_bytes"] > 0


async def test_whoever_tidies_up_after_a_process_is_told_once_it_is_gone_however_it_ended(tmp_path: Path) -> None:
    gone: list[int] = []
    pool = EnginePool("model", 1, tmp_path / "log", lambda: 60.0, CEILING, 30.0, on_end=gone.append)
    await Pool(pool).load("a")
    (killed,) = Pool(pool).pids
    psutil.Process(killed).kill()
    assert await Pool(pool).ended(killed)
    await Pool(pool).load("b")
    (ended,) = Pool(pool).pids
    assert gone == [killed]
    await pool.close()
    assert gone == [killed, ended]
