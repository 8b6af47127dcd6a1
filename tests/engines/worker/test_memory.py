"""Every library has its own way of saying that memory ran out."""

from __future__ import annotations

import errno

import numpy as np
import psutil
import pytest
import torch

from sidecar.engines.messages import Limits
from sidecar.engines.worker.memory import free_bytes, give_back, is_shortage, own_budget
from sidecar.errors import EngineFailed, Unsupported

TOO_MUCH = 1 << 55


def raised_by_numpy() -> None:
    np.empty(TOO_MUCH, np.uint8)


def raised_by_torch() -> None:
    torch.empty(TOO_MUCH, dtype=torch.uint8)


def raised_by_the_system() -> None:
    raise OSError(errno.ENOMEM, "Cannot allocate memory")


def raised_by_cuda() -> None:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def wrapped() -> None:
    try:
        raised_by_torch()
    except RuntimeError as error:
        raise EngineFailed("The model cannot be loaded.") from error


@pytest.mark.parametrize("fail", [raised_by_numpy, raised_by_torch, raised_by_the_system, raised_by_cuda, wrapped])
def test_a_shortage_is_known_for_one(fail: object) -> None:
    assert callable(fail)
    with pytest.raises(Exception) as caught:  # noqa: PT011  # each is of another type, which is the point
        fail()
    assert is_shortage(caught.value)


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        OSError(errno.ENOSPC, "No space left on device"),
        Unsupported("Kokoro has no pronunciation for out of memory."),
    ],
)
def test_another_fault_is_none(fault: Exception) -> None:
    assert not is_shortage(fault)


def test_the_budget_leaves_some_of_the_machine_to_others() -> None:
    budget = own_budget("ram", Limits(), 0)
    assert budget is not None
    assert 0 < budget < psutil.virtual_memory().total
    assert free_bytes("ram")


def test_what_other_processes_have_taken_is_taken_from_the_budget() -> None:
    assert own_budget("ram", Limits(100, elsewhere_bytes={"ram": 30, "cuda:0": 50}), 10) == 70
    assert own_budget("ram", Limits(100, elsewhere_bytes={"ram": 130}), 0) == 0
    whole, left = own_budget("ram", Limits(), 0), own_budget("ram", Limits(elsewhere_bytes={"ram": 30}), 0)
    assert whole is not None
    assert left == whole - 30


def test_giving_back_changes_nothing_that_is_in_use() -> None:
    kept = np.arange(1000)
    give_back()
    assert kept.sum() == 499_500
