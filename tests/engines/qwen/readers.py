"""Our decoding loop, asked for codes."""

from __future__ import annotations

from typing import Any

import torch

from sidecar.engines.base import Sampling, VoicePrompt
from sidecar.engines.qwen.fast_loop import FastLoop, Take
from sidecar.engines.qwen.graphs import Record
from sidecar.engines.qwen.sampling import recipe
from sidecar.engines.qwen.script import ReferenceSpeech, ScriptWriter
from tests.engines.qwen.upstream import Upstream

FRAMES = 12
TEXT = "The quick brown fox jumps over the lazy dog."
TEXTS = ("Hi.", TEXT, "Eight o'clock; and nobody has come, as nobody ever does when the rain sets in.")
GREEDILY = Sampling(temperature=0.0, subtalker_temperature=0.0)


class Reader:
    """Our loop over the library's loaded model, so that both compute with one set of weights."""

    def __init__(self, upstream: Upstream, prompt: VoicePrompt, record: Record | None = None) -> None:
        self.tts = upstream.tts
        self.writer = ScriptWriter(self.tts.model, self.tts.processor.tokenizer)
        self.loop = FastLoop(self.tts.model.talker, record=record)
        device = self.tts.model.talker.device
        self.speaker = torch.from_numpy(prompt.arrays["speaker"]).to(device)
        codes = torch.from_numpy(prompt.arrays["codes"]).long().to(device)
        self.reference = ReferenceSpeech(prompt.details["text"], codes)

    def takes(
        self,
        *texts: str,
        sampling: Sampling = GREEDILY,
        seed: int = 0,
        cap: int = FRAMES,
        reference: bool = True,
    ) -> list[Take]:
        how = recipe(sampling, self.tts.generate_defaults)
        context = self.reference if reference else None
        scripts = [self.writer.clone(text, "en", self.speaker, context) for text in texts]
        return [Take(script, how, seed, cap) for script in scripts]

    def codes(self, takes: list[Take]) -> list[torch.Tensor]:
        rows: list[list[torch.Tensor]] = [[] for _ in takes]
        for frame in self.loop.run(takes, lambda: None):
            for row, take in enumerate(takes):
                if take.stop_reason is None:
                    rows[row].append(frame[row])
        return [torch.stack(row) for row in rows]

    def read(self, text: str, **options: Any) -> torch.Tensor:
        return self.codes(self.takes(text, **options))[0]
