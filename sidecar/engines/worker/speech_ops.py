"""The operations that speak: prepare a voice, say one chunk."""

from __future__ import annotations

import importlib
import time
from pathlib import Path
from typing import Any, cast

import numpy as np
import soundfile

from sidecar.engines.base import Reference, Sampling, SpeechEngine, Utterance, Voice, VoicePrompt
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
        """Say one chunk into `out_path`, a mono 32-bit float WAV at the engine's rate."""
        engine, load_s = self._engine(params, control)
        prompt, cached = self._prompt(engine, params, control)
        wanted = params["utterance"]
        utterance = Utterance(**(wanted | {"sampling": Sampling(**wanted["sampling"])}))
        started = time.perf_counter()
        control.progress("speaking", 0, None, "seconds")
        frames, peak = 0, 0.0
        speaking = engine.speak(prompt, utterance, control)
        with soundfile.SoundFile(params["out_path"], "w", engine.sample_rate, 1, "FLOAT", format="WAV") as out:
            while True:
                try:
                    piece = next(speaking)
                except StopIteration as end:
                    spoken = end.value
                    break
                out.write(piece)
                frames += len(piece)
                peak = max(peak, float(np.abs(piece).max(initial=0.0)))
                control.progress("speaking", frames / engine.sample_rate, None, "seconds")
        if not np.isfinite(peak) or peak < SILENCE_PEAK:
            raise EngineFailed(
                f"The engine produced no speech for {utterance.text[:60]!r} (peak {peak:.6f}). Try another seed or "
                "other words.",
                text=utterance.text[:200],
            )
        return {
            "duration_s": frames / engine.sample_rate,
            "sample_rate": engine.sample_rate,
            "stop_reason": spoken.stop_reason,
            "steps": spoken.steps,
            "prompt_cached": cached,
            "load_s": load_s,
            "compute_s": time.perf_counter() - started,
        }

    def _engine(self, params: dict[str, Any], control: OperationControl) -> tuple[SpeechEngine, float]:
        started = time.perf_counter()
        model_dir, device = Path(params["model_dir"]), params["device"]

        def load() -> SpeechEngine:
            control.progress("loading", 0, None, "models")
            module, _, name = params["adapter"].partition(":")
            return cast(SpeechEngine, getattr(importlib.import_module(module), name)(model_dir, device))

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
