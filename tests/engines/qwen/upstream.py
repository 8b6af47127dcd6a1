"""The library itself, as the measure of what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sidecar.engines.base import VoicePrompt
from sidecar.engines.qwen.library import load_library

GREEDY = {"do_sample": False, "subtalker_dosample": False}


@dataclass(frozen=True)
class Said:
    """What the library made of a text: codes (frames, 16) and samples (frames * 1,920,) at 24 kHz."""

    codes: torch.Tensor
    samples: np.ndarray


class Upstream:
    """`Qwen3TTSModel` on the processor, at float32."""

    def __init__(self, folder: Path) -> None:
        self.library = load_library()
        self.tts = self.library.Qwen3TTSModel.from_pretrained(str(folder), dtype=torch.float32)

    def clone(self, text: str, language: str, prompt: VoicePrompt, *, seed: int, frames: int, **drawing: Any) -> Said:
        """A cloned voice's speech, of at most `frames` frames, from the prompt that our engine made."""
        codes = prompt.arrays.get("codes")
        item = self.library.VoiceClonePromptItem(
            ref_code=None if codes is None else torch.from_numpy(codes.astype(np.int64)),
            ref_spk_embedding=torch.from_numpy(prompt.arrays["speaker"]),
            x_vector_only_mode=codes is None,
            icl_mode=codes is not None,
            ref_text=prompt.details["text"],
        )
        return self._say(
            lambda **options: self.tts.generate_voice_clone(text, language, voice_clone_prompt=[item], **options),
            seed,
            frames,
            drawing,
        )

    def preset(
        self, text: str, language: str, voice: str, instruct: str | None, *, seed: int, frames: int, **drawing: Any
    ) -> Said:
        """A stock voice's speech."""
        return self._say(
            lambda **options: self.tts.generate_custom_voice(text, voice, language, instruct, **options),
            seed,
            frames,
            drawing,
        )

    def design(self, text: str, language: str, description: str, *, seed: int, frames: int, **drawing: Any) -> Said:
        """A described voice's speech."""
        return self._say(
            lambda **options: self.tts.generate_voice_design(text, description, language, **options),
            seed,
            frames,
            drawing,
        )

    def _say(self, speak: Callable[..., Any], seed: int, frames: int, drawing: dict[str, Any]) -> Said:
        torch.manual_seed(seed)
        with self._listening() as heard:
            # The library draws one code more than it makes frames.
            waves, _ = speak(max_new_tokens=frames + 1, **drawing)
        return Said(torch.cat(heard), waves[0])

    @contextmanager
    def _listening(self) -> Iterator[list[torch.Tensor]]:
        heard: list[torch.Tensor] = []

        def note(module: Any, arguments: Any, output: Any) -> None:
            frame = output.hidden_states[1]
            if frame is not None:
                heard.append(frame)

        handle = self.tts.model.talker.register_forward_hook(note)
        try:
            yield heard
        finally:
            handle.remove()
