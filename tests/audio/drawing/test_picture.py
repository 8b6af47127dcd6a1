from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sidecar.audio.drawing.lettering import font_for, shortened
from sidecar.audio.drawing.picture import (
    BACKGROUND,
    HEADER_WIDTH,
    MARGIN,
    MARKER,
    Box,
    Scene,
    Strip,
    lane_width,
    picture,
)
from sidecar.audio.drawing.ruler import clock, step_for

WIDTH, HEIGHT = 800, 300


def strip(name: str, *boxes: Box, level: float = 0.5) -> Strip:
    columns = lane_width(WIDTH)
    return Strip(name, boxes, np.stack([np.full(columns, -level), np.full(columns, level)]))


def pixels(scene: Scene) -> NDArray[np.uint8]:
    return np.asarray(picture(scene, WIDTH, HEIGHT))


def at(seconds: float, duration_s: float = 10.0) -> int:
    left = MARGIN + HEADER_WIDTH
    return round(left + seconds / duration_s * (WIDTH - MARGIN - left))


def test_a_clip_is_drawn_between_its_times_and_nowhere_else() -> None:
    drawn = pixels(Scene("Talk", 10.0, [strip("Anna", Box(2.0, 4.0, "Hello"))], []))
    nothing = pixels(Scene("Talk", 10.0, [strip("Anna")], []))
    (columns,) = np.nonzero((drawn != nothing).any(axis=(0, 2)))
    assert columns.min() == pytest.approx(at(2.0), abs=1)
    assert columns.max() == pytest.approx(at(4.0), abs=1)


def test_what_is_muted_is_fainter() -> None:
    loud = pixels(Scene("Talk", 10.0, [strip("Anna", Box(2.0, 4.0, ""))], []))
    quiet = pixels(Scene("Talk", 10.0, [strip("Anna", Box(2.0, 4.0, "", quiet=True))], []))
    inside = slice(at(2.2), at(3.8))
    assert quiet[:, inside].mean() < loud[:, inside].mean()


def test_a_marker_is_a_line_at_its_time() -> None:
    drawn = pixels(Scene("Talk", 10.0, [strip("Anna")], [(5.0, "Chapter")]))
    assert np.abs(drawn[HEIGHT // 2, at(5.0)].astype(int) - MARKER).max() < 60
    assert np.abs(drawn[HEIGHT // 2, at(5.0) + 4].astype(int) - MARKER).max() > 100


@pytest.mark.parametrize("count", [0, 1, 7, 8, 40, 1_000])
def test_any_number_of_tracks_leaves_the_margins_free(count: int) -> None:
    drawn = pixels(Scene("Talk", 10.0, [strip(f"{number}", Box(0, 10, "All of it")) for number in range(count)], []))
    assert (drawn[-MARGIN + 2 :] == BACKGROUND).all()
    assert (drawn[:, : MARGIN - 2] == BACKGROUND).all()


def test_a_project_of_no_length_is_drawn_without_clips() -> None:
    assert pixels(Scene("", 0.0, [strip("Anna")], [(0.0, "")])).shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize(("seconds", "step"), [(0.8, 0.1), (9, 1), (50, 5), (100, 10), (36_000, 3_600), (1e9, 86_400)])
def test_a_ruler_has_round_steps(seconds: float, step: float) -> None:
    assert step_for(seconds, 10) == step


@pytest.mark.parametrize(
    ("time_s", "step_s", "label"), [(0, 1, "0:00"), (65, 5, "1:05"), (7_200, 600, "2:00:00"), (1.5, 0.5, "0:01.5")]
)
def test_times_are_written_as_on_a_clock(time_s: float, step_s: float, label: str) -> None:
    assert clock(time_s, step_s) == label


@pytest.mark.parametrize("text", ["A long sentence that does not fit", "Grüße", "声はどこですか", ""])
@pytest.mark.parametrize("width", [0, 20, 60, 1_000])
def test_a_text_is_shortened_to_the_room_that_there_is(text: str, width: int) -> None:
    font = font_for(text, 12)
    short = shortened(text, font, width)
    assert font.getlength(short) <= width
    assert short == text if font.getlength(text) <= width else text.startswith(short[:-1])
