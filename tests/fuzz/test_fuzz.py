"""A short piece of what `python -m tests.fuzz` does for long, always the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz import guided
from tests.fuzz.damage import damaged
from tests.fuzz.rounds import fuzz_files, fuzz_lines, fuzz_parsers
from tests.fuzz.target import Target, sandbox_in

pytestmark = pytest.mark.process


def test_fifteen_hundred_lines_that_no_client_sends_are_answered_or_refused(tmp_path: Path) -> None:
    outcome = fuzz_lines(tmp_path, random.Random(1), 1_500)
    assert outcome.faults == []
    assert outcome.taken > 50, "so few requests got through that nothing was tried"


def test_two_hundred_damaged_files_are_taken_in_or_refused(tmp_path: Path) -> None:
    outcome = fuzz_files(tmp_path, random.Random(1), 200)
    assert outcome.faults == []
    assert outcome.taken > 20


def test_five_thousand_pieces_of_damage_surprise_no_parser(tmp_path: Path) -> None:
    assert fuzz_parsers(tmp_path, random.Random(1), 5_000).faults == []


def test_damage_that_is_guided_by_the_code_reaches_more_of_it(tmp_path: Path) -> None:
    pytest.importorskip("atheris", reason="the extra fuzz has no atheris for this machine")
    outcome = guided.fuzz("dialogue", tmp_path / "work", seed=1, seconds=3)
    assert outcome.fault is None
    assert outcome.at_last > 2 * outcome.at_first > 0


def test_the_fuzzer_sees_an_answer_that_is_an_internal_error(tmp_path: Path) -> None:
    with Target(sandbox_in(tmp_path)) as target:
        target._judge(
            {"jsonrpc": "2.0", "id": "1", "error": {"code": -32603, "message": "", "data": {"kind": "internal"}}}
        )
    assert len(target.faults) == 1


def test_damage_changes_what_it_is_done_to() -> None:
    rng, whole = random.Random(1), bytes(range(256)) * 8
    assert sum(damaged(rng, whole) != whole for _ in range(1_000)) > 990
