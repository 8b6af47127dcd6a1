from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.audio.join import join
from sidecar.audio.samples import Samples

RATE = 24_000


@given(
    sizes=st.lists(st.integers(0, 3_000), min_size=1, max_size=8),
    pauses=st.lists(st.floats(0.0, 0.5), max_size=8),
)
def test_no_sample_is_lost_or_added(sizes: list[int], pauses: list[float]) -> None:
    parts = [np.ones(size, np.float32) for size in sizes]
    joined = np.concatenate(list(join(parts, pauses, RATE)))
    used = pauses[: len(parts)]
    assert joined.size == sum(sizes) + sum(round(pause * RATE) for pause in used)


def test_speech_stays_as_it_is_between_its_faded_edges(vowels: Samples) -> None:
    joined = np.concatenate(list(join([vowels, vowels], [0.25], RATE)))
    second = joined[vowels.size + 6_000 :]
    assert np.array_equal(second[120:-120], vowels[120:-120])
    assert not joined[vowels.size : vowels.size + 6_000].any()


def test_edges_do_not_click() -> None:
    loud = np.ones(RATE, np.float32)
    joined = np.concatenate([[0.0], *join([loud, loud], [0.1], RATE), [0.0]])
    assert np.abs(np.diff(joined)).max() <= 1 / 120 + 1e-6


def test_a_part_shorter_than_its_fades_is_faded_too() -> None:
    [part] = join([np.ones(5, np.float32)], [], RATE)
    assert part == pytest.approx([0.0, 0.5, 1.0, 0.5, 0.0])


def test_the_parts_given_are_left_alone(vowels: Samples) -> None:
    before = vowels.copy()
    list(join([vowels], [0.1], RATE))
    assert np.array_equal(vowels, before)
