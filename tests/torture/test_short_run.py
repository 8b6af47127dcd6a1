"""A few kills of a fixed seed; `python -m tests.torture` does the same for an hour, with every other fault."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.torture import kills
from tests.torture.fault import Skipped
from tests.torture.run import Plan, Run
from tests.torture.studio import TortureStudio

pytestmark = [pytest.mark.process, pytest.mark.models]

SEED = 8
KILLS = 3


class Impossible:
    """A fault that this machine cannot have."""

    name = "impossible"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Say so."""
        raise Skipped("there is no such thing here")


class Unsurvivable:
    """A fault after which a promise is broken."""

    name = "unsurvivable"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Say so."""
        raise AssertionError("a row is gone")


def test_everything_holds_after_some_kills_in_the_middle_of_work(tmp_path: Path) -> None:
    tally = Run(Plan(SEED, seconds=0, kills=KILLS), tmp_path, kills.faults(), []).go()
    assert tally.broken == 0, tally.markdown()
    assert tally.tried == KILLS + 1


def test_what_breaks_stands_in_the_table_and_its_folder_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Run(Plan(SEED, seconds=0, kills=2), tmp_path, [Unsurvivable()], []).go().markdown()
    assert "| unsurvivable | 2 | 0 | a row is gone |" in table
    assert f"BROKEN: seed {SEED}, step 1, unsurvivable; kept: {tmp_path / 'studio-0'}" in capsys.readouterr().out


def test_what_cannot_be_tried_here_stands_in_the_table(tmp_path: Path) -> None:
    table = Run(Plan(SEED, seconds=60), tmp_path, [], [Impossible()]).go().markdown()
    assert "| impossible | 0 | 0 | not here: there is no such thing here |" in table
