from __future__ import annotations

import io
from typing import Any

import pytest

from sidecar.terminal.progress import ProgressLine


class Screen(io.StringIO):
    """A terminal that is 60 columns wide, and what is on its last line."""

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        line: list[str] = []
        for written in self.getvalue().rpartition("\n")[2].split("\r"):
            line[: len(written)] = written
        return "".join(line).rstrip()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    monkeypatch.setenv("COLUMNS", "60")
    return Screen()


def news(stage: str, fraction: float, eta_s: float | None = None) -> dict[str, Any]:
    return {"kind": "generation", "stage": stage, "fraction": fraction, "eta_s": eta_s}


def test_a_terminal_shows_a_bar_that_moves_in_one_line(screen: Screen) -> None:
    line = ProgressLine(screen)
    line.show(news("speaking", 0.5, 83.0))
    assert screen.shown() == f"generation: speaking [{'#' * 12}{'-' * 12}]  50% 1:23 left"[:59]
    line.show(news("joining", 1.0))
    assert screen.shown() == f"generation: joining [{'#' * 24}] 100%"
    assert "\n" not in screen.getvalue()


def test_a_line_that_is_too_long_is_cut_before_it_wraps(screen: Screen) -> None:
    ProgressLine(screen).show(news("a stage with a very long name indeed, as no stage has", 0.5))
    assert len(screen.shown()) == 59


def test_nothing_of_the_bar_is_left_when_it_is_cleared_or_something_is_said(screen: Screen) -> None:
    line = ProgressLine(screen)
    line.show(news("speaking", 0.5))
    line.say("done")
    assert screen.getvalue().rpartition("\r")[2] == "done\n"
    line.show(news("speaking", 0.6))
    line.clear()
    assert screen.shown() == ""


def test_what_a_terminal_would_obey_is_shown_instead(screen: Screen) -> None:
    line = ProgressLine(screen)
    line.show(news("speaking \x9b2J", 0.5))
    assert r"speaking \u009b2J [" in screen.shown()
    line.say("There is no \x1b[2J.")
    assert screen.getvalue().endswith("There is no \\u001b[2J.\n")


def test_elsewhere_every_stage_is_one_plain_line() -> None:
    log = io.StringIO()
    line = ProgressLine(log)
    for stage, fraction in (("loading", 0.0), ("speaking", 0.1), ("speaking", 0.2)):
        line.show(news(stage, fraction))
    line.clear()
    assert log.getvalue() == "generation: loading\ngeneration: speaking\n"
