"""Qwen3-TTS as data: its checkpoints, languages and stock voices. Imports neither torch nor `qwen_tts`.

Every kind of voice has a checkpoint of its own, and the table says which can do what, so that what a checkpoint
cannot do (`instruct` when cloning, a preset on VoiceDesign) is refused before a job exists.

Sources: the model cards of Qwen/Qwen3-TTS-12Hz-* at the revisions below, and `qwen_tts` 0.1.1, which drops
`instruct` in silence on the 0.6B checkpoints (`generate_custom_voice`) and has no such parameter for cloning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sidecar.engines.table import EngineModel, EngineSpec, StockVoice, VoiceKind

SAMPLE_RATE = 24_000
PROMPT_VERSION = 1

LANGUAGE_NAMES = {
    "auto": "auto",
    "zh": "chinese",
    "en": "english",
    "ja": "japanese",
    "ko": "korean",
    "de": "german",
    "fr": "french",
    "ru": "russian",
    "pt": "portuguese",
    "es": "spanish",
    "it": "italian",
}
"""ISO 639-1 to the names in a checkpoint's `codec_language_id`; "auto" lets the model find out."""

LANGUAGES = tuple(code for code in LANGUAGE_NAMES if code != "auto")


@dataclass(frozen=True)
class Checkpoint:
    """One released set of weights. `model_type` and `size` are what its config.json calls itself."""

    model: str
    repository: str
    revision: str
    model_type: Literal["base", "custom_voice", "voice_design"]
    size: Literal["0b6", "1b7"]

    @property
    def voice_kind(self) -> VoiceKind:
        """The one kind of voice that these weights can speak with."""
        return VOICE_KINDS[self.model_type]

    @property
    def instruct(self) -> bool:
        """Whether the weights follow a spoken-style instruction: never when cloning, never at 0.6B."""
        return follows_instructions(self.model_type, self.size)


VOICE_KINDS: dict[str, VoiceKind] = {"base": "cloned", "custom_voice": "preset", "voice_design": "designed"}


def follows_instructions(model_type: str, size: str) -> bool:
    """Whether a checkpoint that calls itself this in its config.json understands `instruct`."""
    return model_type != "base" and size != "0b6"


CHECKPOINTS = (
    Checkpoint(
        "qwen3-tts-0.6b-base",
        "Qwen/Qwen3-TTS-12Hz-0.6B-Base",
        "5d83992436eae1d760afd27aff78a71d676296fc",
        "base",
        "0b6",
    ),
    Checkpoint(
        "qwen3-tts-1.7b-base",
        "Qwen/Qwen3-TTS-12Hz-1.7B-Base",
        "fd4b254389122332181a7c3db7f27e918eec64e3",
        "base",
        "1b7",
    ),
    Checkpoint(
        "qwen3-tts-1.7b-custom-voice",
        "Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice",
        "0c0e3051f131929182e2c023b9537f8b1c68adfe",
        "custom_voice",
        "1b7",
    ),
    Checkpoint(
        "qwen3-tts-0.6b-custom-voice",
        "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice",
        "85e237c12c027371202489a0ec509ded67b5e4b5",
        "custom_voice",
        "0b6",
    ),
    Checkpoint(
        "qwen3-tts-1.7b-voice-design",
        "Qwen/Qwen3-TTS-12Hz-1.7B-VoiceDesign",
        "5ecdb67327fd37bb2e042aab12ff7391903235d3",
        "voice_design",
        "1b7",
    ),
)
"""In order of preference: the quick clone before the better one, the CustomVoice that obeys before the small one."""

SPEAKERS = (
    StockVoice("vivian", "Vivian", "zh", "female"),
    StockVoice("serena", "Serena", "zh", "female"),
    StockVoice("uncle_fu", "Uncle Fu", "zh", "male"),
    StockVoice("dylan", "Dylan (Beijing)", "zh", "male"),
    StockVoice("eric", "Eric (Sichuan)", "zh", "male"),
    StockVoice("ryan", "Ryan", "en", "male"),
    StockVoice("aiden", "Aiden", "en", "male"),
    StockVoice("ono_anna", "Ono Anna", "ja", "female"),
    StockVoice("sohee", "Sohee", "ko", "female"),
)
"""The speakers of CustomVoice with their native language; each speaks all ten."""


SPEC = EngineSpec(
    id="qwen",
    name="Qwen3-TTS",
    adapter="sidecar.engines.qwen.adapter:QwenEngine",
    models=tuple(EngineModel(each.model, (each.voice_kind,), instruct=each.instruct) for each in CHECKPOINTS),
    fidelity={"cloned": "cloned", "preset": "preset", "designed": "designed"},
    languages=LANGUAGES,
    sample_rate=SAMPLE_RATE,
    licence="Apache-2.0",
    max_chunk_chars=400,
    prompt_version=PROMPT_VERSION,
    modules=("torch", "transformers", "qwen_tts"),
    streaming=True,
    max_batch=8,
    sampling=True,
    int8=True,
    voices=SPEAKERS,
)
