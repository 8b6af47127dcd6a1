"""Models are kept in the manner of Ollama's scheduler: while they are used, for a time after, and within a budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pytest

from sidecar.engines.base import Place
from sidecar.engines.messages import Limits
from sidecar.engines.worker.models import LoadedModels, Wanted
from sidecar.errors import Conflict, ModelUnavailable


@dataclass
class Model:
    """Something that costs memory until it is closed."""

    memory_bytes: int
    closed: bool = False

    def close(self) -> None:
        self.closed = True


class Shelf:
    """Models of a hundred bytes each unless told otherwise, a budget of 250, and a clock that the test turns."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.loads: list[str] = []
        self.device: dict[str, str] = {}
        self.models = LoadedModels(lambda: self.now)
        self.models.allow(Limits(budget_bytes=250, keep_alive_s=60.0))

    def wanted(self, name: str, cost: int = 100, asked: str = "auto") -> Wanted:
        return Wanted(name, Path("/models") / name, asked, {"cpu": cost})

    @contextmanager
    def using(self, name: str, cost: int = 100, asked: str = "auto") -> Iterator[Model]:
        def load() -> Model:
            self.loads.append(name)
            return Model(cost)

        place = Place(self.device.get(name, "cpu"))
        with self.models.use(self.wanted(name, cost, asked), lambda device: place, load) as model:
            yield model

    def use(self, name: str, cost: int = 100, asked: str = "auto") -> Model:
        self.now += 1
        with self.using(name, cost, asked) as model:
            return model

    @property
    def held(self) -> list[str]:
        return [told["model"] for told in self.models.resident]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def test_a_model_is_loaded_once(shelf: Shelf) -> None:
    assert shelf.use("a") is shelf.use("a")
    assert shelf.loads == ["a"]


def test_two_names_of_one_device_mean_one_model(shelf: Shelf) -> None:
    shelf.device = {"a": "cuda"}
    model = shelf.use("a", asked="cuda")
    shelf.device = {"a": "cuda:0"}
    assert shelf.use("a") is shelf.use("a", asked="cuda:0") is model
    shelf.device = {"a": "cuda:1"}
    assert shelf.use("a", asked="cuda:1") is not model
    assert shelf.models.told(shelf.wanted("a", asked="auto"))["device"] == "cuda"
    assert shelf.loads == ["a", "a"]


def test_the_one_used_longest_ago_makes_room(shelf: Shelf) -> None:
    first, second = shelf.use("a"), shelf.use("b")
    shelf.use("a")
    shelf.use("c")
    assert (first.closed, second.closed) == (False, True)
    assert shelf.held == ["a", "c"]


def test_as_many_make_room_as_are_needed_and_no_more(shelf: Shelf) -> None:
    first, second, large = shelf.use("a"), shelf.use("b"), shelf.use("c", 150)
    assert (first.closed, second.closed, large.closed) == (True, False, False)
    shelf.use("d", 250)
    assert shelf.held == ["d"]


def test_one_in_use_never_makes_room(shelf: Shelf) -> None:
    with shelf.using("a") as held:
        other = shelf.use("b")
        shelf.use("c")
        assert (held.closed, other.closed) == (False, True)
    assert shelf.held == ["a", "c"]


def test_what_does_not_fit_beside_those_in_use_is_refused_and_nothing_is_lost(shelf: Shelf) -> None:
    idle = shelf.use("b")
    with shelf.using("a"), pytest.raises(ModelUnavailable) as refused:
        shelf.use("c", 200)
    assert refused.value.data["needed_bytes"] == 200
    assert refused.value.data["budget_bytes"] == 250
    assert refused.value.data["in_use_bytes"] == 100
    assert not idle.closed
    assert shelf.loads == ["b", "a"]


def test_what_passes_the_budget_alone_is_refused_before_it_is_loaded(shelf: Shelf) -> None:
    kept = shelf.use("a")
    with pytest.raises(ModelUnavailable, match="takes about") as refused:
        shelf.use("huge", 251)
    assert refused.value.data["in_use_bytes"] == 0
    assert refused.value.data["free_bytes"] > 0
    assert shelf.loads == ["a"]
    assert not kept.closed


def test_a_model_that_grew_is_counted_as_it_is_now(shelf: Shelf) -> None:
    with shelf.using("a") as grown:
        grown.memory_bytes = 200
    shelf.use("b")
    assert grown.closed


def test_each_card_has_a_budget_of_its_own(shelf: Shelf) -> None:
    shelf.device = {"b": "cuda:0", "c": "cuda:1", "d": "cuda"}
    models = [shelf.use(name, 200) for name in "abc"]
    assert shelf.held == ["a", "b", "c"]
    shelf.use("d", 200)
    assert [model.closed for model in models] == [False, True, False]


def test_the_estimate_of_the_device_counts(shelf: Shelf) -> None:
    wanted = replace(shelf.wanted("a", 1000), memory_bytes={"cpu": 1000, "cuda": 200})
    with shelf.models.use(wanted, lambda device: Place("cuda:0"), lambda: Model(200)):
        pass
    assert shelf.held == ["a"]


def test_without_a_budget_the_machine_is_measured(shelf: Shelf) -> None:
    shelf.models.allow(Limits())
    shelf.use("a", 1 << 20)
    with pytest.raises(ModelUnavailable):
        shelf.use("huge", psutil.virtual_memory().total)


def test_nobody_used_it_for_its_time(shelf: Shelf) -> None:
    model = shelf.use("a")
    shelf.now += 59
    assert shelf.models.next_expiry_s() == pytest.approx(1.0)
    shelf.models.expire()
    assert not model.closed
    shelf.now += 1
    shelf.models.expire()
    assert model.closed
    assert shelf.models.next_expiry_s() is None


def test_its_time_begins_when_the_last_user_leaves(shelf: Shelf) -> None:
    with ExitStack() as users:
        model = users.enter_context(shelf.using("a"))
        shelf.use("a")
        shelf.now += 1000
        shelf.models.expire()
        assert not model.closed
        assert shelf.models.next_expiry_s() is None
    assert shelf.models.next_expiry_s() == pytest.approx(60.0)


def test_no_time_at_all_unloads_at_once_and_none_never(shelf: Shelf) -> None:
    model = shelf.use("a")
    shelf.models.allow(Limits(250, keep_alive_s=0))
    shelf.models.expire()
    assert model.closed
    shelf.models.allow(Limits(250, keep_alive_s=None))
    shelf.use("b")
    shelf.now += 1e9
    shelf.models.expire()
    assert shelf.held == ["b"]


def test_a_time_that_was_asked_for_outlasts_the_limits(shelf: Shelf) -> None:
    shelf.use("a")
    shelf.models.keep(shelf.wanted("a"), 600)
    shelf.use("a")
    assert shelf.models.next_expiry_s() == pytest.approx(600)


def test_it_is_told_what_is_held(shelf: Shelf) -> None:
    told: list[bool] = []
    shelf.models.watch(lambda: told.append(shelf.models.resident[0]["in_use"]))
    shelf.use("a")
    assert told == [True]
    assert shelf.models.resident == [
        {
            "model": "a",
            "device": "cpu",
            "fallback": None,
            "memory_bytes": 100,
            "in_use": False,
            "last_used_at": 1001.0,
            "expires_at": 1061.0,
        }
    ]


def test_unloading_closes_one_or_all_but_none_in_use(shelf: Shelf) -> None:
    first, second = shelf.use("a"), shelf.use("b")
    assert [told["model"] for told in shelf.models.unload("a")] == ["a"]
    assert (first.closed, second.closed) == (True, False)
    with shelf.using("b"), pytest.raises(Conflict):
        shelf.models.unload(None)
    assert not second.closed
    shelf.models.unload(None)
    assert shelf.held == []


def test_a_shortage_is_told_in_numbers(shelf: Shelf) -> None:
    shelf.use("a")
    fault = shelf.models.shortage()
    assert fault.data["model"] == "a"
    assert (fault.data["needed_bytes"], fault.data["budget_bytes"]) == (100, 250)
    assert fault.data["free_bytes"] > 0
