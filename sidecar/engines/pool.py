"""A few engine processes of one role: handed out to one caller at a time, kept while useful, recycled when not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sidecar.engines.messages import OUT_OF_MEMORY, Limits
from sidecar.engines.process import NOTHING_MORE, EngineProcess, OnEnd, OnProgress, nothing_to_do
from sidecar.errors import EngineFailed

log = logging.getLogger(__name__)

STALL_S = 300.0


def no_progress(_progress: dict[str, Any]) -> None:
    """For callers that do not ask how far it is."""


class EnginePool:
    """Runs operations in at most `size` child processes.

    An idle process is ended when its models have expired, or after `idle_s()` seconds if it holds none, since that is
    how its memory is really given back. After an operation, one that has no models left is ended at once, as is one
    that has grown past `ceiling_bytes` beside its models; one that gives no sign of life for `silence_s` seconds is
    killed. `limits()` is what models may cost and how long they stay, `environment` what is set for the processes,
    `on_end` what is done when one is gone.
    """

    def __init__(
        self,
        name: str,
        size: int,
        log_file: Path,
        idle_s: Callable[[], float],
        ceiling_bytes: int,
        silence_s: float,
        limits: Callable[[], Limits] = Limits,
        environment: Mapping[str, str] = NOTHING_MORE,
        on_end: OnEnd = nothing_to_do,
    ) -> None:
        self._name = name
        self._free = asyncio.Semaphore(size)
        self._log_file = log_file
        self._idle_s = idle_s
        self._ceiling_bytes = ceiling_bytes
        self._silence_s = silence_s
        self._limits = limits
        self._environment = environment
        self._on_end = on_end
        self._idle: list[EngineProcess] = []
        self._all: set[EngineProcess] = set()
        self._expiry: dict[EngineProcess, asyncio.TimerHandle] = {}
        self._endings: set[asyncio.Task[None]] = set()

    async def call(
        self,
        operation: str,
        params: dict[str, Any],
        on_progress: OnProgress = no_progress,
        stall_s: float = STALL_S,
    ) -> dict[str, Any]:
        """Run one operation in a free process, starting one if need be. See `EngineProcess.call` for what it raises.

        One that runs out of memory is tried once more in a fresh process, with nothing else in it.
        """
        try:
            return await self._run(operation, params, on_progress, stall_s)
        except EngineFailed as fault:
            if fault.data.get("reason") != OUT_OF_MEMORY:
                raise
            log.warning("%s is tried once more in a fresh process: %s", operation, fault.message)
        return await self._run(operation, params, on_progress, stall_s)

    def processes(self) -> list[EngineProcess]:
        """The processes that are alive now."""
        return [process for process in self._all if process.alive]

    async def close(self) -> None:
        """End every process and wait until each is gone."""
        for timer in self._expiry.values():
            timer.cancel()
        await asyncio.gather(*(process.stop() for process in list(self._all)), *self._endings)
        self._all.clear()

    async def _run(
        self, operation: str, params: dict[str, Any], on_progress: OnProgress, stall_s: float
    ) -> dict[str, Any]:
        async with self._process() as process:
            try:
                return await process.call(operation, params, self._limits(), on_progress, stall_s)
            except EngineFailed as fault:
                if fault.data.get("reason") == OUT_OF_MEMORY:
                    await process.stop()
                raise

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[EngineProcess]:
        async with self._free:
            process = await self._take()
            try:
                yield process
            finally:
                await self._give_back(process)

    async def _take(self) -> EngineProcess:
        while self._idle:
            process = self._idle.pop()
            if timer := self._expiry.pop(process, None):
                timer.cancel()
            if process.alive:
                return process
            self._end(process)
        process = await EngineProcess.start(self._log_file, self._silence_s, self._environment, self._on_end)
        log.info("%s engine process %s started", self._name, process.pid)
        self._all.add(process)
        return process

    async def _give_back(self, process: EngineProcess) -> None:
        if not process.alive:
            self._end(process)
        elif process.spent or process.overhead_bytes > self._ceiling_bytes:
            log.info("recycling engine process %s at %d MB", process.pid, process.rss_bytes >> 20)
            self._end(process)
        else:
            self._idle.append(process)
            self._expire_later(process)

    def _expire_later(self, process: EngineProcess) -> None:
        stay_s = process.models_stay_s if process.resident else self._idle_s()
        if stay_s is not None:
            self._expiry[process] = asyncio.get_running_loop().call_later(stay_s, self._expire, process)

    def _expire(self, process: EngineProcess) -> None:
        log.info("ending the idle engine process %s", process.pid)
        self._idle.remove(process)
        self._expiry.pop(process)
        self._end(process)

    def _end(self, process: EngineProcess) -> None:
        self._all.discard(process)
        ending = asyncio.create_task(process.stop())
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)
