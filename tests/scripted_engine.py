"""An engine whose every word is a tone, and which does as the text says: for tests of what surrounds an engine."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np

from sidecar.engines.base import Control, Place, Samples, Spoken, Utterance, Voice, VoicePrompt
from sidecar.engines.table import EngineModel, EngineSpec, StockVoice
from sidecar.errors import EngineFailed
from sidecar.services.models.table import ModelEntry
from sidecar.text.syllables import syllables

SAMPLE_RATE = 24_000
SYLLABLE_S = 0.2
EDGE_S = 0.1

VOICE = {"kind": "preset", "engine": "scripted", "voice_id": "tone"}
"""Its one voice, as a profile asks for it."""
LOG = "spoken.txt"
"""In the model's folder: each chunk that is spoken, a line each."""

MODEL = ModelEntry(
    id="scripted",
    engine="scripted",
    name="Scripted",
    files={"scripted.bin": 1},
    memory_bytes=1,
    licence="MIT",
    languages=("en",),
    source="this folder",
    revision="1",
)


def spec(sampling: bool = True, max_batch: int = 1, max_chunk_chars: int = 100) -> EngineSpec:
    """An entry for the table of engines."""
    return EngineSpec(
        id="scripted",
        name="Scripted",
        adapter="tests.scripted_engine:ScriptedEngine",
        models=(EngineModel("scripted", ("preset",)),),
        fidelity={"preset": "preset"},
        languages=("en",),
        sample_rate=SAMPLE_RATE,
        licence="MIT",
        max_chunk_chars=max_chunk_chars,
        prompt_version=1,
        modules=(),
        sampling=sampling,
        max_batch=max_batch,
        voices=(StockVoice("tone", "Tone", "en", "female"),),
    )


def install(models_dir: Path) -> None:
    """Put the model's one file where the catalogue looks."""
    (models_dir / MODEL.id).mkdir(parents=True)
    (models_dir / MODEL.id / "scripted.bin").write_bytes(b"1")


class ScriptedEngine:
    """Says a tone a syllable.

    "mute" in a text makes silence, "mute twice" only of the first two tries; "breaks" breaks it.
    """

    sample_rate = SAMPLE_RATE
    memory_bytes = 1

    @staticmethod
    def place(device: str) -> Place:
        """The processor."""
        return Place("cpu")

    def __init__(self, model_dir: Path, device: str) -> None:
        self._log = model_dir / LOG

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        """Nothing to do."""
        return VoicePrompt({"tone": np.zeros(1, np.float32)})

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        """Yield the take in one piece."""
        control.check()
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{utterance.text}\n")
        yield _take(utterance)
        return Spoken("eos", 1)

    def speak_batch(
        self, prompt: VoicePrompt, utterances: Sequence[Utterance], control: Control
    ) -> list[tuple[Samples, Spoken]]:
        """Speak one after the other; the steps tell how many came together."""
        return [(_take(utterance), Spoken("eos", len(utterances))) for utterance in utterances]

    def close(self) -> None:
        """Nothing to give back."""


def _take(utterance: Utterance) -> Samples:
    if "breaks" in utterance.text:
        raise EngineFailed("The script says so.")
    count = max(1, round(syllables(utterance.text, utterance.language)))
    time = np.arange(round(SYLLABLE_S * SAMPLE_RATE)) / SAMPLE_RATE
    # A tone that swells and fades, so that there is neither a click nor a word that is cut.
    tone = 0.3 * np.sin(2 * np.pi * (200 + utterance.seed % 50) * time) * np.sin(np.pi * time / SYLLABLE_S)
    edge = np.zeros(round(EDGE_S * SAMPLE_RATE))
    take: Samples = np.concatenate([edge, np.tile(tone, count), edge]).astype(np.float32)
    return take * np.float32(0.0 if _is_mute(utterance) else 1.0)


def _is_mute(utterance: Utterance) -> bool:
    if "mute" not in utterance.text:
        return False
    # Only here: it brings the whole database along, and an engine process should be up at once.
    from sidecar.services.speech.speaking import SEED_STEP

    tries_before = utterance.seed // SEED_STEP
    return "mute twice" not in utterance.text or tries_before < 2
