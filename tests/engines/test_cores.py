"""Engine processes that share the processor share its cores, all of them and each only once."""

from __future__ import annotations

import pytest

from sidecar.engines.cores import THREADS, share_of, worker_threads
from sidecar.operating_system import available_cores


@pytest.mark.parametrize(("cores", "count"), [(2, 2), (8, 2), (8, 3), (7, 4), (1, 1)])
def test_shares_are_as_equal_as_can_be_and_no_core_is_left_over(cores: int, count: int) -> None:
    shares = [share_of(list(range(cores)), index, count) for index in range(count)]
    assert [core for share in shares for core in share] == list(range(cores))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_with_fewer_cores_than_processes_each_still_has_one() -> None:
    assert [share_of([4, 5], index, 3) for index in range(3)] == [[4], [4], [5]]


def test_one_core_is_left_to_the_rest_of_the_machine_unless_somebody_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(THREADS, raising=False)
    assert worker_threads() == max(1, len(available_cores()) - 1)
    monkeypatch.setenv(THREADS, "3")
    assert worker_threads() == 3
    monkeypatch.setenv(THREADS, "many")
    assert worker_threads() == max(1, len(available_cores()) - 1)
