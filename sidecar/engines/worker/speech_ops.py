"""The operations that speak: prepare a voice, say chunks in it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast

import numpy as np

from sidecar.audio.encode import pcm16
from sidecar.audio.float_file import FloatFile
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
from sidecar.engines.worker.loading import speech_engine
from sidecar.engines.worker.loop import Operation
from sidecar.engines.worker.models import LoadedModels
from sidecar.engines.worker.pace import AtAnyPace
from sidecar.engines.worker.prompts import PromptCache

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
        asked = time.perf_counter()
        with speech_engine(self._models, params, control) as engine:
            load_s = time.perf_counter() - asked
            _, cached = self._prompt(engine, params, control)
        return {"prompt_cached": cached, "load_s": load_s}

    def speak(self, params: dict[str, Any], control: OperationControl) -> dict[str, Any]:
        """Say chunks of one voice, each into its `out_path`, a mono 32-bit float WAV at the engine's rate.

        Several at once go through the model in one pass; an engine that cannot do that is given one. With `live` each
        piece is also handed over as it is made.
        """
        asked = time.perf_counter()
        with speech_engine(self._models, params, control) as engine:
            load_s = time.perf_counter() - asked
            prompt, cached = self._prompt(engine, params, control)
            spoken = _speak(engine, prompt, params, control)
        return {"spoken": spoken, "prompt_cached": cached, "load_s": load_s}

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
    """What is wanted of the engine; with `normalise` it is given the text as that is read aloud."""
    told = wanted | {"sampling": Sampling(**wanted["sampling"])}
    if told.pop("normalise", False):
        from sidecar.text.normalise import spoken  # Its packages are an extra.

        told["text"] = spoken(told["text"], told["language"])
    return Utterance(**told)


def _speak(
    engine: SpeechEngine, prompt: VoicePrompt, params: dict[str, Any], control: OperationControl
) -> list[dict[str, Any]]:
    if params.get("stretch"):
        engine = AtAnyPace(cast(BatchSpeechEngine, engine))
    utterances = [_utterance(wanted) for wanted in params["utterances"]]
    control.progress("speaking", 0, None, "seconds")
    if len(utterances) == 1:
        return [_speak_one(engine, prompt, utterances[0], params["out_paths"][0], control, params.get("live", False))]
    return _speak_together(cast(BatchSpeechEngine, engine), prompt, utterances, params["out_paths"], control)


def _speak_one(
    engine: SpeechEngine,
    prompt: VoicePrompt,
    utterance: Utterance,
    out_path: str,
    control: OperationControl,
    live: bool,
) -> dict[str, Any]:
    """Write the speech piece by piece, as it is made."""
    started = time.perf_counter()
    speaking = engine.speak(prompt, utterance, control)
    frames, loudest = 0, 0.0
    with FloatFile(Path(out_path), engine.sample_rate) as out:
        while True:
            try:
                piece = next(speaking)
            except StopIteration as end:
                spoken: Spoken = end.value
                break
            out.write(piece)
            if live:
                control.hand_over(pcm16(piece).tobytes())
            frames += len(piece)
            loudest = float(np.maximum(loudest, _peak(piece)))
            control.progress("speaking", frames / engine.sample_rate, None, "seconds")
    return _told(spoken, frames / engine.sample_rate, time.perf_counter() - started, loudest)


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
    for (samples, _), out_path in zip(takes, out_paths, strict=True):
        with FloatFile(Path(out_path), engine.sample_rate) as out:
            out.write(samples)
    return [
        _told(spoken, len(samples) / engine.sample_rate, compute_s * len(samples) / total, _peak(samples))
        for samples, spoken in takes
    ]


def _told(spoken: Spoken, duration_s: float, compute_s: float, peak: float) -> dict[str, Any]:
    """`sounding` is false of silence and of broken numbers."""
    return {
        "duration_s": duration_s,
        "stop_reason": spoken.stop_reason,
        "steps": spoken.steps,
        "compute_s": compute_s,
        "sounding": bool(np.isfinite(peak) and peak >= SILENCE_PEAK),
    }


def _peak(samples: Samples) -> float:
    """NaN if any sample is."""
    return float(np.abs(samples).max(initial=0.0))
