"""Chains of effects on mono float32 of any length: each effect takes the samples of the one before it as they come.

What comes out is as long as what goes in and the time in which the echoes and the reverberation die away (`tail_s`).
No effect knows its defaults: whoever asks gives every parameter, so that what is stored with a version is all of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import pedalboard
from pedalboard import Plugin

from sidecar.audio.pitch_shift import shifted, shifted_with_formants_kept
from sidecar.audio.samples import Samples, regroup

FADED_DB = -60.0
"""Where an echo counts as gone, as in a room's reverberation time."""
LONGEST_TAIL_S = 10.0
BLOCK = 8_192
"""Pedalboard's own buffer. A block that is larger than the first one makes it forget what it has heard."""
HIGHEST_CUTOFF = 0.49
"""Of the sample rate: a filter has no frequency at or above half of it."""
FREEVERB_FEEDBACK = (0.7, 0.28)
FREEVERB_LONGEST_COMB_S = 1617 / 44_100
"""Freeverb (Jezar at Dreampoint, 2000), the reverb inside pedalboard: feedback = 0.7 + 0.28 · room size."""

Params = Mapping[str, float]
Process = Callable[[Iterable[Samples], int, Params], Iterator[Samples]]


@dataclass(frozen=True)
class Effect:
    """One link of a chain; `params` holds every parameter of its type."""

    type: str
    params: Params


def tail_s(effects: Sequence[Effect]) -> float:
    """How many seconds longer the result is than the source: until -60 dB, at most 10 s."""
    return min(LONGEST_TAIL_S, sum(_TAILS[effect.type](effect.params) for effect in effects if effect.type in _TAILS))


def process(pieces: Iterable[Samples], sample_rate: int, effects: Sequence[Effect]) -> Iterator[Samples]:
    """Mono blocks at `sample_rate` Hz through a chain, its tail behind them. Levels are as the effects leave them."""
    samples: Iterable[Samples] = chain(pieces, [np.zeros(round(tail_s(effects) * sample_rate), np.float32)])
    for effect in effects:
        samples = PROCESSES[effect.type](samples, sample_rate, effect.params)
    return map(_sound, samples)


def _sound(samples: Samples) -> Samples:
    """No number that is none: filters driven hard enough overflow."""
    return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0).astype(np.float32)


def _streamed(make: Callable[[Params, int], Plugin]) -> Process:
    """An effect that only looks back, so that blocks of any size sound as the whole does."""

    def run(pieces: Iterable[Samples], sample_rate: int, params: Params) -> Iterator[Samples]:
        plugin = make(params, sample_rate)
        return (plugin.process(block, sample_rate, reset=False) for block in regroup(pieces, BLOCK))

    return run


def _cutoff_hz(params: Params, sample_rate: int) -> float:
    return min(params["cutoff_hz"], HIGHEST_CUTOFF * sample_rate)


PROCESSES: dict[str, Process] = {
    "pitch_shift": lambda pieces, rate, params: shifted(pieces, rate, params["semitones"]),
    "formant_pitch_shift": lambda pieces, rate, params: shifted_with_formants_kept(pieces, rate, params["semitones"]),
    "reverb": _streamed(
        lambda params, rate: pedalboard.Reverb(
            room_size=params["room_size"],
            damping=params["damping"],
            wet_level=params["wet_level"],
            dry_level=params["dry_level"],
        )
    ),
    "delay": _streamed(
        lambda params, rate: pedalboard.Delay(
            delay_seconds=params["delay_s"], feedback=params["feedback"], mix=params["mix"]
        )
    ),
    # A flanger is a chorus whose copy lags by so little that the two comb each other.
    **dict.fromkeys(
        ("chorus", "flanger"),
        _streamed(
            lambda params, rate: pedalboard.Chorus(
                rate_hz=params["rate_hz"],
                depth=params["depth"],
                centre_delay_ms=params["centre_delay_ms"],
                feedback=params["feedback"],
                mix=params["mix"],
            )
        ),
    ),
    "compressor": _streamed(
        lambda params, rate: pedalboard.Compressor(
            threshold_db=params["threshold_db"],
            ratio=params["ratio"],
            attack_ms=params["attack_ms"],
            release_ms=params["release_ms"],
        )
    ),
    "gain": _streamed(lambda params, rate: pedalboard.Gain(gain_db=params["gain_db"])),
    "high_pass": _streamed(
        lambda params, rate: pedalboard.HighpassFilter(cutoff_frequency_hz=_cutoff_hz(params, rate))
    ),
    "low_pass": _streamed(lambda params, rate: pedalboard.LowpassFilter(cutoff_frequency_hz=_cutoff_hz(params, rate))),
    "distortion": _streamed(lambda params, rate: pedalboard.Distortion(drive_db=params["drive_db"])),
}
"""What each type of effect does to blocks; a type's parameters are those of `services.effect_table`."""


def _reverb_tail_s(params: Params) -> float:
    least, per_room = FREEVERB_FEEDBACK
    return _fading_s(FREEVERB_LONGEST_COMB_S, least + per_room * params["room_size"])


def _delay_tail_s(params: Params) -> float:
    return params["delay_s"] + _fading_s(params["delay_s"], params["feedback"])


def _fading_s(period_s: float, feedback: float) -> float:
    """How long it takes what comes back every period, weaker by `feedback`, to fade."""
    return period_s * FADED_DB / (20.0 * math.log10(feedback)) if feedback > 0.0 else 0.0


_TAILS: dict[str, Callable[[Params], float]] = {"reverb": _reverb_tail_s, "delay": _delay_tail_s}
