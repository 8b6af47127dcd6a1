from __future__ import annotations

import pytest

from sidecar.errors import Busy
from sidecar.services.limits import RequestLimit


class Hand:
    """A clock whose hand the test moves, and a rate that it sets."""

    def __init__(self, rate: float | None) -> None:
        self.now = 100.0
        self.rate = rate
        self.limit = RequestLimit(lambda: self.rate, lambda: self.now)

    def admitted(self, requests: int, method: str = "profiles.list") -> int:
        """How many of so many requests come through."""
        return sum(self._comes_through(method) for _ in range(requests))

    def _comes_through(self, method: str) -> bool:
        try:
            self.limit.admit(method)
        except Busy:
            return False
        return True


def test_without_a_rate_everything_comes_through() -> None:
    assert Hand(None).admitted(1_000) == 1_000


def test_a_second_is_worth_as_many_requests_as_the_rate_and_no_more_are_saved_up() -> None:
    hand = Hand(10)
    assert hand.admitted(100) == 10
    hand.now += 0.5
    assert hand.admitted(100) == 5
    hand.now += 3_600
    assert hand.admitted(100) == 10


def test_a_rate_below_one_lets_one_through_at_a_time() -> None:
    hand = Hand(0.5)
    assert hand.admitted(3) == 1
    hand.now += 1.5
    assert hand.admitted(3) == 0
    hand.now += 0.5
    assert hand.admitted(3) == 1


def test_the_refusal_says_when_there_is_room_again() -> None:
    hand = Hand(4)
    hand.admitted(4)
    with pytest.raises(Busy, match="requests_per_second") as refused:
        hand.limit.admit("profiles.list")
    assert refused.value.data == {"retry_after_s": 0.25}
    hand.now += refused.value.data["retry_after_s"]
    assert hand.admitted(2) == 1


@pytest.mark.parametrize("method", ["system.health", "system.shutdown", "jobs.cancel"])
def test_looking_after_the_program_is_never_limited_and_costs_nothing(method: str) -> None:
    hand = Hand(2)
    assert hand.admitted(100, method) == 100
    assert hand.admitted(3) == 2
    assert hand.admitted(100, method) == 100


def test_a_rate_that_is_set_later_counts_from_then() -> None:
    hand = Hand(None)
    hand.admitted(100)
    hand.rate = 5
    assert hand.admitted(100) == 5
