"""The models that this process holds: loaded when first used, kept for a time, within a budget, never lost in use."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from sidecar.device_names import RAM, memory_of, numbered
from sidecar.engines.base import Place
from sidecar.engines.messages import Limits
from sidecar.engines.worker.memory import free_bytes, gib, give_back, own_budget, shortage
from sidecar.errors import Conflict, EngineFailed, ModelUnavailable


class Loaded(Protocol):
    """Anything that costs memory while it is kept."""

    @property
    def memory_bytes(self) -> int:
        """What keeping it costs, in bytes."""

    def close(self) -> None:
        """Give the memory back."""


M = TypeVar("M", bound=Loaded)
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Wanted:
    """A model as an operation asks for it.

    `memory_bytes` is what the catalogue says that it will cost, by kind of device: "cpu" always, others where they
    differ from that. `variant` tells apart what the same files are loaded as.
    """

    model: str
    model_dir: Path
    device: str
    memory_bytes: Mapping[str, int]
    variant: str = ""

    @property
    def key(self) -> Key:
        """One key always stands for one loaded thing, which may be asked for by other names of its device too."""
        return str(self.model_dir), self.device, self.variant

    def is_like(self, other: Wanted) -> bool:
        """Whether both are the same but for the device."""
        return (self.model_dir, self.variant) == (other.model_dir, other.variant)

    def needs(self, place: Place) -> int:
        """What it will cost there, in bytes."""
        return self.memory_bytes.get(place.device.partition(":")[0], self.memory_bytes["cpu"])


@dataclass
class _Held:
    wanted: Wanted
    place: Place
    loaded: Loaded
    memory_bytes: int
    last_used_at: float
    asked: set[str] = field(default_factory=set)
    """The names of its device by which it was asked for: "auto" and "cpu" may mean one."""
    keep_alive_s: float | None = None
    keep_alive_asked: bool = False
    """Whether `keep_alive_s` is this model's own, and holds whatever the limits say."""
    users: int = 0

    @property
    def memory(self) -> str:
        return memory_of(self.place.device)

    @property
    def expires_at(self) -> float | None:
        return None if self.keep_alive_s is None or self.users else self.last_used_at + self.keep_alive_s

    def told(self) -> dict[str, Any]:
        return {
            "model": self.wanted.model,
            "device": self.place.device,
            "fallback": self.place.fallback,
            "memory_bytes": self.memory_bytes,
            "in_use": self.users > 0,
            "last_used_at": self.last_used_at,
            "expires_at": self.expires_at,
        }


class LoadedModels:
    """Keeps models in the manner of Ollama's scheduler; for one thread, but `resident` may be read from any.

    A model is loaded when it is first used, kept while it is used and for its keep-alive time after. Before another
    is loaded, those used longest ago make room for it within the budget; one in use never does.

    `clock` gives seconds since the epoch.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._limits = Limits()
        self.resident: list[dict[str, Any]] = []
        self._clock = clock
        self._held: dict[Key, _Held] = {}
        self._last_wanted: tuple[Wanted, Place] | None = None
        self._tell: Callable[[], None] = lambda: None

    def allow(self, limits: Limits) -> None:
        """From now on these limits hold, for what is held already too."""
        self._limits = limits
        self._snapshot()

    def watch(self, tell: Callable[[], None]) -> None:
        """Have `tell` called whenever a model has come into use, when `resident` is up to date."""
        self._tell = tell

    @contextmanager
    def use(self, wanted: Wanted, place: Callable[[str], Place], load: Callable[[], M]) -> Iterator[M]:
        """Hold a model for a while, loading it first if need be. `place` tells where a device's name leads.

        Raises:
            ModelUnavailable: it would not fit into the budget, even alone or beside what is in use.

        """
        held = self._find(wanted) or self._placed(wanted, place(wanted.device), load)
        held.asked.add(wanted.device)
        self._held.pop(held.wanted.key, None)
        self._held[held.wanted.key] = held
        self._last_wanted = wanted, held.place
        held.users += 1
        self._snapshot()
        self._tell()
        try:
            yield cast(M, held.loaded)
        finally:
            held.users -= 1
            held.last_used_at = self._clock()
            held.memory_bytes = held.loaded.memory_bytes
            self._snapshot()

    def keep(self, wanted: Wanted, keep_alive_s: float | None) -> None:
        """Keep a model that is held for this time after each use, None for ever, whatever the limits say."""
        held = self._held_for(wanted)
        held.keep_alive_s, held.keep_alive_asked = keep_alive_s, True
        self._snapshot()

    def told(self, wanted: Wanted) -> dict[str, Any]:
        """What `resident` says of a model that is held."""
        return self._held_for(wanted).told()

    def unload(self, model: str | None) -> list[dict[str, Any]]:
        """Close a model on every device, or all models, and give what was told of them. Raises `Conflict` if in use."""
        told = {key: held.told() for key, held in self._held.items() if model in (None, held.wanted.model)}
        for used in (one["model"] for one in told.values() if one["in_use"]):
            raise Conflict(f"{used} is in use; wait until the work is done, or cancel it.", resource="model", id=used)
        self._close(list(told))
        return list(told.values())

    def expire(self) -> None:
        """Close what nobody has used for its time."""
        now = self._clock()
        self._close([key for key, held in self._held.items() if held.expires_at is not None and held.expires_at <= now])

    def next_expiry_s(self) -> float | None:
        """Seconds until there is something to `expire`; None if there will be nothing."""
        times = [held.expires_at for held in self._held.values() if held.expires_at is not None]
        return max(0.0, min(times) - self._clock()) if times else None

    def shortage(self) -> EngineFailed:
        """The error for an operation that ran out of memory, in terms of the model that was last asked for."""
        if self._last_wanted is None:
            return shortage(RAM, None, 0, self._budget(RAM))
        wanted, place = self._last_wanted
        memory = memory_of(place.device)
        held = self._find(wanted)
        needed = max(wanted.needs(place), held.memory_bytes if held else 0)
        return shortage(memory, wanted.model, needed, self._budget(memory))

    def _find(self, wanted: Wanted) -> _Held | None:
        """What is held, if it was asked for by this name of its device before."""
        alike = (held for held in self._held.values() if held.wanted.is_like(wanted))
        return next((held for held in alike if wanted.device in held.asked), None)

    def _held_for(self, wanted: Wanted) -> _Held:
        held = self._find(wanted)
        assert held, "it was used a moment ago"
        return held

    def _placed(self, wanted: Wanted, place: Place, load: Callable[[], M]) -> _Held:
        """What is held there already by another name of the device, else what is loaded."""
        alike = (held for held in self._held.values() if held.wanted.is_like(wanted))
        return next((held for held in alike if _is_same(held.place, place)), None) or self._load(wanted, place, load)

    def _load(self, wanted: Wanted, place: Place, load: Callable[[], M]) -> _Held:
        self._last_wanted = wanted, place
        self._make_room(wanted.model, wanted.needs(place), memory_of(place.device))
        loaded = load()
        return _Held(wanted, place, loaded, loaded.memory_bytes, self._clock())

    def _make_room(self, model: str, needed_bytes: int, memory: str) -> None:
        """Close what was used longest ago until a model fits into the budget; nothing, if it never will."""
        budget = self._budget(memory)
        if budget is None:
            return
        in_use = sum(held.memory_bytes for held in self._in(memory) if held.users)
        if in_use + needed_bytes > budget:
            raise _too_large(model, needed_bytes, memory, budget, in_use)
        self._close(self._oldest(memory, self._held_bytes(memory) + needed_bytes - budget))

    def _oldest(self, memory: str, excess_bytes: int) -> list[Key]:
        """As many of those that nobody uses as together take this much.

        Keys, since whoever keeps a model in a variable keeps its memory.
        """
        chosen = []
        for held in self._in(memory):
            if excess_bytes > 0 and not held.users:
                chosen.append(held.wanted.key)
                excess_bytes -= held.memory_bytes
        return chosen

    def _budget(self, memory: str) -> int | None:
        return own_budget(memory, self._limits, self._held_bytes(memory))

    def _in(self, memory: str) -> list[_Held]:
        """What a memory holds, used longest ago first."""
        return [held for held in self._held.values() if held.memory == memory]

    def _held_bytes(self, memory: str) -> int:
        return sum(held.memory_bytes for held in self._in(memory))

    def _close(self, keys: list[Key]) -> None:
        if keys:
            for key in keys:
                self._held.pop(key).loaded.close()
            give_back()
            self._snapshot()

    def _snapshot(self) -> None:
        for held in self._held.values():
            if not held.keep_alive_asked:
                held.keep_alive_s = self._limits.keep_alive_s
        self.resident = [held.told() for held in self._held.values()]


def _is_same(one: Place, other: Place) -> bool:
    return (numbered(one.device), one.fallback) == (numbered(other.device), other.fallback)


def _too_large(model: str, needed_bytes: int, memory: str, budget: int, in_use: int) -> ModelUnavailable:
    free = free_bytes(memory)
    beside = f", of which models in use take {gib(in_use)}" if in_use else ""
    return ModelUnavailable(
        f"{model} takes about {gib(needed_bytes)}, but models may take {gib(budget)} on {memory}{beside} ({gib(free)} "
        "are free now). Choose a smaller model, or raise the setting memory_budget_bytes.",
        model=model,
        memory=memory,
        needed_bytes=needed_bytes,
        budget_bytes=budget,
        in_use_bytes=in_use,
        free_bytes=free,
    )
