"""The engine as data. A server serves one checkpoint [speech]; which, and of what size, is the server's affair.

So there is one model a kind of voice, and a request goes to a server whose checkpoint has that kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sidecar.engines.qwen.spec import LANGUAGES, SAMPLE_RATE, SPEAKERS
from sidecar.engines.table import EngineModel, EngineSpec, VoiceKind

ENGINE = "vllm-omni"
Task = Literal["Base", "CustomVoice", "VoiceDesign"]
"""What a checkpoint is for, by the names that the field `task_type` of a request takes [speech]."""


@dataclass(frozen=True)
class ServedModel:
    """The checkpoints of one task, of whatever size."""

    model: str
    name: str
    task: Task
    voice_kind: VoiceKind
    instruct: bool = False


SERVED = (
    ServedModel("vllm-omni-base", "Qwen3-TTS Base, served", "Base", "cloned"),
    ServedModel("vllm-omni-custom-voice", "Qwen3-TTS CustomVoice, served", "CustomVoice", "preset", instruct=True),
    ServedModel("vllm-omni-voice-design", "Qwen3-TTS VoiceDesign, served", "VoiceDesign", "designed", instruct=True),
)

SPEC = EngineSpec(
    id=ENGINE,
    name="Qwen3-TTS on vLLM-Omni servers",
    adapter="sidecar.engines.vllm_omni.adapter:VllmOmniEngine",
    models=tuple(EngineModel(each.model, (each.voice_kind,), instruct=each.instruct) for each in SERVED),
    fidelity={"cloned": "cloned", "preset": "preset", "designed": "designed"},
    languages=LANGUAGES,
    sample_rate=SAMPLE_RATE,
    licence="Apache-2.0",
    max_chunk_chars=400,
    prompt_version=1,
    modules=("httpx2", "keyring"),
    streaming=True,
    max_batch=8,
    seeded=True,
    voices=SPEAKERS,
    remote=True,
)
