"""The import of `qwen_tts` 0.1.1 without what this product never runs, and without a word on stdout.

`qwen_tts` imports two things for nothing. Its 25 Hz tokenizer (no checkpoint of which was released) pulls in
torchaudio, sox, onnxruntime and einops. librosa pulls in numba and scikit-learn, some 250 MB, for three functions,
which numpy, soxr and soundfile provide here. Stand-ins are in `sys.modules` only while the import runs.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

TOKENIZER_25HZ = "qwen_tts.core.tokenizer_25hz.modeling_qwen3_tts_tokenizer_v1"

LINEAR_HZ_PER_MEL = 200.0 / 3.0
LOG_START_HZ = 1_000.0
LOG_STEP = np.log(6.4) / 27.0
"""Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, then 27 mels for a factor of 6.4."""


def load_library() -> Any:
    """Import `qwen_tts`, trimmed and silent, and return the module. A second call costs nothing.

    Raises:
        ImportError: `qwen_tts`, torch or transformers is not installed.

    """
    # torch's compiler, which transformers imports and nothing here runs, makes this folder at its import; naming one
    # that is there already keeps it from leaving its own behind.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", tempfile.gettempdir())
    with contextlib.redirect_stdout(sys.stderr):
        # Before the stand-ins: transformers asks once, at its import, whether librosa is there, and must hear no.
        importlib.import_module("transformers").logging.set_verbosity_error()
        with _standing_in(_stand_ins()):
            return importlib.import_module("qwen_tts")


def mel_filters(
    *, sr: float, n_fft: int, n_mels: int, fmin: float = 0.0, fmax: float | None = None
) -> NDArray[np.float32]:
    """Triangular mel filters of equal area, shape (n_mels, 1 + n_fft // 2), as `librosa.filters.mel` makes them.

    `sr`, `fmin` and `fmax` are in Hz; `fmax` defaults to half the sample rate.
    """
    bins = np.linspace(0.0, sr / 2.0, 1 + n_fft // 2)
    lowest, highest = _hz_to_mel(fmin), _hz_to_mel(sr / 2.0 if fmax is None else fmax)
    edges = _mel_to_hz(np.linspace(lowest, highest, n_mels + 2))
    widths = np.diff(edges)
    distance = edges[:, None] - bins[None, :]
    rising = -distance[:-2] / widths[:-1, None]
    falling = distance[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges[2:] - edges[:-2])
    return np.asarray(triangles * area[:, None], dtype=np.float32)


def resample(y: NDArray[np.float32], *, orig_sr: float, target_sr: float) -> NDArray[np.float32]:
    """Samples (n,) at `orig_sr` Hz as samples at `target_sr` Hz, at librosa's default quality (soxr HQ)."""
    return np.asarray(soxr.resample(y, orig_sr, target_sr, quality="HQ"), dtype=np.float32)


def load(path: str | Path, *, sr: None = None, mono: bool = True) -> tuple[NDArray[np.float32], int]:
    """Samples (n,) and sample rate in Hz of an audio file; `sr=None` (its own rate) is all that is asked for."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return (samples.mean(axis=1) if mono else samples.T), int(rate)


def _hz_to_mel(hz: float) -> float:
    if hz < LOG_START_HZ:
        return hz / LINEAR_HZ_PER_MEL
    return float(LOG_START_HZ / LINEAR_HZ_PER_MEL + np.log(hz / LOG_START_HZ) / LOG_STEP)


def _mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    log_start = LOG_START_HZ / LINEAR_HZ_PER_MEL
    return np.where(mel < log_start, mel * LINEAR_HZ_PER_MEL, LOG_START_HZ * np.exp(LOG_STEP * (mel - log_start)))


def _stand_ins() -> dict[str, ModuleType]:
    tokenizer = ModuleType(TOKENIZER_25HZ)
    tokenizer.__dict__["Qwen3TTSTokenizerV1Model"] = type("Qwen3TTSTokenizerV1Model", (), {})
    modules = {TOKENIZER_25HZ: tokenizer}
    if importlib.util.find_spec("librosa") is None:
        librosa, filters = ModuleType("librosa"), ModuleType("librosa.filters")
        filters.__dict__["mel"] = mel_filters
        librosa.__dict__.update(filters=filters, resample=resample, load=load)
        modules |= {"librosa": librosa, "librosa.filters": filters}
    return modules


@contextlib.contextmanager
def _standing_in(modules: dict[str, ModuleType]) -> Iterator[None]:
    """Have `modules` importable inside the block only: left behind, they would fool others who look for librosa."""
    added = {name: module for name, module in modules.items() if name not in sys.modules}
    sys.modules.update(added)
    try:
        yield
    finally:
        for name in added:
            del sys.modules[name]
