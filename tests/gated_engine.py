"""An engine that tells where it was loaded, and is not ready before a file is there: for tests of several devices."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import numpy as np

from sidecar.engines.base import Control, Place, Voice, VoicePrompt
from sidecar.engines.cores import worker_threads
from sidecar.operating_system import available_cores

LOG = "loaded.txt"
"""In the folder of the models: who was loaded, a line of JSON each."""
LOOK_S = 0.01


class GatedEngine:
    """Pretends to take `holds` bytes, and waits for the file `gate`, if one is named."""

    sample_rate = 24_000

    def __init__(self, model_dir: Path, device: str, holds: int = 0, gate: str | None = None) -> None:
        self.memory_bytes = holds
        facts = {"model": model_dir.name, "device": device, "pid": os.getpid()}
        facts |= {"cores": available_cores(), "threads": worker_threads()}
        with (model_dir.parent / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(facts) + "\n")
        while gate is not None and not Path(gate).exists():
            time.sleep(LOOK_S)

    @staticmethod
    def place(device: str) -> Place:
        """Where it is told."""
        return Place(device)

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        """Nothing to do."""
        return VoicePrompt({"nothing": np.zeros(1)})

    def close(self) -> None:
        """Nothing to give back."""
