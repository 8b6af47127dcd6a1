"""From an operation's parameters to the model that it works with: a speech engine's adapter, or Whisper."""

from __future__ import annotations

import importlib
import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sidecar.engines.base import Control, Place, SpeechEngine
from sidecar.engines.worker.models import LoadedModels, Wanted

if TYPE_CHECKING:
    from sidecar.engines.whisper import Whisper


def speech_wanted(params: dict[str, Any]) -> Wanted:
    """What `{model, model_dir, memory_bytes, device, options}` ask for."""
    variant = json.dumps(params["options"], sort_keys=True)
    return Wanted(params["model"], Path(params["model_dir"]), params["device"], params["memory_bytes"], variant)


def whisper_wanted(params: dict[str, Any]) -> Wanted:
    """What `{whisper, whisper_dir, whisper_bytes, device}` ask for."""
    return Wanted(params["whisper"], Path(params["whisper_dir"]), params["device"], params["whisper_bytes"])


def speech_engine(
    models: LoadedModels, params: dict[str, Any], control: Control
) -> AbstractContextManager[SpeechEngine]:
    """Hold the engine that `speech_wanted` describes, of the class `adapter`. Raises what `LoadedModels.use` raises."""
    wanted = speech_wanted(params)

    def adapter() -> Any:
        module, _, name = params["adapter"].partition(":")
        return getattr(importlib.import_module(module), name)

    def place(device: str) -> Place:
        control.progress("loading", 0, None, "models")
        return cast(Place, adapter().place(device))

    def load() -> SpeechEngine:
        return cast(SpeechEngine, adapter()(wanted.model_dir, wanted.device, **params["options"]))

    return models.use(wanted, place, load)


def whisper(models: LoadedModels, params: dict[str, Any], control: Control) -> AbstractContextManager[Whisper]:
    """Hold the Whisper model that `whisper_wanted` describes. Raises what `LoadedModels.use` raises."""
    wanted = whisper_wanted(params)

    def place(device: str) -> Place:
        control.progress("loading", 0, None, "models")
        return _whisper().place(device)

    return models.use(wanted, place, lambda: _whisper()(wanted.model_dir, wanted.device, wanted.model))


def _whisper() -> type[Whisper]:
    """Imported with the first model: CTranslate2 takes half a second that other work need not wait for."""
    from sidecar.engines.whisper import Whisper

    return Whisper
