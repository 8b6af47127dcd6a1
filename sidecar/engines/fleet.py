"""One engine process a device: calls go where the schedule says, and each process learns what the others have taken."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sidecar.device_names import ALL, AUTO, answers_to, computing_name, kind_of, memory_of
from sidecar.engines.budget import budget_of
from sidecar.engines.cores import share_environment
from sidecar.engines.messages import Limits
from sidecar.engines.pool import STALL_S, EnginePool, no_progress
from sidecar.engines.process import NOTHING_MORE, EngineProcess, OnProgress
from sidecar.engines.schedule import Held, Need, Schedule, Start
from sidecar.errors import InvalidParams, VoiceboxError

log = logging.getLogger(__name__)

ONLY = AUTO
"""The slot of the one device there is, whatever that is called: its process stays when the setting changes."""
UNLOAD = "models.unload"


class MakePool(Protocol):
    """Makes the pool of one process that serves a device."""

    def __call__(self, limits: Callable[[], Limits], environment: Mapping[str, str]) -> EnginePool:
        """With what models may cost, and what is set for the process."""


@dataclass
class _Slot:
    """A device's pool, and how many calls are in it."""

    pool: EnginePool
    environment: Mapping[str, str]
    calls: int = 0


class EngineFleet:
    """Runs operations on several devices, in the manner of `EnginePool`.

    `devices()` tells the devices that are to be used now. One that is no longer wanted ends what it is at. With a
    single device there is nothing to decide: the calls wait in its pool, first come, first served. `limits()` is what
    all models together may cost in each memory, and how long they stay.
    """

    def __init__(
        self,
        devices: Callable[[], Awaitable[Sequence[str]]],
        make_pool: MakePool,
        limits: Callable[[], Limits],
    ) -> None:
        self._wanted = devices
        self._make_pool = make_pool
        self._limits = limits
        self._schedule = Schedule(lambda memory: budget_of(memory, limits().budget_bytes))
        self._devices: tuple[str, ...] = (AUTO,)
        self._slots: dict[str, _Slot] = {}
        self._numbers = itertools.count(1)
        self._begins: dict[int, asyncio.Future[tuple[Start, list[asyncio.Task[None]]]]] = {}
        self._unloading: set[tuple[str, str]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._clearing: list[asyncio.Task[None]] = []
        self._adopt((AUTO,))

    @property
    def width(self) -> int:
        """How many calls can run at once."""
        return len(self._devices)

    async def refresh(self) -> None:
        """Use the devices that are wanted now."""
        wanted = tuple(await self._wanted())
        if wanted != self._devices:
            self._adopt(wanted)
        # What models may cost may have changed too.
        self._go_on()

    async def call(
        self,
        operation: str,
        params: dict[str, Any],
        on_progress: OnProgress = no_progress,
        stall_s: float = STALL_S,
    ) -> dict[str, Any]:
        """Run one operation on a device that `params["device"]` allows. Raises what `EnginePool.call` raises."""
        await self.refresh()
        if operation == UNLOAD:
            return await self._unload(params)
        async with self._place(params) as name:
            if "device" in params:
                params = params | {"device": self._told(name, params["device"])}
            return await self._slots[name].pool.call(operation, params, on_progress, stall_s)

    def refuse_unused(self, device: str) -> None:
        """Raise `InvalidParams` for a device that no process is there for. A single process takes any."""
        if self.width == 1 and not device.startswith("cpu:"):
            return
        if not any(answers_to(used, device) for used in self._devices):
            used = ", ".join(self._devices)
            raise InvalidParams.about(
                "device", f"{device} is not in use; name one of {used}, or change the setting device."
            )

    def processes(self) -> list[EngineProcess]:
        """The processes that are alive now."""
        return [process for slot in self._slots.values() for process in slot.pool.processes()]

    def described(self) -> list[dict[str, Any]]:
        """Each device in use: its process if it has one, whether that works, how many calls wait, what it holds."""
        return [self._described(device) for device in self._devices]

    async def close(self) -> None:
        """End every process and wait until each is gone."""
        await asyncio.gather(*(slot.pool.close() for slot in self._slots.values()), *self._tasks)

    def _adopt(self, devices: tuple[str, ...]) -> None:
        self._devices = devices
        for name in self._names:
            self._slots.setdefault(name, self._slot(name))
        for name in list(self._slots):
            self._settle(name)
        self._schedule.use(self._names)

    @property
    def _names(self) -> tuple[str, ...]:
        """The slots that take calls now."""
        return self._devices if len(self._devices) > 1 else (ONLY,)

    def _slot(self, name: str) -> _Slot:
        environment = self._environment(name)
        return _Slot(self._make_pool(lambda: self._limits_of(name), environment), environment)

    def _environment(self, name: str) -> Mapping[str, str]:
        """A process that shares the processor with others has a share of its cores."""
        processors = [device for device in self._names if kind_of(device) == "cpu"]
        shared = name in processors and len(processors) > 1
        return share_environment(processors.index(name), len(processors)) if shared else NOTHING_MORE

    def _settle(self, name: str) -> None:
        """End a process that is no longer wanted, or not with this share of the cores, once it is at nothing."""
        slot = self._slots[name]
        if slot.calls:
            return
        if name not in self._names:
            self._retire(self._slots.pop(name))
            self._schedule.observe(name, ())
        elif self._environment(name) != slot.environment:
            self._slots[name] = self._slot(name)
            self._retire(slot)

    def _retire(self, slot: _Slot) -> None:
        self._start_task(slot.pool.close())

    def _start_task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @asynccontextmanager
    async def _place(self, params: dict[str, Any]) -> AsyncIterator[str]:
        """Wait for a device as the schedule chooses, and give the name of its slot."""
        if self._names == (ONLY,):
            self._slots[ONLY].calls += 1
            try:
                yield ONLY
            finally:
                self._leave(ONLY)
                # Others may have been added meanwhile, whose calls wait for what this one has taken.
                self._go_on()
            return
        number, begins = next(self._numbers), asyncio.get_running_loop().create_future()
        self._begins[number] = begins
        need = _need(params)
        self._schedule.submit(number, _caller(), need, self._only(params.get("device")))
        self._go_on()
        try:
            start, clearing = await begins
            if clearing and need:
                await asyncio.wait(clearing)
            yield start.device
        finally:
            del self._begins[number]
            self._schedule.withdraw(number)
            if not begins.cancelled():
                start, _ = begins.result()
                self._unloading -= {(start.device, model) for _, model in start.evict}
                self._leave(start.device)
            self._go_on()

    def _only(self, asked: str | None) -> frozenset[str]:
        """The devices that a call may run on; none for any, also where none of those asked for is in use any more."""
        chosen = {device for device in self._devices if asked and answers_to(device, asked)}
        return frozenset() if len(chosen) == len(self._devices) else frozenset(chosen)

    def _leave(self, name: str) -> None:
        self._slots[name].calls -= 1
        self._settle(name)

    def _go_on(self) -> None:
        """Let every call begin that can."""
        self._look()
        while start := self._schedule.next():
            begins = self._begins[start.call]
            if begins.cancelled():
                self._schedule.withdraw(start.call)
                # What would have made room for it stays.
                self._look()
                continue
            self._slots[start.device].calls += 1
            self._unloading |= set(start.evict)
            # Begun now, these are at the idle processes before whatever begins there next. A model on the call's own
            # device makes room there by itself. The schedule counts on the room that others make, too.
            clearing = [self._start_task(self._clear(*one)) for one in start.evict if one[0] != start.device]
            self._clearing = [*(task for task in self._clearing if not task.done()), *clearing]
            begins.set_result((start, self._clearing))

    def _look(self) -> None:
        """Tell the schedule what each process holds, but for what is about to go."""
        for name, slot in self._slots.items():
            resident = [model for process in slot.pool.processes() for model in process.resident]
            self._schedule.observe(
                name,
                [
                    Held(model["model"], memory_of(model["device"]), model["memory_bytes"], model["last_used_at"])
                    for model in resident
                    if (name, model["model"]) not in self._unloading
                ],
            )

    async def _clear(self, name: str, model: str) -> None:
        """Unload a model that is in the way. If that fails, its own process refuses the room to whatever needs it."""
        try:
            await self._slots[name].pool.call(UNLOAD, {"model": model})
        except VoiceboxError as fault:
            log.warning("%s stays on %s: %s", model, name, fault.message)
        finally:
            self._unloading.discard((name, model))

    async def _unload(self, params: dict[str, Any]) -> dict[str, Any]:
        """Unload a model from every process that holds it, or all models."""
        asked = params["model"]
        holding = [
            slot.pool
            for slot in self._slots.values()
            if any(asked in (None, model["model"]) for process in slot.pool.processes() for model in process.resident)
        ]
        answers = await asyncio.gather(*(pool.call(UNLOAD, params) for pool in holding))
        return {"unloaded": [told for answer in answers for told in answer["unloaded"]]}

    def _limits_of(self, name: str) -> Limits:
        self._look()
        return replace(self._limits(), elsewhere_bytes=self._schedule.elsewhere(name))

    def _told(self, name: str, asked: str) -> str:
        """The device's name as the engines know it. A single process is told whichever one is asked for."""
        if name != ONLY:
            return computing_name(name)
        return computing_name(self._devices[0] if "," in asked or asked == ALL else asked)

    def _described(self, device: str) -> dict[str, Any]:
        name = device if device in self._names else ONLY
        processes = self._slots[name].pool.processes()
        return {
            "device": device,
            "pid": processes[0].pid if processes else None,
            "state": "working" if any(process.working for process in processes) else "idle",
            "waiting": self._schedule.waiting(name),
            "models": [model["model"] for process in processes for model in process.resident],
        }


def _caller() -> str:
    """Whoever asks: a job's task bears its name."""
    task = asyncio.current_task()
    return task.get_name() if task else ""


def _need(params: Mapping[str, Any]) -> Need | None:
    """The model that an operation works with, as `worker.loading` reads it from the parameters."""
    if "whisper" in params:
        return Need(params["whisper"], params["whisper_bytes"])
    return Need(params["model"], params["memory_bytes"]) if "memory_bytes" in params else None
