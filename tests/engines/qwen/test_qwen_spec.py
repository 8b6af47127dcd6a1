"""The capability table says what the checkpoints can do."""

from __future__ import annotations

import subprocess
import sys

from sidecar.engines.qwen.spec import CHECKPOINTS, LANGUAGES, SPEAKERS, SPEC
from tests.engines.qwen.checkpoints import SPEAKERS as RELEASED_SPEAKERS


def test_the_sidecar_process_can_read_it_without_any_heavy_library():
    code = "import sys, sidecar.engines.qwen.spec; assert not {'torch', 'numpy', 'transformers'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_checkpoint_is_in_the_table_with_its_kind_of_voice():
    assert {model.id: model.voice_kinds for model in SPEC.models} == {
        "qwen3-tts-0.6b-base": ("cloned",),
        "qwen3-tts-1.7b-base": ("cloned",),
        "qwen3-tts-0.6b-custom-voice": ("preset",),
        "qwen3-tts-1.7b-custom-voice": ("preset",),
        "qwen3-tts-1.7b-voice-design": ("designed",),
    }


def test_instruct_works_neither_on_base_nor_at_06b():
    assert {model.id for model in SPEC.models if model.instruct} == {
        "qwen3-tts-1.7b-custom-voice",
        "qwen3-tts-1.7b-voice-design",
    }


def test_revisions_are_pinned_to_commits():
    assert all(len(checkpoint.revision) == 40 for checkpoint in CHECKPOINTS)
    assert len({checkpoint.revision for checkpoint in CHECKPOINTS}) == len(CHECKPOINTS)


def test_the_nine_speakers_and_ten_languages_are_the_released_ones():
    assert {voice.voice_id for voice in SPEAKERS} == set(RELEASED_SPEAKERS)
    assert set(LANGUAGES) == {"zh", "en", "ja", "ko", "de", "fr", "ru", "pt", "es", "it"}
