"""A device is used only after it has computed something."""

from __future__ import annotations

import os

import torch

from sidecar.engines.qwen.device import choose, prove


def test_the_processor_proves_itself():
    assert prove("cpu") is None


def test_a_device_that_does_not_work_is_replaced_by_the_processor_with_the_reason():
    missing = next(name for name in ("cuda:99", "mps", "xpu") if prove(name) is not None)
    device = choose(missing)
    assert device.name == "cpu"
    assert device.fallback is not None
    assert missing in device.fallback


def test_auto_takes_a_device_that_works():
    assert prove(choose("auto").name) is None


def test_the_processor_computes_exactly_and_leaves_a_core_free():
    device = choose("cpu")
    assert device.dtype == torch.float32
    assert device.fallback is None
    assert device.threads == max(1, len(os.sched_getaffinity(0)) - 1)
