from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sidecar.engines.specs import ENGINES
from sidecar.services.models.advice import Machine, fits, recommended
from sidecar.services.models.table import MODELS, PURPOSES, ModelEntry

GIB = 1 << 30
BY_ID = {entry.id: entry for entry in MODELS}
SMALL, USUAL, CARD = Machine(2 * GIB, None, "auto"), Machine(16 * GIB, None, "cpu"), Machine(16 * GIB, None, "cuda:1")


@pytest.mark.parametrize("entry", [entry for entry in MODELS if not entry.remote], ids=lambda entry: entry.id)
def test_an_entry_says_all_that_a_user_has_to_know(entry: ModelEntry) -> None:
    assert entry.size_bytes > 0
    assert entry.memory_bytes > 0
    assert all((entry.licence, entry.source, entry.capabilities, entry.recommended_for))
    assert set(entry.sha256) <= set(entry.files)
    assert all(re.fullmatch("[0-9a-f]{64}", checksum) for checksum in entry.sha256.values())


@pytest.mark.parametrize("entry", [entry for entry in MODELS if entry.repository], ids=lambda entry: entry.id)
def test_what_a_hub_has_is_pinned_to_a_commit(entry: ModelEntry) -> None:
    assert re.fullmatch("[0-9a-f]{40}", entry.revision)
    assert entry.source == f"https://huggingface.co/{entry.repository}/tree/{entry.revision}"


def test_ids_are_unique_and_every_model_of_an_engine_is_there() -> None:
    assert len(BY_ID) == len(MODELS)
    assert {model.id for engine in ENGINES for model in engine.models} <= set(BY_ID)
    assert {model for purpose in PURPOSES for model in (*purpose.on_processor, *purpose.on_card)} <= set(BY_ID)


@pytest.mark.parametrize(
    ("machine", "models"),
    [
        (SMALL, {"kokoro-82m", "speaker-encoder", "whisper-base"}),
        (
            USUAL,
            {"qwen3-tts-0.6b-base", "kokoro-82m", "qwen3-tts-1.7b-voice-design", "speaker-encoder", "whisper-base"},
        ),
        (
            CARD,
            {
                *("qwen3-tts-1.7b-base", "qwen3-tts-1.7b-custom-voice", "qwen3-tts-1.7b-voice-design"),
                *("speaker-encoder", "whisper-large-v3-turbo"),
            },
        ),
    ],
)
def test_one_model_is_recommended_for_each_purpose_that_this_machine_can_serve(
    machine: Machine, models: set[str]
) -> None:
    assert recommended(MODELS, machine) == models


def test_a_model_fits_into_the_share_of_memory_or_the_budget_that_is_set() -> None:
    entry = replace(BY_ID["whisper-base"], memory_bytes=3 * GIB)
    assert fits(entry, Machine(4 * GIB, None, "cpu"))
    assert not fits(entry, Machine(4 * GIB - 1, None, "cpu"))
    assert not fits(entry, Machine(64 * GIB, 3 * GIB - 1, "cpu"))
    assert fits(BY_ID["qwen3-tts-1.7b-base"], CARD) is None
