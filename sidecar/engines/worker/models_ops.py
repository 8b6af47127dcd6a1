"""The engine process's operations that load a model ahead of its use, and unload what nobody uses."""

from __future__ import annotations

from typing import Any

from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.loading import speech_engine, speech_wanted, whisper, whisper_wanted
from sidecar.engines.worker.loop import Operation
from sidecar.engines.worker.models import LoadedModels, Wanted


class ModelOperations:
    """Loading and unloading of the models that this process holds."""

    def __init__(self, models: LoadedModels) -> None:
        self._models = models

    def operations(self) -> dict[str, Operation]:
        """The operations by their names on the engine's pipe."""
        return {
            "models.load_speech": self.load_speech,
            "models.load_whisper": self.load_whisper,
            "models.unload": self.unload,
        }

    def load_speech(self, params: dict[str, Any], control: OperationControl) -> dict[str, Any]:
        """`loading.speech_engine`'s, `keep_alive_s` where the usual time does not do → what is told of the model."""
        with speech_engine(self._models, params, control):
            pass
        return self._kept(speech_wanted(params), params)

    def load_whisper(self, params: dict[str, Any], control: OperationControl) -> dict[str, Any]:
        """The same with `loading.whisper`'s."""
        with whisper(self._models, params, control):
            pass
        return self._kept(whisper_wanted(params), params)

    def unload(self, params: dict[str, Any], control: OperationControl) -> dict[str, Any]:
        """`{model}`, null for all → `{unloaded}`, what was told of each while it was loaded."""
        return {"unloaded": self._models.unload(params["model"])}

    def _kept(self, wanted: Wanted, params: dict[str, Any]) -> dict[str, Any]:
        if "keep_alive_s" in params:
            self._models.keep(wanted, params["keep_alive_s"])
        return self._models.told(wanted)
