"""Which waiting call runs next, and on which device: decided from what is told, without a clock, a loop or a machine.

Each call waits in the queue of one device, its home: the one that holds its model, else the one with the least to do.
A device that is free takes from its own queue, and from the others' if its own is empty. The order within a queue is
fair between callers (start-time fair queueing: Goyal, Vin and Cheng, 1996, with every call of length one), and first
come, first served for each.

What holds always, and what tests/engines/test_schedule.py simulates:

- What is loaded in a memory, with what is being loaded there, is never more than its budget. What nobody uses makes
  room, and that is decided here.
- A call sees at most `MOST_PASSES` calls that come after it in that order begin on a device that it might have had.
- No device is idle while a call waits that could run there, but for one case: a call that has been passed over that
  often waits for memory that calls at work still hold. Until it has it, nothing begins on a device that it may have, or
  with a model in that memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sidecar.device_names import kind_of, memory_of

MOST_PASSES = 8


@dataclass(frozen=True)
class Need:
    """The model that a call works with, and what loading it takes, in bytes, by kind of device: "cpu" always.

    Where a card's figure is missing the engine computes on the processor, whatever device it is given.
    """

    model: str
    bytes_by_kind: Mapping[str, int]

    def on(self, device: str) -> tuple[str, int]:
        """The memory that it takes if a device is to work with it, and how much."""
        place = device if kind_of(device) in self.bytes_by_kind else "cpu"
        return memory_of(place), self.bytes_by_kind[kind_of(place)]


@dataclass(frozen=True)
class Held:
    """A model that a device's process holds. `last_used` is greater the later that was."""

    model: str
    memory: str
    bytes: int
    last_used: float


@dataclass(frozen=True)
class Start:
    """A call begins on a device, once each of these models is unloaded from the idle device that holds it."""

    call: int
    device: str
    evict: tuple[tuple[str, str], ...] = ()
    """Device and model."""


@dataclass
class _Call:
    id: int
    caller: str
    need: Need | None
    only: frozenset[str]
    """The devices that may run it; empty for any."""
    turn: int
    home: str = ""
    passes: int = 0

    @property
    def order(self) -> tuple[int, int]:
        return self.turn, self.id

    def may_use(self, device: str) -> bool:
        return not self.only or device in self.only


class Schedule:
    """The calls that wait and run, and what each device holds. `budget` tells of a memory how much models may take.

    Whoever tells it of a change asks `next` until that gives None.
    """

    def __init__(self, budget: Callable[[str], int | None]) -> None:
        self._budget = budget
        self._devices: tuple[str, ...] = ()
        self._held: dict[str, tuple[Held, ...]] = {}
        self._running: dict[str, _Call] = {}
        self._waiting: list[_Call] = []
        self._turn = 0
        self._last_turns: dict[str, int] = {}

    def use(self, devices: Sequence[str]) -> None:
        """From now on these devices take calls. What runs on another one is left to its end."""
        self._devices = tuple(devices)
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            if not call.only & set(devices):
                call.only = frozenset()
            self._queue(call)

    def submit(self, id: int, caller: str, need: Need | None, only: frozenset[str] = frozenset()) -> None:
        """Let a call wait; its `id` is greater than those before. `only` are the devices that may run it, or any."""
        turn = max(self._turn, self._last_turns.get(caller, -1) + 1)
        self._last_turns[caller] = turn
        self._queue(_Call(id, caller, need, only, turn))

    def withdraw(self, id: int) -> None:
        """A call that waits is no longer wanted; or one that runs has ended, well or badly."""
        self._waiting = [call for call in self._waiting if call.id != id]
        self._running = {device: call for device, call in self._running.items() if call.id != id}

    def observe(self, device: str, held: Sequence[Held]) -> None:
        """This is what a device holds now."""
        self._held[device] = tuple(held)

    def next(self) -> Start | None:
        """The call that begins now, if one can."""
        kept: set[str] = set()
        for call, devices in self._candidates():
            free = [device for device in devices if not kept & _takes(call, device)]
            fitting = [(device, room) for device in free if (room := self._room(call, device)) is not None]
            if fitting:
                return self._start(call, *min(fitting, key=lambda fit: self._effort(call, *fit)))
            if call.passes == MOST_PASSES:
                kept |= {taken for device in devices for taken in _takes(call, device)}
        return None

    def waiting(self, device: str) -> int:
        """How many calls wait in a device's queue."""
        return sum(call.home == device for call in self._waiting)

    def elsewhere(self, device: str) -> dict[str, int]:
        """What the other devices have taken of each memory, in bytes."""
        return self._taken({*self._held, *self._running} - {device})

    def _queue(self, call: _Call) -> None:
        """Choose the home: where the model is or will be, then where the least waits."""

        def cost(device: str) -> tuple[bool, int]:
            at_home = [other for other in self._waiting if other.home == device]
            at_home += [self._running[device]] if device in self._running else []
            expected = {other.need.model for other in at_home if other.need}
            is_far = call.need is not None and not self._holds(device, call.need) and call.need.model not in expected
            return is_far, len(at_home)

        call.home = min((device for device in self._devices if call.may_use(device)), key=cost, default="")
        self._waiting.append(call)
        self._waiting.sort(key=lambda waiting: waiting.order)

    def _candidates(self) -> Iterator[tuple[_Call, list[str]]]:
        """Each call that waits with the idle devices it may have now: those passed over most, at home, and stolen."""
        idle = [device for device in self._devices if device not in self._running]
        for call in self._waiting:
            if call.passes == MOST_PASSES:
                yield call, [device for device in idle if call.may_use(device)]
        for call in self._waiting:
            yield call, [device for device in idle if device == call.home]
        for call in self._waiting:
            yield call, [device for device in idle if call.may_use(device)]

    def _room(self, call: _Call, device: str) -> tuple[tuple[str, str], ...] | None:
        """What has to be unloaded before a call can begin on a device; None if that would not suffice."""
        if call.need is None or self._holds(device, call.need):
            return ()
        memory, size = call.need.on(device)
        budget = self._budget(memory)
        if budget is None or size > budget:
            # What never fits is for the engine to refuse, which knows the figures.
            return ()
        excess = self._taken({*self._held, *self._running}).get(memory, 0) + size - budget
        evict = []
        for owner, held in self._idle_models(memory):
            if excess <= 0:
                break
            evict.append((owner, held.model))
            excess -= held.bytes
        return tuple(evict) if excess <= 0 else None

    def _effort(self, call: _Call, device: str, room: tuple[tuple[str, str], ...]) -> tuple[bool, int, int]:
        far = call.need is not None and not self._holds(device, call.need)
        return far, len(room), len(self._held.get(device, ()))

    def _start(self, call: _Call, device: str, evict: tuple[tuple[str, str], ...]) -> Start:
        self._waiting.remove(call)
        for other in self._waiting:
            if other.order < call.order and other.may_use(device):
                other.passes += 1
        self._turn = max(self._turn, call.turn)
        self._last_turns = {caller: turn for caller, turn in self._last_turns.items() if turn >= self._turn}
        for owner, model in evict:
            self._held[owner] = tuple(held for held in self._held[owner] if held.model != model)
        self._running[device] = call
        return Start(call.id, device, evict)

    def _holds(self, device: str, need: Need) -> bool:
        return any(held.model == need.model for held in self._held.get(device, ()))

    def _idle_models(self, memory: str) -> list[tuple[str, Held]]:
        """The models that nobody uses, those used longest ago first."""
        idle = (device for device in self._devices if device not in self._running)
        found = [(device, held) for device in idle for held in self._held.get(device, ()) if held.memory == memory]
        return sorted(found, key=lambda one: one[1].last_used)

    def _taken(self, devices: set[str]) -> dict[str, int]:
        """What these devices hold, or are about to load."""
        taken: dict[str, int] = {}
        for device in devices:
            for held in self._held.get(device, ()):
                taken[held.memory] = taken.get(held.memory, 0) + held.bytes
            call = self._running.get(device)
            if call and call.need and not self._holds(device, call.need):
                memory, size = call.need.on(device)
                if size <= (self._budget(memory) or size):
                    taken[memory] = taken.get(memory, 0) + size
        return taken


def _takes(call: _Call, device: str) -> set[str]:
    """What a call that runs on a device keeps from others: the device, and the memory that its model is in."""
    return {device} if call.need is None else {device, call.need.on(device)[0]}
