"""Voice prompts: what a checkpoint needs to know of a voice, as arrays that can be stored and read back exactly.

A cloned voice is a speaker vector, float32 (H,); if the transcript is known, also the reference's codes, int16 (T, 16),
and the state in which the codec is after saying them. H is 1,024 at 0.6B and 2,048 at 1.7B, so a prompt belongs to
one size. Preset and designed voices need no arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from sidecar.engines.base import Control, Samples, Voice, VoicePrompt
from sidecar.engines.qwen.codec import CodecDecoder, CodecState
from sidecar.engines.qwen.reference import Recording, combine, read_recording
from sidecar.engines.qwen.script import ReferenceSpeech
from sidecar.engines.qwen.spec import SAMPLE_RATE
from sidecar.errors import InvalidAudio, Unsupported

TAIL_S = 0.5
"""Silence after the reference; without it the model tends to finish the reference's last word first (Qwen3-TTS#341)."""

CODEC_PREFIX = "codec."


@dataclass(frozen=True)
class ClonedVoice:
    """A prompt as tensors on the model's device: `speaker` (H,), and the speech to continue from, if known."""

    speaker: torch.Tensor
    reference: ReferenceSpeech | None
    codec: CodecState


def build_clone(voice: Voice, model: Any, decoder: CodecDecoder, control: Control) -> VoicePrompt:
    """The prompt of a voice by its recordings. Those with a transcript are continued; all teach the speaker vector.

    Raises:
        InvalidAudio: there is no recording, or one of them is unusable.

    """
    if not voice.references:
        raise InvalidAudio("The voice has no samples. Add a recording of 3 to 30 s.", reason="samples", measured=0)
    recordings = [read_recording(reference) for reference in voice.references]
    control.check()
    control.progress("preparing voice", 0, 2, "steps")
    speaker = model.extract_speaker_embedding(audio=combine(recordings).samples, sr=SAMPLE_RATE)
    arrays = {"speaker": speaker.float().cpu().numpy().copy()}
    details: dict[str, Any] = {"kind": "cloned", "text": None}
    control.check()
    control.progress("preparing voice", 1, 2, "steps")
    transcribed = [recording for recording in recordings if recording.text]
    spoken = combine(transcribed) if transcribed else None
    if spoken is not None and spoken.text is not None:
        codes = encode(spoken.samples, model)
        arrays["codes"] = codes.to(torch.int16).cpu().numpy().copy()
        state = decoder.prime(codes).to_arrays()
        arrays |= {f"{CODEC_PREFIX}{name}": array for name, array in state.items()}
        details["text"] = spoken.text
    control.progress("preparing voice", 2, 2, "steps")
    return VoicePrompt(arrays, details | {"seconds": _seconds(spoken, recordings)})


def encode(samples: Samples, model: Any) -> torch.Tensor:
    """The codes, (T, 16) int64, of samples (n,) at 24 kHz and half a second of silence after them."""
    tail = np.zeros(round(TAIL_S * SAMPLE_RATE), dtype=np.float32)
    encoded = model.speech_tokenizer.encode(np.concatenate([samples, tail]), sr=SAMPLE_RATE)
    codes: torch.Tensor = encoded.audio_codes[0]
    return codes


def cloned_voice(prompt: VoicePrompt, like: torch.Tensor) -> ClonedVoice:
    """A stored prompt, ready to be read by a model whose speaker vectors have the shape, type and device of `like`.

    Raises:
        Unsupported: the prompt was made by a checkpoint of another size.

    """
    vector = prompt.arrays["speaker"]
    if vector.shape != tuple(like.shape):
        message = (
            f"This voice was prepared for width {vector.shape[0]}, the model has {like.shape[0]}. Prepare it again."
        )
        raise Unsupported(message, measured=vector.shape[0], limit=like.shape[0])
    speaker = torch.from_numpy(vector).to(like)
    if "codes" not in prompt.arrays:
        return ClonedVoice(speaker, None, CodecState())
    codes = torch.from_numpy(prompt.arrays["codes"].astype(np.int64)).to(like.device)
    stored = {
        name.removeprefix(CODEC_PREFIX): array for name, array in prompt.arrays.items() if name.startswith(CODEC_PREFIX)
    }
    reference = ReferenceSpeech(prompt.details["text"], codes)
    return ClonedVoice(speaker, reference, CodecState.from_arrays(stored, like.device))


def _seconds(spoken: Recording | None, recordings: Sequence[Recording]) -> float:
    return round((spoken or combine(recordings)).seconds, 3)
