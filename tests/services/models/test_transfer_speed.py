from __future__ import annotations

from collections.abc import Callable

import pytest

from sidecar.services.models.transfer_speed import TransferSpeed


def clock_of(times: list[float]) -> Callable[[], float]:
    return lambda: times.pop(0)


def test_the_speed_is_that_of_the_last_seconds_and_not_the_average() -> None:
    speed = TransferSpeed(clock_of([0.0, 1.0, 100.0, 102.0]))
    assert speed.bytes_per_s() == 0.0
    speed.add(1_000_000)  # A download that goes on: what was there before is no speed.
    assert speed.bytes_per_s() == 0.0
    speed.add(1_000_500)
    assert speed.bytes_per_s() == pytest.approx(500)
    speed.add(2_000_000)
    speed.add(2_000_100)
    assert speed.bytes_per_s() == pytest.approx(50)


def test_a_file_that_is_fetched_anew_has_no_negative_speed() -> None:
    speed = TransferSpeed(clock_of([0.0, 1.0]))
    speed.add(1_000)
    speed.add(0)
    assert speed.bytes_per_s() == 0.0
