"""The models that this process holds, least recently used first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol, TypeVar


class Loaded(Protocol):
    """Anything that costs memory while it is kept."""

    @property
    def memory_bytes(self) -> int:
        """What keeping it costs, in bytes."""

    def close(self) -> None:
        """Give the memory back."""


M = TypeVar("M", bound=Loaded)


class LoadedModels:
    """Keeps what was loaded within a budget: the least recently used goes first, never the one just asked for."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._models: OrderedDict[str, Loaded] = OrderedDict()

    def get(self, key: str, load: Callable[[], M]) -> M:
        """The model under this key, loaded now if it is not held."""
        if key not in self._models:
            self._models[key] = load()
        self._models.move_to_end(key)
        self._evict()
        return self._models[key]  # type: ignore[return-value]  # one key always stands for one type

    def resident(self) -> list[dict[str, Any]]:
        """What is held and what it costs. Safe to call from another thread."""
        return [{"model": key, "memory_bytes": model.memory_bytes} for key, model in list(self._models.items())]

    def _evict(self) -> None:
        while len(self._models) > 1 and sum(model.memory_bytes for model in self._models.values()) > self._budget:
            _, oldest = self._models.popitem(last=False)
            oldest.close()
