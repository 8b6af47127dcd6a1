"""Who is speaking, as 256 numbers: a mel spectrogram and the LSTM speaker encoder on onnxruntime.

The front end reproduces the one that the network was trained with (Resemblyzer 0.1.4): 16 kHz, 40 Slaney mel bands of
power, 25 ms windows every 10 ms, no logarithm, windows of 160 frames.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sidecar.engines.base import Samples

SAMPLE_RATE = 16_000
FFT_SIZE = 400
HOP = 160
MEL_BANDS = 40
WINDOW_FRAMES = 160
WINDOW_STEP_FRAMES = 80
LEVEL_DBFS = -30.0
"""The level that the network's training recordings were brought to."""
SILENCE_BELOW_PEAK_DB = 35.0
"""A frame this far below the loudest one is a pause: pauses are left out, as they were in training."""
GATE_FRAME = 480
"""30 ms at 16 kHz, the length of the frames that pauses are found by."""

Embedding = NDArray[np.float32]


class SpeakerEncoder:
    """The loaded network."""

    def __init__(self, model: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # An LSTM runs step after step: more threads only cost.
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._filters = mel_filters()

    def embed(self, audio: Samples, sample_rate: int) -> Embedding:
        """The speaker of `audio` (mono, (samples,)) as a unit vector (256,); the cosine of two is their likeness.

        Raises:
            ValueError: there is nothing but silence.

        """
        speech = _speech_at_level(soxr.resample(audio, sample_rate, SAMPLE_RATE))
        mels = mel_spectrogram(speech, self._filters)
        missing = max(0, WINDOW_FRAMES - len(mels))
        windows = sliding_window_view(np.pad(mels, ((0, missing), (0, 0))), WINDOW_FRAMES, axis=0)
        batch = windows[::WINDOW_STEP_FRAMES].transpose(0, 2, 1).astype(np.float32)
        (embeddings,) = self._session.run(None, {"mels": batch})
        mean = np.mean(embeddings, axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)


def mel_spectrogram(audio: Samples, filters: NDArray[np.float64]) -> NDArray[np.float64]:
    """Power in mel bands, (frames, 40), of 16 kHz `audio`; frames are centred on every 160th sample."""
    padded = np.pad(audio, FFT_SIZE // 2)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT_SIZE) / FFT_SIZE)
    spectrum = np.fft.rfft(sliding_window_view(padded, FFT_SIZE)[::HOP] * hann)
    return np.asarray(np.abs(spectrum) ** 2 @ filters.T)


def mel_filters() -> NDArray[np.float64]:
    """Triangles of equal area, (40, 201), evenly spaced on Slaney's mel scale (Auditory Toolbox, 1998).

    The scale is linear at 200/3 Hz a mel up to 1 kHz (15 mel), then logarithmic with 27 mel to a factor of 6.4.
    """
    top = 15 + 27 * np.log(SAMPLE_RATE / 2 / 1000) / np.log(6.4)
    mels = np.linspace(0, top, MEL_BANDS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * 6.4 ** ((mels - 15) / 27))
    bins = np.fft.rfftfreq(FFT_SIZE, 1 / SAMPLE_RATE)
    low, centre, high = edges[:-2, np.newaxis], edges[1:-1, np.newaxis], edges[2:, np.newaxis]
    triangles = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return np.asarray(np.maximum(0, triangles) * 2 / (high - low))


def _speech_at_level(audio: Samples) -> Samples:
    """`audio` without its pauses, its RMS brought to `LEVEL_DBFS`."""
    frames = audio[: len(audio) // GATE_FRAME * GATE_FRAME].reshape(-1, GATE_FRAME)
    power = np.mean(frames.astype(np.float64) ** 2, axis=1)
    if not np.any(power > 0):
        raise ValueError("there is nothing but silence")
    speech = frames[power > np.max(power) * 10 ** (-SILENCE_BELOW_PEAK_DB / 10)].ravel()
    gain = 10 ** (LEVEL_DBFS / 20) / np.sqrt(np.mean(speech.astype(np.float64) ** 2))
    return np.asarray(speech * gain, np.float32)
