"""The composition root of the engine process."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Callable, Mapping

from sidecar.engines.cores import take_share
from sidecar.engines.worker.loop import EngineLoop, Operation
from sidecar.engines.worker.models import LoadedModels
from sidecar.engines.worker.prompts import PromptCache
from sidecar.operating_system import lower_priority
from sidecar.rpc.pipe import Pipe

PROMPT_BYTES = 64 << 20


def run_engine(pipe: Pipe) -> None:
    """Serve operations on the claimed pipe until it ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(process)d %(name)s %(message)s")
    lower_priority()
    take_share()
    # A model is loaded from a folder on the disk. Should a library think otherwise, this keeps it off the network.
    os.environ["HF_HUB_OFFLINE"] = "1"
    # From 1.29 on, onnxruntime reports each model that it loads to its makers, unless it finds this when imported.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    if os.path.expanduser("~") == "~":
        # In a container there may be no home; libraries that look there for a cache fail on being imported.
        os.environ["HOME"] = tempfile.gettempdir()
    models = LoadedModels()
    EngineLoop(pipe, _namespaces(models), models).run()


def _namespaces(models: LoadedModels) -> dict[str, Callable[[], Mapping[str, Operation]]]:
    """How to come by the operations of each namespace: imported when first asked for, since each drags libraries in."""

    def audio() -> Mapping[str, Operation]:
        from sidecar.engines.worker import audio_ops

        return audio_ops.OPERATIONS

    def download() -> Mapping[str, Operation]:
        # The one namespace that may use the network; over plain HTTP, since only that goes on where it was cut.
        os.environ |= {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "HF_HUB_ENABLE_HF_TRANSFER": "0"}
        os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        from sidecar.engines.worker import download_ops

        return download_ops.OPERATIONS

    def effects() -> Mapping[str, Operation]:
        from sidecar.engines.worker import effects_ops

        return effects_ops.OPERATIONS

    def install() -> Mapping[str, Operation]:
        from sidecar.engines.worker import install_ops

        return install_ops.OPERATIONS

    def interchange() -> Mapping[str, Operation]:
        from sidecar.engines.worker import project_interchange_ops

        return project_interchange_ops.OPERATIONS

    def keys() -> Mapping[str, Operation]:
        from sidecar.engines.worker import key_ops

        return key_ops.OPERATIONS

    def loading() -> Mapping[str, Operation]:
        from sidecar.engines.worker.models_ops import ModelOperations

        return ModelOperations(models).operations()

    def outline() -> Mapping[str, Operation]:
        from sidecar.engines.worker import project_waveform_ops

        return project_waveform_ops.OPERATIONS

    def picture() -> Mapping[str, Operation]:
        from sidecar.engines.worker import project_picture_ops

        return project_picture_ops.OPERATIONS

    def speech() -> Mapping[str, Operation]:
        from sidecar.engines.worker.speech_ops import SpeechOperations

        return SpeechOperations(models, PromptCache(PROMPT_BYTES)).operations()

    def system() -> Mapping[str, Operation]:
        from sidecar.engines.worker import system_ops

        return system_ops.OPERATIONS

    def timeline() -> Mapping[str, Operation]:
        from sidecar.engines.worker import timeline_ops

        return timeline_ops.OPERATIONS

    def transcription() -> Mapping[str, Operation]:
        from sidecar.engines.worker.transcription_ops import TranscriptionOperations

        return TranscriptionOperations(models).operations()

    def verification() -> Mapping[str, Operation]:
        from sidecar.engines.worker.verification_ops import VerificationOperations

        return VerificationOperations(models).operations()

    def words() -> Mapping[str, Operation]:
        from sidecar.engines.worker.words_ops import WordOperations

        return WordOperations(models).operations()

    return {
        "audio": audio,
        "download": download,
        "effects": effects,
        "install": install,
        "interchange": interchange,
        "keys": keys,
        "models": loading,
        "outline": outline,
        "picture": picture,
        "speech": speech,
        "system": system,
        "timeline": timeline,
        "transcription": transcription,
        "verification": verification,
        "words": words,
    }
