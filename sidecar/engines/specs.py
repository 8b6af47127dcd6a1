"""Every engine of the program, best first: the order in which one is chosen where nobody says."""

from __future__ import annotations

from sidecar.engines.kokoro.voices import SPEC as KOKORO
from sidecar.engines.qwen.spec import SPEC as QWEN
from sidecar.engines.table import EngineSpec

ENGINES: tuple[EngineSpec, ...] = (QWEN, KOKORO)
