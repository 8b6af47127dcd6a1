"""What a speech engine is: the Protocol that one adapter a model family implements in the engine process.

Audio is mono float32 in [-1, 1], shape (samples,), at the engine's own `sample_rate` (Hz).
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
StopReason = Literal["eos", "cap"]


@dataclass(frozen=True)
class Place:
    """The device that a model computes on; `fallback` says why it is not the one asked for, else it is None."""

    device: str
    fallback: str | None = None


@dataclass(frozen=True)
class Reference:
    """One recording of a cloned voice, as the profile keeps it: repaired, trimmed, mono, 24 kHz WAV."""

    path: Path
    text: str | None


@dataclass(frozen=True)
class Voice:
    """Whose voice is asked for: a stock voice by id, a speaker by recordings, or a description."""

    kind: Literal["preset", "cloned", "designed"]
    voice_id: str | None = None
    references: tuple[Reference, ...] = ()
    description: str | None = None


@dataclass
class VoicePrompt:
    """What an engine needs of a voice before it can speak: built once, kept in memory and as safetensors.

    `arrays` are plain numpy arrays of any dtype that safetensors knows; `details` is JSON-able and small.
    """

    arrays: dict[str, NDArray[Any]]
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take, in bytes."""
        return sum(array.nbytes for array in self.arrays.values())


@dataclass(frozen=True)
class Sampling:
    """How the next token is drawn; `None` means the model's own default, temperature 0 the likeliest token always.

    The sub-talker is the smaller model that fills in a frame's further codebooks, in engines that have one.
    """

    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    repetition_penalty: float | None = None
    subtalker_temperature: float | None = None
    subtalker_top_k: int | None = None
    subtalker_top_p: float | None = None


@dataclass(frozen=True)
class Utterance:
    """One chunk of text to speak. `language` is ISO 639-1; `speed` 1.0 is the voice's own pace."""

    text: str
    language: str
    seed: int
    speed: float = 1.0
    instruct: str | None = None
    sampling: Sampling = Sampling()


@dataclass(frozen=True)
class Spoken:
    """What a `speak` generator returns when it ends: why it stopped and how many model steps it took."""

    stop_reason: StopReason
    steps: int


class Control(Protocol):
    """An adapter's line to whoever asked for the work."""

    def check(self) -> None:
        """Raise `sidecar.errors.Cancelled` if the work was cancelled. Call it between steps; it costs nothing."""

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        """Tell how far the work is. Rate-limited by the caller's side: call it as often as there is news."""


class SpeechEngine(Protocol):
    """A loaded model family member. Constructed as `Adapter(model_dir, device)`; raising means it cannot load.

    `Adapter.place(device)`, a static method, tells the `Place` where that will be before anything is loaded.
    """

    sample_rate: int

    @property
    def memory_bytes(self) -> int:
        """What keeping this model loaded costs, measured or estimated, in bytes."""

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        """Build the prompt of a voice (the slow, cacheable half of cloning).

        Raises:
            InvalidAudio: the references hold no usable speech.
            Unsupported: the engine has no voice of this kind, or no such stock voice.

        """

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        """Yield the speech piece by piece as it is made; the pieces joined are the whole chunk.

        Equal prompt, utterance and device give equal samples. Cancels within one model step.

        Raises:
            Cancelled: `control` said so.
            EngineFailed: no speech came out.
            Unsupported: the text holds nothing that this engine can pronounce.

        """

    def close(self) -> None:
        """Give the memory back."""


class BatchSpeechEngine(SpeechEngine, Protocol):
    """An engine that gains from speaking several utterances in one pass (`batch` in the capability table)."""

    def speak_batch(
        self, prompt: VoicePrompt, utterances: Sequence[Utterance], control: Control
    ) -> list[tuple[Samples, Spoken]]:
        """Speak several utterances of one voice: whole takes in their order. Raises what `speak` raises."""
