"""Kokoro as data."""

from __future__ import annotations

import subprocess
import sys

from sidecar.engines.kokoro.voices import SPEC, VOICES, stock_voice


def test_there_are_54_voices_of_which_28_are_english() -> None:
    assert len({voice.voice_id for voice in VOICES}) == 54
    assert sum(voice.language == "en" for voice in VOICES) == 28


def test_a_voice_id_tells_language_gender_and_name() -> None:
    george = stock_voice("bm_george")
    assert (george.language, george.gender, george.name) == ("en", "male", "George (British)")


def test_names_are_unique_within_the_engine() -> None:
    assert len({voice.name for voice in VOICES}) == len(VOICES)


def test_a_recorded_voice_is_called_matched_and_never_cloned() -> None:
    assert SPEC.fidelity == {"preset": "preset", "cloned": "matched"}


def test_the_table_can_be_read_without_numpy() -> None:
    code = "import sys, sidecar.engines.kokoro.voices; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
