"""The engine: Kokoro 82M v1.0 (int8 ONNX) on onnxruntime, always on the CPU."""

from __future__ import annotations

import json
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from sidecar.engines.base import Control, Place, Samples, Spoken, Utterance, Voice, VoicePrompt
from sidecar.engines.cores import worker_threads
from sidecar.engines.kokoro.matching import (
    PROBE_TEXTS,
    Mixture,
    StockVoices,
    hear_speaker,
    match_speaker,
)
from sidecar.engines.kokoro.phonemes import Phonemizer, has_sound, split_phonemes, to_ids
from sidecar.engines.kokoro.voices import SPEC
from sidecar.engines.speaker_encoder import SpeakerEncoder
from sidecar.errors import Cancelled, EngineFailed, ModelUnavailable, Unsupported

MODEL_IDS = 510
"""The longest input of the model, and the length of a voice's table of styles."""
PREFERRED_IDS = 100
"""About six seconds of speech: long enough for a natural melody, short enough to hear the first piece soon."""
CANCEL_POLL_S = 0.05
SILENT_BELOW = 1e-3
"""A peak under -60 dBFS means that the model made no speech."""
MEASURED_MEMORY_BYTES = 480_000_000
"""Resident memory that loading the model and speaking with it added, measured on Linux x86-64."""


class KokoroEngine:
    """Implements `sidecar.engines.base.SpeechEngine`.

    Kokoro is deterministic: an utterance's seed is accepted and changes nothing. The int8 model runs on the CPU
    whatever `device` says, because onnxruntime has its integer kernels only there.

    Raises:
        ModelUnavailable: a file of the model is missing.

    """

    sample_rate = SPEC.sample_rate

    def __init__(self, model_dir: Path, device: str) -> None:
        for name in ("model.onnx", "voices.npz", "config.json"):
            _require(model_dir / name, "kokoro-82m")
        self._model_dir = model_dir
        self._vocabulary: dict[str, int] = json.loads((model_dir / "config.json").read_text("utf-8"))["vocab"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = worker_threads()
        model = model_dir / "model.onnx"
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._phonemizer = Phonemizer()
        self._runner = ThreadPoolExecutor(1, thread_name_prefix="kokoro")

    @staticmethod
    def place(device: str) -> Place:
        """The processor, whatever is asked for."""
        as_asked = device in ("auto", "cpu")
        return Place("cpu", None if as_asked else f"Kokoro computes on the processor only; {device} was asked for.")

    @property
    def memory_bytes(self) -> int:
        """What keeping this model loaded costs, in bytes."""
        return MEASURED_MEMORY_BYTES

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        """The style of a stock voice, or of the mixture of stock voices nearest to a recorded speaker: (510, 256).

        Raises:
            InvalidAudio: the references hold no usable speech.
            ModelUnavailable: a recorded speaker needs the speaker encoder, and it is not installed.
            Unsupported: the engine has no voice of this kind, or no such stock voice.

        """
        with np.load(self._model_dir / "voices.npz", allow_pickle=False) as styles:
            if voice.kind == "preset" and voice.voice_id in styles:
                style = styles[voice.voice_id].reshape(MODEL_IDS, -1)
                return VoicePrompt({"style": style}, {"voice_id": voice.voice_id})
            if voice.kind == "cloned":
                return self._match(voice, styles, control)
        raise Unsupported(
            f"Kokoro has no voice {voice.voice_id!r}. `voices.list` names the {len(SPEC.voices)} that it has."
            if voice.kind == "preset"
            else "Kokoro cannot design a voice from a description. Choose a stock voice, or give a recording.",
            engine=SPEC.id,
        )

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        """Yield `utterance` in pieces of some seconds each, (samples,) float32 at 24 kHz, with the model's own pauses.

        Raises:
            Cancelled: `control` said so; the model stops within a fraction of a second.
            EngineFailed: no speech came out.
            Unsupported: there is nothing to pronounce, or the language or speed is not the engine's.

        """
        slowest, fastest = SPEC.speed_range
        if not slowest <= utterance.speed <= fastest:
            raise Unsupported(f"The speed is {utterance.speed}; Kokoro speaks at {slowest} to {fastest}.")
        phonemes = self._phonemizer.phonemes(utterance.text, utterance.language)
        pieces = [piece.strip() for piece in split_phonemes(phonemes, PREFERRED_IDS, MODEL_IDS) if has_sound(piece)]
        for number, piece in enumerate(pieces):
            control.progress("speaking", number, len(pieces), "pieces")
            yield _audible(self._infer(piece, prompt.arrays["style"], utterance.speed, control))
        return Spoken("eos", len(pieces))

    def close(self) -> None:
        """Give the memory back."""
        self._runner.shutdown()
        del self._session

    def _match(self, voice: Voice, styles: np.lib.npyio.NpzFile, control: Control) -> VoicePrompt:
        encoder = self._model_dir.parent / "speaker-encoder" / "encoder.onnx"
        _require(encoder, "speaker-encoder")
        speaker = hear_speaker([reference.path for reference in voice.references], SpeakerEncoder(encoder))

        def trial(mixture: Mixture) -> Samples:
            style = mixture.style(styles)
            phonemes = [self._phonemizer.phonemes(text, "en") for text in PROBE_TEXTS]
            return np.concatenate([self._infer(each, style, 1.0, control) for each in phonemes])

        match = match_speaker(speaker, StockVoices.load(), trial, self.sample_rate, control)
        return VoicePrompt({"style": match.mixture.style(styles)}, match.details())

    def _infer(self, phonemes: str, style: NDArray[np.float32], speed: float, control: Control) -> Samples:
        """One run of the model, on its own thread so that this one can watch for cancellation meanwhile."""
        control.check()
        ids = to_ids(phonemes, self._vocabulary)
        options = onnxruntime.RunOptions()
        inputs = {
            "tokens": np.array([[0, *ids, 0]], np.int64),
            "style": style[np.newaxis, len(ids) - 1],
            "speed": np.array([speed], np.float32),
        }
        running: Future[list[Samples]] = self._runner.submit(self._session.run, None, inputs, options)
        while True:
            try:
                return running.result(CANCEL_POLL_S)[0]
            except TimeoutError:
                self._stop_if_cancelled(running, options, control)

    @staticmethod
    def _stop_if_cancelled(running: Future[list[Samples]], options: onnxruntime.RunOptions, control: Control) -> None:
        try:
            control.check()
        except Cancelled:
            options.terminate = True
            running.exception()  # Waits until the model has really stopped.
            raise


def _require(file: Path, model: str) -> None:
    if not file.is_file():
        raise ModelUnavailable(
            f"The model {model} is not installed: {file} is missing. Get it with `models.download`, with "
            "`models.install` from a folder, or with `python build/models.py`.",
            model=model,
        )


def _audible(audio: Samples) -> Samples:
    if audio.size == 0 or not np.all(np.isfinite(audio)):
        raise EngineFailed("Kokoro produced no valid samples. Try again, or choose another voice.")
    peak = float(np.max(np.abs(audio)))
    if peak < SILENT_BELOW:
        raise EngineFailed(f"Kokoro produced silence (peak {peak:.1e}). Try again, or choose another voice.")
    return audio
