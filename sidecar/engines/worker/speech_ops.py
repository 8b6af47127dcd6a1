"""The operations that speak: prepare a voice, say chunks in it."""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile

from sidecar.engines.base import (
    BatchSpeechEngine,
    Reference,
    Samples,
    Sampling,
    SpeechEngine,
    Spoken,
    Utterance,
    Voice,
    VoicePrompt,
)
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.loop import Operation
from sidecar.engines.worker.models import LoadedModels
from sidecar.engines.worker.prompts import PromptCache
from sidecar.errors import EngineFailed

SILENCE_PEAK = 1e-3


class SpeechOperations:
    """Speech by whichever adapter is asked for; models and prompts are kept between operations."""

    def __init__(self, models: LoadedModels, prompts: PromptCache) -> None:
        self._models = models
        self._prompts = prompts

    def operations(self) -> dict[str, Operation]:
        """By name, as the engine loop wants them."""
        return {"speech.prepare": self.prepare, "speech.speak": self.speak}

    def prepare(self, params: dict[str, Any], control: OperationControl) -> dict[str, Any]:
        """Build the prompt of a voice unless it is cached."""
        engine, load_s = self._engine(params, control)
        _, cached = self._prompt(engine, params, control)
        return {"prompt_cached": cached, "load_s": load_s}

    def speak(self, params: dict[str, Any], control: OperationControl) -> dict[str, Any]:
        """Say chunks of one voice, each into its `out_path`, a mono 32-bit float WAV at the engine's rate.

        Several at once go through the model in one pass; an engine that cannot do that is given one.
        """
        engine, load_s = self._engine(params, control)
        prompt, cached = self._prompt(engine, params, control)
        utterances = [_utterance(wanted) for wanted in params["utterances"]]
        control.progress("speaking", 0, None, "seconds")
        if len(utterances) == 1:
            spoken = [_speak_one(engine, prompt, utterances[0], params["out_paths"][0], control)]
        else:
            spoken = _speak_together(cast(BatchSpeechEngine, engine), prompt, utterances, params["out_paths"], control)
        return {"spoken": spoken, "prompt_cached": cached, "load_s": load_s}

    def _engine(self, params: dict[str, Any], control: OperationControl) -> tuple[SpeechEngine, float]:
        started = time.perf_counter()
        model_dir, device = Path(params["model_dir"]), params["device"]

        def load() -> SpeechEngine:
            control.progress("loading", 0, None, "models")
            module, _, name = params["adapter"].partition(":")
            return cast(
                SpeechEngine, getattr(importlib.import_module(module), name)(model_dir, device, **params["options"])
            )

        engine = self._models.get(f"{model_dir.name}@{device}", load)
        return engine, time.perf_counter() - started

    def _prompt(
        self, engine: SpeechEngine, params: dict[str, Any], control: OperationControl
    ) -> tuple[VoicePrompt, bool]:
        wanted = params["voice"]
        references = tuple(Reference(Path(r["path"]), r["text"]) for r in wanted["references"])
        voice = Voice(wanted["kind"], wanted["voice_id"], references, wanted["description"])

        def build() -> VoicePrompt:
            control.progress("preparing voice", 0, None, "prompts")
            return engine.prepare(voice, control)

        return self._prompts.get(params["prompt_key"], Path(params["prompt_path"]), build)


def _utterance(wanted: dict[str, Any]) -> Utterance:
    return Utterance(**(wanted | {"sampling": Sampling(**wanted["sampling"])}))


def _speak_one(
    engine: SpeechEngine, prompt: VoicePrompt, utterance: Utterance, out_path: str, control: OperationControl
) -> dict[str, Any]:
    """Write the speech piece by piece, as it is made."""
    started = time.perf_counter()
    speaking = engine.speak(prompt, utterance, control)
    frames, loudest = 0, 0.0
    with soundfile.SoundFile(out_path, "w", engine.sample_rate, 1, "FLOAT", format="WAV") as out:
        while True:
            try:
                piece = next(speaking)
            except StopIteration as end:
                spoken: Spoken = end.value
                break
            out.write(piece)
            frames += len(piece)
            loudest = max(loudest, _peak(piece))
            control.progress("speaking", frames / engine.sample_rate, None, "seconds")
    _require_speech(loudest, utterance)
    return _told(spoken, frames / engine.sample_rate, time.perf_counter() - started)


def _speak_together(
    engine: BatchSpeechEngine,
    prompt: VoicePrompt,
    utterances: list[Utterance],
    out_paths: list[str],
    control: OperationControl,
) -> list[dict[str, Any]]:
    """Speak all in one pass; each is told its share of the time by its length."""
    started = time.perf_counter()
    takes = engine.speak_batch(prompt, utterances, control)
    compute_s = time.perf_counter() - started
    total = sum(len(samples) for samples, _ in takes) or 1
    for (samples, _), utterance, out_path in zip(takes, utterances, out_paths, strict=True):
        _require_speech(_peak(samples), utterance)
        soundfile.write(out_path, samples, engine.sample_rate, "FLOAT", format="WAV")
    return [
        _told(spoken, len(samples) / engine.sample_rate, compute_s * len(samples) / total) for samples, spoken in takes
    ]


def _told(spoken: Spoken, duration_s: float, compute_s: float) -> dict[str, Any]:
    return {
        "duration_s": duration_s,
        "stop_reason": spoken.stop_reason,
        "steps": spoken.steps,
        "compute_s": compute_s,
    }


def _peak(samples: Samples) -> float:
    return float(np.abs(samples).max(initial=0.0))


def _require_speech(peak: float, utterance: Utterance) -> None:
    """Raise unless something was said: silence and broken numbers are never reported as success."""
    if not np.isfinite(peak) or peak < SILENCE_PEAK:
        raise EngineFailed(
            f"The engine produced no speech for {utterance.text[:60]!r} (peak {peak:.6f}). Try another seed or other "
            "words.",
            text=utterance.text[:200],
        )
