from __future__ import annotations

import numpy as np
import pytest

from sidecar.audio.cuts import quiet_point, windows
from sidecar.audio.samples import Samples

RATE = 24_000


def test_the_longest_pause_is_where_to_cut(recording: Samples) -> None:
    spoken = np.concatenate([recording, recording])
    assert quiet_point(spoken, RATE, 2.0, 8.0) == pytest.approx(5.0, abs=0.1)


def test_without_a_pause_the_quietest_moment_is_cut(vowels: Samples) -> None:
    dipped = vowels.copy()
    dipped[36_000:36_720] *= 0.001
    assert quiet_point(dipped, RATE, 0.5, 2.5) == pytest.approx(1.515, abs=0.02)


def test_windows_join_to_the_recording_and_are_cut_in_its_pauses(recording: Samples) -> None:
    spoken = np.tile(recording, 10)
    pieces = [spoken[start : start + 70_001] for start in range(0, spoken.size, 70_001)]
    found = list(windows(pieces, RATE, longest_s=12.0, search_s=6.0))
    assert np.array_equal(np.concatenate([window.samples for window in found]), spoken)
    assert all(window.samples.size <= 12 * RATE for window in found)
    assert [window.start_s for window in found] == pytest.approx([0, 10, 20, 30, 40], abs=0.2)


def test_a_short_recording_is_one_window_and_nothing_is_none(recording: Samples) -> None:
    [window] = windows([recording], RATE, longest_s=300.0, search_s=60.0)
    assert (window.start_s, window.samples.size) == (0.0, recording.size)
    assert list(windows([], RATE, longest_s=300.0, search_s=60.0)) == []
