"""CUDA graphs: a step recorded once, then replayed, where launching its kernels would take longer than running them.

A frame of speech is some two thousand small kernels in sixteen steps. Recorded, a step is one launch. What a replay
computes is fixed: the same kernels, on the same memory. A step must therefore be a function of tensors alone; whatever
changes from one call to the next is the content of its inputs, or of memory that it reads and writes in place.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch

Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""A function of two tensors whose shapes never change. What it returns may be overwritten by its next call."""

Record = Callable[[Step, torch.Tensor, torch.Tensor], Step]
"""Records a step with its first inputs; the step that is returned computes the same, also for these."""

WARM_UPS = 3
"""Calls before the recording, in which libraries choose kernels and take their workspaces (torch's own advice)."""

log = logging.getLogger(__name__)


def recorder(device: str) -> Record | None:
    """How steps are recorded on a device, None where they are simply called."""
    return record if device.startswith("cuda") else None


def record(step: Step, first: torch.Tensor, second: torch.Tensor) -> Step:
    """`step` as a CUDA graph; `step` itself, and a warning in the log, if it cannot be recorded."""
    try:
        return CudaGraph(step, first, second)
    except RuntimeError as error:
        log.warning("A step cannot be recorded as a CUDA graph, and is slower without: %s", error)
        return step


class CudaGraph:
    """A recorded step. It keeps its inputs and its output in memory of its own."""

    def __init__(self, step: Step, *inputs: torch.Tensor) -> None:
        self._graph = torch.cuda.CUDAGraph()
        self._inputs = [given.clone() for given in inputs]
        with torch.cuda.device(self._inputs[0].device):
            side = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(WARM_UPS):
                    step(*self._inputs)
            torch.cuda.current_stream().wait_stream(side)
            # Other threads of the process may go on using the device meanwhile.
            with torch.cuda.graph(self._graph, stream=side, capture_error_mode="thread_local"):
                self._output = step(*self._inputs)

    def __call__(self, *inputs: torch.Tensor) -> torch.Tensor:
        for kept, given in zip(self._inputs, inputs, strict=True):
            kept.copy_(given)
        self._graph.replay()
        return self._output
