"""A timeline as a picture: tracks as lanes, clips as boxes with their waveforms, a ruler, markers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from sidecar.audio.drawing.lettering import Font, font_for, shortened
from sidecar.audio.drawing.ruler import clock, step_for
from sidecar.audio.outline import Columns

Color = tuple[int, int, int]

FINER = 2
"""Everything is drawn so many times larger and then made smaller: smooth edges, smooth letters."""
BACKGROUND: Color = (18, 20, 27)
LANE: Color = (27, 30, 39)
HEADER: Color = (34, 38, 49)
TEXT: Color = (226, 229, 238)
FAINT: Color = (141, 148, 167)
MARKER: Color = (255, 196, 84)
PALETTE: tuple[Color, ...] = (
    (91, 157, 255),
    (94, 201, 142),
    (190, 136, 255),
    (255, 140, 105),
    (72, 201, 208),
    (245, 128, 176),
    (202, 189, 92),
    (140, 160, 190),
)
MARGIN, TITLE, RULER, HEADER_WIDTH = 16, 44, 34, 148
LANE_GAP, THINNEST_LANE, THICKEST_LANE = 6, 22, 132
ROUNDING, LABEL = 6, 18
TICK_WIDTH, LONGEST_FLAG = 90, 200
QUIETEST = 0.01
"""What is never louder than this is drawn as the noise that it is."""


@dataclass(frozen=True)
class Box:
    """A clip, from and to where it is heard in seconds. `quiet` is drawn faint: it is muted; silence has no wave."""

    start_s: float
    end_s: float
    label: str
    quiet: bool = False


@dataclass(frozen=True)
class Strip:
    """A track: its name, its clips and the outline of all of them over the whole of the timeline."""

    name: str
    boxes: Sequence[Box]
    outline: Columns
    quiet: bool = False


@dataclass(frozen=True)
class Scene:
    """What is drawn."""

    title: str
    duration_s: float
    strips: Sequence[Strip]
    markers: Sequence[tuple[float, str]]
    """Their times in seconds, and their titles, in their order."""


def lane_width(width: int) -> int:
    """How many columns the outlines of a picture of so many pixels should have."""
    return FINER * (width - 2 * MARGIN - HEADER_WIDTH)


def picture(scene: Scene, width: int, height: int) -> Image.Image:
    """The timeline in so many pixels. Tracks for which there is no room are counted below the last one."""
    return _Drawing(scene, width, height).drawn()


class _Drawing:
    def __init__(self, scene: Scene, width: int, height: int) -> None:
        self._scene = scene
        self._image = Image.new("RGB", (width * FINER, height * FINER), BACKGROUND)
        self._draw = ImageDraw.Draw(self._image)
        self._loudest = max((float(np.abs(strip.outline).max(initial=0.0)) for strip in scene.strips), default=0.0)
        self._left, self._right = MARGIN + HEADER_WIDTH, width - MARGIN
        self._top = TITLE + RULER
        room = height - MARGIN - self._top
        fitting = max(1, room // (THINNEST_LANE + LANE_GAP))
        self._shown = scene.strips[:fitting] if len(scene.strips) <= fitting else scene.strips[: max(1, fitting - 1)]
        rows = max(1, len(self._shown) + (len(self._shown) < len(scene.strips)))
        self._pitch = min(THICKEST_LANE + LANE_GAP, room / rows)

    def drawn(self) -> Image.Image:
        self._heading()
        for number, strip in enumerate(self._shown):
            self._strip(strip, self._top + number * self._pitch, PALETTE[number % len(PALETTE)])
        self._bottom = self._top + len(self._shown) * self._pitch - LANE_GAP
        hidden = len(self._scene.strips) - len(self._shown)
        if hidden:
            self._text(MARGIN, self._bottom + LANE_GAP + 4, f"and {hidden} more tracks", 12, FAINT)
        self._ruler()
        following = [*(self._x(at_s) for at_s, _ in self._scene.markers[1:]), self._right]
        for (at_s, title), limit in zip(self._scene.markers, following, strict=False):
            self._marker(at_s, title, limit)
        return self._image.reduce(FINER)

    def _heading(self) -> None:
        length = clock(self._scene.duration_s, 1.0)
        font = font_for(length, 13 * FINER)
        across = font.getlength(length) / FINER
        self._text(self._right - across, 17, length, 13, FAINT)
        self._text(MARGIN, 13, self._scene.title, 19, TEXT, self._right - across - 2 * MARGIN)

    def _strip(self, strip: Strip, top: float, color: Color) -> None:
        bottom = top + self._pitch - LANE_GAP
        shade = _mixed(color, LANE, 0.65) if strip.quiet else color
        self._box(MARGIN, top, self._right, bottom, LANE)
        self._box(MARGIN, top, self._left - 2, bottom, HEADER)
        self._box(MARGIN, top, MARGIN + 5, bottom, shade, 2)
        middle = (top + bottom) / 2 - 8
        self._text(MARGIN + 16, middle, strip.name, 14, FAINT if strip.quiet else TEXT, HEADER_WIDTH - 28)
        for box in strip.boxes:
            self._clip(box, strip, top + 2, bottom - 2, _mixed(shade, LANE, 0.6) if box.quiet else shade)

    def _clip(self, box: Box, strip: Strip, top: float, bottom: float, color: Color) -> None:
        left, right = self._x(box.start_s), max(self._x(box.end_s), self._x(box.start_s) + 1)
        self._box(left, top, right, bottom, _mixed(color, LANE, 0.72), ROUNDING, color)
        labelled = bottom - top >= 2 * LABEL and right - left >= 24
        if labelled:
            self._text(left + 7, top + 3, box.label, 11, _mixed(color, TEXT, 0.75), right - left - 12)
        self._wave(strip.outline, left, right, top + (LABEL if labelled else 3), bottom - 3, color)

    def _wave(self, outline: Columns, left: float, right: float, top: float, bottom: float, color: Color) -> None:
        lane = FINER * self._left
        first, last = round(left * FINER) + FINER, round(right * FINER) - FINER
        # The loudest clip fills its box: speech as it is recorded would be a thin line.
        middle, reach = (top + bottom) / 2 * FINER, (bottom - top) / 2 * FINER / max(self._loudest, QUIETEST)
        columns = outline[:, max(0, first - lane) : max(0, last - lane)]
        for x, (lowest, highest) in enumerate(columns.T, first):
            self._draw.line([x, middle - highest * reach, x, middle - lowest * reach], color)

    def _ruler(self) -> None:
        seconds = max(self._scene.duration_s, 1e-3)
        step = step_for(seconds, max(1, (self._right - self._left) // TICK_WIDTH))
        for number in range(int(seconds / step + 1e-9) + 1):
            x = self._x(number * step)
            self._line(x, self._top - 8, x, self._top - 3, FAINT)
            self._text(x + 4, self._top - 19, clock(number * step, step), 11, FAINT, self._right - x)

    def _marker(self, at_s: float, title: str, limit: float) -> None:
        x, font = self._x(at_s), font_for(title, 11 * FINER)
        self._line(x, TITLE - 6, x, self._bottom, MARKER)
        shown = shortened(title, font, (min(limit - x, LONGEST_FLAG) - 14) * FINER)
        if shown:
            self._box(x, TITLE - 6, x + font.getlength(shown) / FINER + 10, TITLE + 10, MARKER, 3)
            self._text(x + 5, TITLE - 5, shown, 11, BACKGROUND)

    def _x(self, time_s: float) -> float:
        share = time_s / self._scene.duration_s if self._scene.duration_s else 0.0
        return self._left + min(1.0, share) * (self._right - self._left)

    def _box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: Color,
        rounding: float = ROUNDING,
        outline: Color | None = None,
    ) -> None:
        corners = [value * FINER for value in (left, top, max(right, left), max(bottom, top))]
        self._draw.rounded_rectangle(corners, rounding * FINER, fill, outline, FINER // 2)

    def _line(self, left: float, top: float, right: float, bottom: float, color: Color) -> None:
        self._draw.line([value * FINER for value in (left, top, right, bottom)], color, FINER)

    def _text(self, left: float, top: float, text: str, size: int, color: Color, width: float = float("inf")) -> None:
        font: Font = font_for(text, size * FINER)
        self._draw.text((left * FINER, top * FINER), shortened(text, font, width * FINER), color, font)


def _mixed(color: Color, other: Color, share: float) -> Color:
    """A color with so much of another one in it."""
    red, green, blue = (round(own + (its - own) * share) for own, its in zip(color, other, strict=True))
    return red, green, blue
