"""Where a ruler of time has its marks."""

from __future__ import annotations

STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 43_200, 86_400)


def step_for(seconds: float, most: int) -> float:
    """Seconds from one mark to the next, a round number of them, so that there are not more than `most`."""
    return next((step for step in STEPS_S if seconds / step <= most), STEPS_S[-1])


def clock(time_s: float, step_s: float) -> str:
    """A time as a mark is labelled: "0.5", "1:05" or "2:00:00", with tenths where marks are closer than a second."""
    minutes, seconds = divmod(round(time_s, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    shown = f"{seconds:04.1f}" if step_s < 1 else f"{int(seconds):02}"
    return f"{hours}:{minutes:02}:{shown}" if hours else f"{minutes}:{shown}"
