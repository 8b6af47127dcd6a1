"""The library is imported trimmed, silent, and with right stand-ins."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from sidecar.engines.qwen.library import load, mel_filters, resample

IMPORT = """
import sys
from sidecar.engines.qwen.library import load_library
load_library()
heavy = {"librosa", "numba", "torchaudio", "sox", "onnxruntime", "einops", "gradio", "sklearn"}
print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""

LIBROSA_PEAKS = {0: 0.03355042636, 10: 0.02425544150, 60: 0.01747637428, 127: 0.003086800454}
"""Largest value of some filters by librosa 0.11.0, mel(sr=24000, n_fft=1024, n_mels=128, fmin=0, fmax=12000)."""


def test_the_import_prints_nothing_and_brings_nothing_heavy_along():
    result = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    assert result.stdout == ""
    assert result.stderr.strip().endswith("[]")


def test_mel_filters_have_equal_area_and_rise_to_their_centres():
    filters = mel_filters(sr=24_000, n_fft=1024, n_mels=128, fmin=0, fmax=12_000)
    assert filters.shape == (128, 513)
    assert filters.dtype == np.float32
    # Slaney's norm: each triangle has area 1 over Hz, so its sum over bins is one over the bins' width.
    wide = filters[64:]
    np.testing.assert_allclose(wide.sum(axis=1) * 24_000 / 1024, 1.0, rtol=0.05)


def test_mel_filters_have_librosas_values():
    filters = mel_filters(sr=24_000, n_fft=1024, n_mels=128, fmin=0, fmax=12_000)
    np.testing.assert_allclose(filters[list(LIBROSA_PEAKS)].max(axis=1), list(LIBROSA_PEAKS.values()), rtol=1e-6)


def test_resampling_keeps_a_tone_and_the_duration():
    tone = np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000).astype(np.float32)
    halved = resample(tone, orig_sr=48_000, target_sr=24_000)
    expected = np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000)
    assert len(halved) == 24_000
    assert np.abs(halved - expected)[1000:-1000].max() < 1e-3


def test_loading_mixes_channels_to_one(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "a.wav", np.array([[0.5, 0.0], [0.25, 0.25]], dtype=np.float32), 8_000, subtype="FLOAT")
    samples, rate = load(tmp_path / "a.wav")
    assert rate == 8_000
    np.testing.assert_allclose(samples, [0.25, 0.25])
