from __future__ import annotations

from collections.abc import Generator, Sequence

import numpy as np
import pytest

from sidecar.engines.base import Control, Samples, Spoken, Utterance, Voice, VoicePrompt
from sidecar.engines.worker.pace import AtAnyPace

RATE = 24_000
PROMPT = VoicePrompt({})


class Hummer:
    """Hums a second in four pieces, always at its own pace, and refuses any other."""

    sample_rate = RATE
    memory_bytes = 7

    def __init__(self) -> None:
        self.closed = False

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        return PROMPT

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        assert utterance.speed == 1.0
        yield from np.split(self._hum(), 4)
        return Spoken("eos", 4)

    def speak_batch(
        self, prompt: VoicePrompt, utterances: Sequence[Utterance], control: Control
    ) -> list[tuple[Samples, Spoken]]:
        assert all(utterance.speed == 1.0 for utterance in utterances)
        return [(self._hum(), Spoken("eos", number)) for number, _ in enumerate(utterances)]

    def close(self) -> None:
        self.closed = True

    def _hum(self) -> Samples:
        hum: Samples = np.sin(2 * np.pi * 150 * np.arange(RATE) / RATE).astype(np.float32) / 2
        return hum


class Listener:
    """A control that never cancels and keeps the seconds that it is told."""

    def __init__(self) -> None:
        self.heard_s: list[float] = []

    def check(self) -> None:
        return

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        self.heard_s.append(completed)


def utterance(speed: float) -> Utterance:
    return Utterance("Hm.", "en", seed=1, speed=speed)


def spoken(engine: AtAnyPace, speed: float, listener: Control) -> tuple[list[Samples], Spoken]:
    speaking, pieces = engine.speak(PROMPT, utterance(speed), listener), []
    while True:
        try:
            pieces.append(next(speaking))
        except StopIteration as end:
            return pieces, end.value


def test_an_engine_at_its_own_pace_is_heard_piece_by_piece() -> None:
    pieces, told = spoken(AtAnyPace(Hummer()), 1.0, Listener())
    assert [piece.size for piece in pieces] == [RATE // 4] * 4
    assert told == Spoken("eos", 4)


@pytest.mark.parametrize("speed", [0.5, 1.6])
def test_at_another_pace_a_chunk_comes_whole_in_its_time(speed: float) -> None:
    listener = Listener()
    pieces, told = spoken(AtAnyPace(Hummer()), speed, listener)
    assert [piece.size for piece in pieces] == [round(RATE / speed)]
    assert told == Spoken("eos", 4)
    assert listener.heard_s == pytest.approx([0.25 / speed, 0.5 / speed, 0.75 / speed, 1 / speed])


def test_of_several_at_once_each_has_its_own_pace() -> None:
    takes = AtAnyPace(Hummer()).speak_batch(PROMPT, [utterance(1.0), utterance(2.0)], Listener())
    assert [(samples.size, told.steps) for samples, told in takes] == [(RATE, 0), (RATE // 2, 1)]


def test_everything_else_is_the_engines_own() -> None:
    hummer = Hummer()
    engine = AtAnyPace(hummer)
    assert (engine.sample_rate, engine.memory_bytes) == (RATE, 7)
    assert engine.prepare(Voice("preset"), Listener()) is PROMPT
    engine.close()
    assert hummer.closed
