from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.text.settling import settled
from sidecar.text.words import TimedWord

SPANS = [(0.5, 1.0), (1.3, 2.1), (2.6, 2.9)]


def timed(*spans: tuple[float, float]) -> list[TimedWord]:
    return [TimedWord("word", start, end, 1.0) for start, end in spans]


def times(words: list[TimedWord]) -> list[tuple[float, float]]:
    return [(round(word.start_s, 2), round(word.end_s, 2)) for word in words]


def test_words_that_run_over_into_pauses_are_brought_back() -> None:
    assert times(settled(timed((0.0, 1.02), (1.02, 2.12), (2.12, 3.0)), SPANS)) == SPANS


def test_words_that_are_all_early_are_moved_later() -> None:
    early = timed(*((start - 0.3, end - 0.3) for start, end in SPANS))
    assert times(settled(early, SPANS)) == SPANS


def test_words_within_one_stretch_keep_the_border_between_them() -> None:
    words = settled(timed((0.5, 1.0), (1.2, 1.7), (1.7, 2.1), (2.6, 2.9)), SPANS)
    assert times(words)[1:3] == [(1.3, 1.7), (1.7, 2.1)]


def test_a_word_with_a_pause_in_it_keeps_both_its_halves() -> None:
    assert times(settled(timed((0.5, 2.1), (2.6, 2.9)), SPANS)) == [(0.5, 2.1), (2.6, 2.9)]


def test_without_any_sound_words_stay_where_they_are() -> None:
    assert settled(timed((0.5, 1.0)), []) == timed((0.5, 1.0))
    assert settled([], SPANS) == []


@given(st.lists(st.floats(0, 70), max_size=20), st.lists(st.floats(0, 70), max_size=20))
def test_words_stay_in_order_whatever_was_heard(word_times: list[float], edges: list[float]) -> None:
    edges = sorted(set(edges))
    spans = list(zip(edges[::2], edges[1::2], strict=False))
    ordered = sorted(word_times)
    words = timed(*zip(ordered[::2], ordered[1::2], strict=False))
    moved = [time for word in settled(words, spans) for time in (word.start_s, word.end_s)]
    assert moved == sorted(moved)
    assert len(moved) == 2 * len(words)
    assert all(time >= 0.0 for time in moved)
    assert not moved or moved[-1] <= max([*edges, ordered[-1]])


def test_two_windows_of_thirty_seconds_are_moved_apart() -> None:
    spans = [(1.0, 1.5), (2.0, 2.7), (41.0, 41.5), (42.0, 42.7)]
    early = timed((0.8, 1.3), (1.8, 2.5), (40.6, 41.1), (41.6, 42.3))
    assert [time[1] for time in times(settled(early, spans))] == pytest.approx([1.5, 2.7, 41.5, 42.7])
