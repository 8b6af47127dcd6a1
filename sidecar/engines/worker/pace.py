"""Any pace for an engine that knows only its own: it speaks as it does, and what came out is stretched."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace

import numpy as np

from sidecar.engines.base import BatchSpeechEngine, Control, Samples, Spoken, Utterance, Voice, VoicePrompt


class AtAnyPace:
    """A `BatchSpeechEngine` whose `speed` is that of a time-stretcher. A chunk is stretched whole, and comes whole."""

    def __init__(self, engine: BatchSpeechEngine) -> None:
        self._engine = engine
        self.sample_rate = engine.sample_rate

    @property
    def memory_bytes(self) -> int:
        """What the engine itself costs."""
        return self._engine.memory_bytes

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        """As the engine does it."""
        return self._engine.prepare(voice, control)

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        """Yield the chunk in one piece, at the pace that is asked for. Raises what the engine raises."""
        speaking = self._engine.speak(prompt, _unhurried(utterance), control)
        if utterance.speed == 1.0:
            return (yield from speaking)
        pieces: list[Samples] = []
        while True:
            try:
                pieces.append(next(speaking))
            except StopIteration as end:
                spoken: Spoken = end.value
                break
            seconds = sum(map(len, pieces)) / self.sample_rate / utterance.speed
            control.progress("speaking", seconds, None, "seconds")
        yield self._stretched(np.concatenate([np.empty(0, np.float32), *pieces]), utterance)
        return spoken

    def speak_batch(
        self, prompt: VoicePrompt, utterances: Sequence[Utterance], control: Control
    ) -> list[tuple[Samples, Spoken]]:
        """Several chunks in one pass of the engine, each at the pace that it is asked for."""
        takes = self._engine.speak_batch(prompt, [_unhurried(each) for each in utterances], control)
        return [
            (self._stretched(samples, utterance), spoken)
            for (samples, spoken), utterance in zip(takes, utterances, strict=True)
        ]

    def close(self) -> None:
        """Let the engine give its memory back."""
        self._engine.close()

    def _stretched(self, samples: Samples, utterance: Utterance) -> Samples:
        if utterance.speed == 1.0:
            return samples
        from sidecar.audio.stretch import stretch  # Its package is an extra, and who wants no other pace needs none.

        return stretch(samples, self.sample_rate, utterance.speed)


def _unhurried(utterance: Utterance) -> Utterance:
    return replace(utterance, speed=1.0)
