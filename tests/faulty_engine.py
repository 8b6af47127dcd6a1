"""An engine that goes wrong on purpose, in the ways in which speech models do."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from enum import Enum

import numpy as np
import sentencex

from sidecar.engines.base import Control, Samples, SpeechEngine, Spoken, Utterance, Voice, VoicePrompt


class Fault(Enum):
    """What can be wrong with a take."""

    LAST_WORD_DROPPED = "last word dropped"
    SENTENCE_REPEATED = "sentence repeated"
    RUNS_ON = "runs on"
    SILENCE = "silence"
    NOT_A_NUMBER = "not a number"
    CLICK = "click"
    HALF_SPEED = "half the speed"


BABBLE = (
    "And so on and so on, as they used to say, round and round the house until nobody could tell any longer what it "
    "had been about, and then a little more of it, and again from the beginning."
)
"""What an engine goes on with that misses its end: about ten seconds of speech."""
SILENT_FROM = 0.4
FAINT = 1e-4
LONGEST_CLICK = 8


class FaultyEngine:
    """Speaks through another engine, but with one fault in every take; the seed varies its place and kind.

    Faults of the words are spoken by the inner engine itself, in one breath with the rest, and so sound natural.
    """

    def __init__(self, inner: SpeechEngine, fault: Fault) -> None:
        self._inner = inner
        self._fault = fault
        self.sample_rate = inner.sample_rate

    @property
    def memory_bytes(self) -> int:
        """What the inner engine costs."""
        return self._inner.memory_bytes

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        """Without a fault."""
        return self._inner.prepare(voice, control)

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        """Yield the faulty take in one piece."""
        pieces = self._inner.speak(prompt, self._misread(utterance), control)
        take = np.concatenate(list(pieces))
        yield damaged(take, self._fault, np.random.default_rng(utterance.seed))
        return Spoken("eos", 1)

    def close(self) -> None:
        """Close the inner engine."""
        self._inner.close()

    def _misread(self, utterance: Utterance) -> Utterance:
        text = utterance.text
        if self._fault is Fault.LAST_WORD_DROPPED:
            return replace(utterance, text=without_last_word(text))
        if self._fault is Fault.SENTENCE_REPEATED:
            sentences = list(sentencex.segment(utterance.language, text))
            repeated = utterance.seed % len(sentences)
            return replace(utterance, text=" ".join([*sentences[: repeated + 1], *sentences[repeated:]]))
        if self._fault is Fault.RUNS_ON:
            return replace(utterance, text=f"{text} {BABBLE}")
        if self._fault is Fault.HALF_SPEED:
            return replace(utterance, speed=utterance.speed / 2)
        return utterance


def without_last_word(text: str) -> str:
    """The text that ends a word too early, with its full stop."""
    return text.rstrip(".!?").rpartition(" ")[0].rstrip(",;") + "."


def damaged(take: Samples, fault: Fault, random: np.random.Generator) -> Samples:
    """A copy of the take with the faults that are the signal's and not the words'."""
    copy = take.copy()
    if fault is Fault.SILENCE:
        _silence(copy, random)
    elif fault is Fault.NOT_A_NUMBER:
        copy[random.integers(copy.size) :] = np.nan
    elif fault is Fault.CLICK:
        start, length = random.integers(copy.size - LONGEST_CLICK), random.integers(1, LONGEST_CLICK)
        height = random.uniform(0.5, 1.0) * np.abs(take).max() * random.choice((-1, 1))
        copy[start : start + length] += height
    return copy


def _silence(take: Samples, random: np.random.Generator) -> None:
    """Nothing at all, nothing but faint noise, or nothing any more after the first words."""
    kind = random.integers(3)
    if kind == 0:
        take[:] = 0.0
    elif kind == 1:
        take[:] = random.normal(0.0, FAINT, take.size)
    else:
        take[round(SILENT_FROM * take.size) :] = 0.0
