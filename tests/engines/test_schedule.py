"""The schedule under a thousand random workloads, in a world whose only clock is a count of events."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from sidecar.engines.schedule import MOST_PASSES, Held, Need, Schedule, Start

WORKLOADS = 1_000
BUDGET = 100
MACHINES = (
    ("cpu:0", "cpu:1"),
    ("cpu:0", "cpu:1", "cpu:2", "cpu:3"),
    ("cuda:0", "cuda:1"),
    ("cuda:0", "cuda:1", "cpu"),
    ("cpu",),
)


@dataclass
class Asked:
    """A call of the workload, and what became of it."""

    id: int
    caller: str
    need: Need | None
    only: frozenset[str]
    work: int
    turn: int = 0
    overtaken: int = 0
    ends: int = 0
    began: bool = False
    cancelled: bool = False


@dataclass
class World:
    """Devices that load, evict and work as they are told; after each event it holds the schedule to its promises."""

    devices: tuple[str, ...]
    rng: random.Random
    now: int = 0
    held: dict[str, dict[str, Held]] = field(default_factory=dict)
    running: dict[str, tuple[Asked, int]] = field(default_factory=dict)
    waiting: dict[int, Asked] = field(default_factory=dict)
    turn: int = 0
    last_turns: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.schedule = Schedule(lambda memory: BUDGET)
        self.schedule.use(self.devices)
        self.held = {device: {} for device in self.devices}

    def submit(self, call: Asked) -> None:
        call.turn = max(self.turn, self.last_turns.get(call.caller, -1) + 1)
        self.last_turns[call.caller] = call.turn
        self.waiting[call.id] = call
        self.schedule.submit(call.id, call.caller, call.need, call.only)
        self.settle()

    def cancel(self, call: Asked) -> None:
        call.cancelled = True
        call.ends += 1
        if call.id in self.waiting:
            del self.waiting[call.id]
        else:
            (device,) = (device for device, (other, _) in self.running.items() if other is call)
            del self.running[device]
        self.schedule.withdraw(call.id)
        self.settle()

    def end(self, device: str) -> None:
        call, _ = self.running.pop(device)
        call.ends += 1
        self.schedule.withdraw(call.id)
        if self.rng.random() < 0.05:
            self.held[device].clear()  # The process crashed.
        elif self.held[device] and self.rng.random() < 0.1:
            self.held[device].popitem()  # A model expired.
        self.settle()

    def settle(self) -> None:
        for device, held in self.held.items():
            self.schedule.observe(device, tuple(held.values()))
        while start := self.schedule.next():
            self.begin(start)
        self.check_budget()
        self.check_nobody_is_idle()

    def begin(self, start: Start) -> None:
        call = self.waiting.pop(start.call)
        assert not call.cancelled
        assert not call.began
        assert start.device not in self.running
        assert not call.only or start.device in call.only
        call.began = True
        for owner, model in start.evict:
            assert owner not in self.running
            del self.held[owner][model]
        self.running[start.device] = call, self.now + call.work
        if call.need:
            memory, size = call.need.on(start.device)
            if call.need.model in self.held[start.device] or size <= BUDGET:
                self.held[start.device][call.need.model] = Held(call.need.model, memory, size, self.now)
        for other in self.waiting.values():
            if (other.turn, other.id) < (call.turn, call.id) and (not other.only or start.device in other.only):
                other.overtaken += 1
        self.turn = max(self.turn, call.turn)

    def check_budget(self) -> None:
        taken: dict[str, int] = {}
        for held in (one for models in self.held.values() for one in models.values()):
            taken[held.memory] = taken.get(held.memory, 0) + held.bytes
        assert all(size <= BUDGET for size in taken.values()), taken

    def check_nobody_is_idle(self) -> None:
        idle = [device for device in self.devices if device not in self.running]
        for call in self.waiting.values():
            for device in idle:
                if self.could_run(call, device):
                    # The one exception: somebody who was passed over long enough waits for memory.
                    assert any(self.is_due(other, call, device, idle) for other in self.waiting.values()), call

    def is_due(self, other: Asked, call: Asked, device: str, idle: list[str]) -> bool:
        """Whether another call was passed over so often that this one must not begin here before it."""
        may_use = [one for one in idle if not other.only or one in other.only]
        if other.overtaken < MOST_PASSES or other.need is None:
            return False
        memories = {other.need.on(one)[0] for one in may_use}
        return device in may_use or (call.need is not None and call.need.on(device)[0] in memories)

    def could_run(self, call: Asked, device: str) -> bool:
        """Whether nothing but the schedule's own choice keeps a call from an idle device."""
        if call.only and device not in call.only:
            return False
        if call.need is None or call.need.model in self.held[device]:
            return True
        memory, size = call.need.on(device)
        in_use = sum(
            held.bytes for owner in self.running for held in self.held[owner].values() if held.memory == memory
        )
        return size > BUDGET or in_use + size <= BUDGET


def random_workload(world: World, rng: random.Random) -> list[Asked]:
    models = [Need(f"model-{n}", random_sizes(rng)) for n in range(rng.randint(1, 6))]
    callers = [f"caller-{n}" for n in range(rng.randint(1, 5))]
    calls = []
    for number in range(rng.randint(5, 45)):
        need = rng.choice([*models, None])
        only = frozenset({rng.choice(world.devices)}) if rng.random() < 0.1 else frozenset[str]()
        calls.append(Asked(number, rng.choice(callers), need, only, rng.choice([1, 1, 2, 5, 40])))
    return calls


def random_sizes(rng: random.Random) -> dict[str, int]:
    size = rng.choice([10, 25, 40, 60, 100, 101])
    return {"cpu": size} | ({"cuda": rng.randint(1, BUDGET)} if rng.random() < 0.7 else {})


def run(seed: int) -> list[Asked]:
    """Play a workload to its end: calls arrive at any moment, end in virtual time, some are cancelled."""
    rng = random.Random(seed)
    world = World(rng.choice(MACHINES), rng)
    calls = random_workload(world, rng)
    to_come = list(calls)
    rounds = 0
    while to_come or world.running or world.waiting:
        rounds += 1
        assert rounds < 10_000, "something waits for ever"
        open_calls = [*world.waiting.values(), *(call for call, _ in world.running.values())]
        choice = rng.random()
        if to_come and (choice < 0.6 or not world.running):
            world.submit(to_come.pop(0))
        elif open_calls and choice > 0.95:
            world.cancel(rng.choice(open_calls))
        else:
            assert world.running, "calls wait, and nothing runs"
            device = min(world.running, key=lambda device: (world.running[device][1], device))
            world.now = max(world.now, world.running[device][1])
            world.end(device)
    return calls


def test_a_thousand_random_workloads_keep_every_promise() -> None:
    for seed in range(WORKLOADS):
        calls = run(seed)
        assert all(call.ends == 1 for call in calls), f"seed {seed}"
        assert all(call.began or call.cancelled for call in calls), f"seed {seed}"
        assert max(call.overtaken for call in calls) <= MOST_PASSES, f"seed {seed}"


def schedule_of(*devices: str, budget: int | None = None) -> Schedule:
    schedule = Schedule(lambda memory: budget)
    schedule.use(devices)
    return schedule


def starts(schedule: Schedule) -> dict[int, str]:
    """What begins now, and where."""
    return {start.call: start.device for start in iter(schedule.next, None)}


def held(model: str, size: int = 1, last_used: float = 0.0) -> Held:
    return Held(model, "ram", size, last_used)


def needs(model: str, size: int = 1) -> Need:
    return Need(model, {"cpu": size})


def test_a_call_goes_where_its_model_is_and_an_idle_device_takes_what_waits_for_another() -> None:
    schedule = schedule_of("cpu:0", "cpu:1")
    schedule.observe("cpu:1", [held("a")])
    for number in range(3):
        schedule.submit(number, "me", needs("a"))
    assert (schedule.waiting("cpu:0"), schedule.waiting("cpu:1")) == (0, 3)
    assert starts(schedule) == {0: "cpu:1", 1: "cpu:0"}
    schedule.withdraw(1)
    assert starts(schedule) == {2: "cpu:0"}


def test_what_was_used_longest_ago_and_is_idle_makes_room_wherever_it_is() -> None:
    schedule = schedule_of("cpu:0", "cpu:1", "cpu:2", budget=10)
    schedule.observe("cpu:0", [held("busy", 3, last_used=1)])
    schedule.observe("cpu:1", [held("old", 3, last_used=2), held("new", 3, last_used=3)])
    schedule.submit(0, "me", needs("busy", 3))
    assert starts(schedule) == {0: "cpu:0"}
    schedule.submit(1, "me", needs("big", 4), frozenset({"cpu:2"}))
    assert schedule.next() == Start(1, "cpu:2", (("cpu:1", "old"),))
    assert schedule.elsewhere("cpu:2") == {"ram": 6}
    assert schedule.elsewhere("cpu:1") == {"ram": 7}


def test_a_call_waits_for_memory_that_a_call_at_work_holds() -> None:
    schedule = schedule_of("cpu:0", "cpu:1", budget=10)
    schedule.submit(0, "me", needs("a", 6))
    schedule.submit(1, "me", needs("b", 6))
    assert starts(schedule) == {0: "cpu:0"}
    schedule.observe("cpu:0", [held("a", 6)])
    schedule.withdraw(0)
    assert schedule.next() == Start(1, "cpu:1", (("cpu:0", "a"),))


def test_a_call_that_was_passed_over_often_keeps_no_device_idle_that_is_of_no_use_to_it() -> None:
    schedule = schedule_of("cpu:0", "cpu:1", "cuda:0", budget=10)
    schedule.submit(0, "long", needs("whisper", 6), frozenset({"cpu:0"}))
    assert starts(schedule) == {0: "cpu:0"}
    schedule.observe("cpu:0", [held("whisper", 6)])
    schedule.submit(1, "patient", needs("big", 6), frozenset({"cpu:1"}))
    for number in range(2, MOST_PASSES + 2):
        schedule.submit(number, "hasty", None, frozenset({"cpu:1"}))
        assert starts(schedule) == {number: "cpu:1"}
        schedule.withdraw(number)
    on_card = Need("qwen", {"cpu": 4, "cuda": 4})
    schedule.submit(20, "others", None, frozenset({"cpu:1"}))
    schedule.submit(21, "others", on_card, frozenset({"cuda:0"}))
    assert starts(schedule) == {21: "cuda:0"}
    schedule.withdraw(0)
    assert starts(schedule) == {1: "cpu:1"}


def test_one_caller_with_very_much_to_do_does_not_keep_another_waiting() -> None:
    schedule = schedule_of("cpu:0")
    for number in range(100):
        schedule.submit(number, "batch", None)
    assert starts(schedule) == {0: "cpu:0"}
    schedule.submit(100, "somebody", None)
    schedule.withdraw(0)
    begun = []
    for _ in range(2):
        begun += starts(schedule)
        schedule.withdraw(begun[-1])
    assert 100 in begun


def test_a_device_that_is_no_longer_used_takes_nothing_and_what_waited_for_it_alone_goes_elsewhere() -> None:
    schedule = schedule_of("cpu:0", "cpu:1")
    for number in range(3):
        schedule.submit(number, "me", None, frozenset({"cpu:1"}))
    assert starts(schedule) == {0: "cpu:1"}
    schedule.use(["cpu:0"])
    assert starts(schedule) == {1: "cpu:0"}
    schedule.withdraw(0)
    assert starts(schedule) == {}
