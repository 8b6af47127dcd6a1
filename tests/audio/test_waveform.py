from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.audio.decode import decode
from sidecar.audio.encode import encode
from sidecar.audio.waveform import waveform

RATE = 8_000


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(1, 40 * RATE), buckets=st.integers(1, 2_000))
def test_every_bucket_holds_the_extremes_of_its_samples(size: int, buckets: int, tmp_path: Path) -> None:
    noise = np.random.default_rng(size).uniform(-1, 1, size).astype(np.float32)
    encode(tmp_path / "noise.wav", [noise], RATE, "wav")
    samples = decode(tmp_path / "noise.wav", RATE)
    drawn = waveform(tmp_path / "noise.wav", buckets, lambda: None)
    count = min(buckets, size)
    slices = [samples[i * size // count : (i + 1) * size // count] for i in range(count)]
    assert drawn.minimum == pytest.approx([part.min() for part in slices])
    assert drawn.maximum == pytest.approx([part.max() for part in slices])
    assert (drawn.sample_rate, drawn.duration_s) == (RATE, size / RATE)
