"""Clicks: moments that neither the sound before nor the sound after them explains.

Linear prediction takes out of the signal what follows from its own spectrum; the pulses of a voice stay in the
residual, but they come in rows of equals, and so does the noise of a consonant. A click stands alone. (After Vaseghi
and Rayner, "Detection and suppression of impulsive noise in speech communication systems", IEE Proceedings 137, 1990.)
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from sidecar.audio.samples import Samples, peak

ORDER = 8
"""With 16 and 32 fewer clicks were told from speech."""
FRAME = 512
HOP = FRAME // 2
WHITENING = 1e-4
"""White noise added at -40 dB, so that silence and pure tones can be predicted too."""
SLOT_S = 0.00075
"""The longest click that is found whole."""
NEAR_SLOTS = 20
"""15 ms each way, the period of a voice of 67 Hz: it holds the pulse before and the pulse after."""
FLOOR = 0.1
"""Added to what is near, as a share of the peak: out of silence the release of a stop consonant is as abrupt as a
click, but it never reached a fifth of the peak."""


def largest_click(samples: Samples, sample_rate: int) -> tuple[float, float]:
    """The most isolated moment: how many times larger than anything near it, before or after, and its time in seconds.

    0.0 of less than a slot of sound. `sidecar.audio.soundness.LARGEST_CLICK` says what speech reaches.
    """
    size = max(2, round(SLOT_S * sample_rate))
    count = samples.size // size
    if count == 0:
        return 0.0, 0.0
    slots = np.abs(_residual(samples))[: count * size].reshape(count, size).max(axis=1)
    padded = np.pad(slots, NEAR_SLOTS)
    near = sliding_window_view(padded, NEAR_SLOTS - 1).max(axis=1)
    # Next to a slot is the rest of a click that lies across two of them.
    around = np.maximum(near[:count], near[NEAR_SLOTS + 2 :][:count])
    ratios = slots / (around + FLOOR * peak(samples) + np.finfo(np.float32).tiny)
    worst = int(np.argmax(ratios))
    return float(ratios[worst]), worst * size / sample_rate


def _residual(samples: Samples) -> NDArray[np.float64]:
    """What the samples before do not predict, (samples,): every 256 samples by the 512 round about them."""
    frames = -(-samples.size // HOP)
    padded = np.pad(samples.astype(np.float64), (HOP // 2, FRAME))
    coefficients = _coefficients(sliding_window_view(padded, FRAME)[::HOP][:frames])
    history = sliding_window_view(np.pad(samples.astype(np.float64), (ORDER, frames * HOP - samples.size)), ORDER + 1)
    runs = history.reshape(frames, HOP, ORDER + 1)
    predicted = np.einsum("fho,fo->fh", runs[..., :ORDER], coefficients[:, ::-1])
    return np.asarray((runs[..., ORDER] - predicted).ravel()[: samples.size])


def _coefficients(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """The linear predictor of each frame, (frames, order), the nearest sample first: autocorrelation method."""
    spectra = np.abs(np.fft.rfft(frames * np.hanning(FRAME), 2 * FRAME)) ** 2
    correlation = np.fft.irfft(spectra)[:, : ORDER + 1]
    correlation[:, 0] = correlation[:, 0] * (1 + WHITENING) + np.finfo(np.float32).eps
    lags = np.abs(np.subtract.outer(np.arange(ORDER), np.arange(ORDER)))
    return np.asarray(np.linalg.solve(correlation[:, lags], correlation[:, 1:, np.newaxis])[..., 0])
