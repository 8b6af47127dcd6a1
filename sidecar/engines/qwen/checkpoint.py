"""A checkpoint on disk, loaded: the library's model, placed on a device, and what its files say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from sidecar.engines.qwen.device import Device
from sidecar.engines.qwen.library import load_library
from sidecar.errors import ModelUnavailable

NEEDED = ("config.json", "model.safetensors", "speech_tokenizer/model.safetensors")


@dataclass(frozen=True)
class LoadedCheckpoint:
    """The model (`Qwen3TTSForConditionalGeneration`), its text tokenizer and its defaults for drawing."""

    model: Any
    tokenizer: Any
    defaults: Mapping[str, Any]

    @property
    def codec(self) -> Any:
        """The codec model, encoder and decoder. It is no submodule of the model, but a wrapper's attribute."""
        return self.model.speech_tokenizer.model

    @property
    def weight_bytes(self) -> int:
        """Memory that the parameters take now, in bytes; those given up to int8 copies count nothing."""
        parameters = [*self.model.parameters(), *self.codec.parameters()]
        return sum(parameter.nbytes for parameter in parameters)


def load_checkpoint(model_dir: Path, device: Device) -> LoadedCheckpoint:
    """Load a checkpoint from a folder, without touching the network.

    The codec stays at float32 wherever it runs: it is small, and what it makes is heard.

    Raises:
        ModelUnavailable: the folder holds no complete checkpoint.

    """
    # Where these are missing, the library would take weights that are pickles, which may run anything.
    if not all((model_dir / name).is_file() for name in NEEDED):
        message = f"There is no Qwen3-TTS checkpoint in {model_dir}. Download or install the model, then try again."
        raise ModelUnavailable(message, model=model_dir.name)
    library = load_library()
    try:
        loaded = library.Qwen3TTSModel.from_pretrained(str(model_dir), dtype=device.dtype, use_safetensors=True)
    except OSError as error:
        message = f"The checkpoint in {model_dir} is incomplete ({error}). Verify or download the model again."
        raise ModelUnavailable(message, model=model_dir.name) from error
    model = loaded.model.to(device.name).eval()
    wrapper = model.speech_tokenizer
    wrapper.model.to(device.name, torch.float32).eval()
    wrapper.device = torch.device(device.name)
    return LoadedCheckpoint(model, loaded.processor.tokenizer, loaded.generate_defaults)
