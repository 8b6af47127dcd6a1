"""An engine that wants memory: it makes no speech, but really holds, leaks or runs out of what it is told to."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import ClassVar

import numpy as np

from sidecar.engines.base import Control, Place, Voice, VoicePrompt

MORE_THAN_THERE_IS = 1 << 60


class HungryEngine:
    """Loads as its options say.

    `holds` bytes are counted and given back, `leaks` are neither. With `alone` there is memory for one in a process
    only, with `never` not even for one, and with `killed` the system ends the process over it.
    """

    sample_rate = 24_000
    loaded: ClassVar[int] = 0
    leaked: ClassVar[list[object]] = []

    def __init__(
        self,
        model_dir: Path,
        device: str,
        holds: int = 0,
        leaks: int = 0,
        alone: bool = False,
        never: bool = False,
        killed: bool = False,
    ) -> None:
        if killed:
            os.kill(os.getpid(), signal.SIGKILL)
        if never or (alone and HungryEngine.loaded):
            np.empty(MORE_THAN_THERE_IS, np.uint8)
        HungryEngine.loaded += 1
        HungryEngine.leaked.append(np.ones(leaks, np.uint8))
        self._held = np.ones(holds, np.uint8)

    @staticmethod
    def place(device: str) -> Place:
        return Place(device)

    @property
    def memory_bytes(self) -> int:
        return self._held.nbytes

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        return VoicePrompt({"nothing": np.zeros(1)})

    def close(self) -> None:
        self._held = np.empty(0, np.uint8)
