"""A script becomes an mp3 with subtitles in one call, and they say what is heard; over the real pipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.conftest import Start
from tests.radio_play import VOICES, likeness, perform

pytestmark = [pytest.mark.process, pytest.mark.models]

LINES = 9
PATIENCE_S = 400.0


def test_three_speakers_are_heard_in_one_file_as_its_subtitles_say(
    start: Start, data_dir: Path, tmp_path: Path
) -> None:
    path = tmp_path / "play.mp3"
    with start(data_dir) as sidecar:
        made = perform(sidecar, LINES, path, PATIENCE_S)
        found = likeness(sidecar, LINES, path, PATIENCE_S)
    assert [track["name"] for track in made["project"]["tracks"]] == list(VOICES)
    assert (made["result"]["spoken"], made["result"]["failed"]) == (LINES, 0)
    assert made["result"]["render"]["duration_s"] == pytest.approx(made["project"]["duration_s"], abs=0.1)
    assert found.written == 0
    assert found.heard <= 0.05
    assert found.shared >= 0.9
    assert found.apart_s <= 0.25
