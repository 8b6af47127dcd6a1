"""Every engine of the program, best first: the order in which one is chosen where nobody says."""

from __future__ import annotations

from sidecar.engines.kokoro.voices import SPEC as KOKORO
from sidecar.engines.qwen.spec import SPEC as QWEN
from sidecar.engines.table import EngineSpec
from sidecar.engines.vllm_omni.spec import SPEC as VLLM_OMNI

ENGINES: tuple[EngineSpec, ...] = (QWEN, KOKORO, VLLM_OMNI)
