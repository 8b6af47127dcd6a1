"""What a request says: the body of `POST /v1/audio/speech`, by the fields that [speech] and [protocol] tell.

Of the fields used here [speech] documents all but `seed`, which only [protocol] has. `voice` is left out when cloning:
a name of the server's own would go before the recording [qwen].
"""

from __future__ import annotations

import base64
import io
import math
from typing import Any

import numpy as np
import soundfile

from sidecar.engines.base import Samples, Utterance, VoicePrompt
from sidecar.engines.qwen.spec import LANGUAGE_NAMES, SAMPLE_RATE
from sidecar.engines.vllm_omni.spec import Task

FRAME_S = 0.08
"""Seconds of speech in a frame of Qwen3-TTS's codec, 12.5 a second; `max_new_tokens` counts frames."""
FEWEST_FRAMES_CAP, MOST_FRAMES = 192, 2048
FRAMES_A_TOKEN, BYTES_A_TOKEN = 12, 3
"""The server's own bounds: 12 frames a token of text, at least 192 [qwen]; 2,048 where nobody says [speech]. How many
tokens a text has is not known here; of Qwen's vocabulary one stands for 3 bytes or more of nearly any text."""
LANGUAGES = {code: name.title() for code, name in LANGUAGE_NAMES.items()}
"""ISO 639-1 to the names that `language` takes [speech]."""


def frames_cap(text: str) -> int:
    """The most frames that speaking a text may take: a missed end of speech would go on for minutes."""
    tokens = math.ceil(len(text.encode()) / BYTES_A_TOKEN)
    return min(MOST_FRAMES, max(FEWEST_FRAMES_CAP, FRAMES_A_TOKEN * tokens))


def speech_body(task: Task, prompt: VoicePrompt, utterance: Utterance) -> dict[str, Any]:
    """The fields of a request, all but `model`, which differs from server to server."""
    body = {
        "input": utterance.text,
        "task_type": task,
        "language": LANGUAGES[utterance.language],
        "seed": utterance.seed,
        "max_new_tokens": frames_cap(utterance.text),
        "response_format": "wav",
        # Servers before `stream_format` streamed bytes whenever `stream` was true; later ones need both for that.
        "stream": True,
        "stream_format": "audio",
    }
    return body | _voice(task, prompt, utterance.instruct)


def _voice(task: Task, prompt: VoicePrompt, instruct: str | None) -> dict[str, Any]:
    if task == "CustomVoice":
        return {"voice": prompt.details["voice_id"]} | ({"instructions": instruct} if instruct else {})
    if task == "VoiceDesign":
        return {"instructions": " ".join(filter(None, (prompt.details["description"], instruct)))}
    text = prompt.details["text"]
    # Without a transcript only the speaker's embedding is taken, of lower likeness.
    spoken = {"ref_text": text} if text else {"x_vector_only_mode": True}
    return {"ref_audio": _data_url(prompt.arrays["reference"])} | spoken


def _data_url(samples: Samples) -> str:
    file = io.BytesIO()
    soundfile.write(file, np.asarray(samples), SAMPLE_RATE, "PCM_16", format="WAV")
    return f"data:audio/wav;base64,{base64.b64encode(file.getvalue()).decode()}"
