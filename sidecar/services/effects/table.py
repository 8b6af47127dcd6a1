"""Every type of effect with its parameters, as data, and the presets that come with the product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PACKAGES = ("pedalboard", "parselmouth")
"""The modules that the effects are made with, all of them in the extra "effects"."""

EffectValue = dict[str, Any]
"""One link of a chain: `{type, params}`."""


@dataclass(frozen=True)
class EffectParameter:
    """A number that an effect takes. `step` is how finely a slider should move; any number between is allowed."""

    name: str
    description: str
    default: float
    minimum: float
    maximum: float
    step: float
    unit: str


@dataclass(frozen=True)
class EffectType:
    """What can stand in a chain."""

    type: str
    name: str
    description: str
    parameters: tuple[EffectParameter, ...]


@dataclass(frozen=True)
class Preset:
    """A chain with a name; what it leaves out has its default."""

    id: str
    name: str
    effects: tuple[EffectValue, ...]


_SEMITONES = EffectParameter("semitones", "How much higher; below 0 is lower.", 2.0, -12.0, 12.0, 0.5, "semitones")
_MIX = EffectParameter("mix", "The share of the effect; the rest is the dry voice.", 0.5, 0.0, 1.0, 0.01, "fraction")


def _wavering(rate_hz: float, depth: float, centre_delay_ms: float, feedback: float) -> tuple[EffectParameter, ...]:
    """What chorus and flanger take, which differ only in how they are set."""
    return (
        EffectParameter("rate_hz", "How often a second the copy wavers.", rate_hz, 0.01, 20.0, 0.01, "Hz"),
        EffectParameter("depth", "How far the copy wavers.", depth, 0.0, 1.0, 0.01, "fraction"),
        EffectParameter("centre_delay_ms", "How far the copy lags.", centre_delay_ms, 1.0, 50.0, 0.1, "ms"),
        EffectParameter("feedback", "How much of the copy is fed back.", feedback, 0.0, 0.95, 0.01, "fraction"),
        _MIX,
    )


def _cutoff(default: float, what: str) -> tuple[EffectParameter, ...]:
    return (EffectParameter("cutoff_hz", f"{what} this is turned down.", default, 20.0, 20_000.0, 1.0, "Hz"),)


EFFECTS: tuple[EffectType, ...] = (
    EffectType(
        "pitch_shift",
        "Pitch shift",
        "Moves pitch and formants together, as a larger or smaller body would.",
        (_SEMITONES,),
    ),
    EffectType(
        "formant_pitch_shift",
        "Pitch shift, formants kept",
        "Moves the pitch alone: the same speaker, speaking higher or lower.",
        (_SEMITONES,),
    ),
    EffectType(
        "reverb",
        "Reverb",
        "A room. The result is longer by the time that the reverberation takes to fade by 60 dB, at most 10 s.",
        (
            EffectParameter("room_size", "The size of the room.", 0.5, 0.0, 1.0, 0.01, "fraction"),
            EffectParameter("damping", "How much the walls swallow high tones.", 0.5, 0.0, 1.0, 0.01, "fraction"),
            EffectParameter("wet_level", "The level of the room.", 0.33, 0.0, 1.0, 0.01, "fraction"),
            EffectParameter("dry_level", "The level of the voice; 0.5 leaves it.", 0.4, 0.0, 1.0, 0.01, "fraction"),
        ),
    ),
    EffectType(
        "delay",
        "Delay",
        "Echoes. The result is longer by the time that they take to fade by 60 dB, at most 10 s.",
        (
            EffectParameter("delay_s", "The time between two echoes.", 0.3, 0.01, 2.0, 0.01, "s"),
            EffectParameter("feedback", "How loud an echo is beside the one before.", 0.3, 0.0, 0.9, 0.01, "fraction"),
            _MIX,
        ),
    ),
    EffectType("chorus", "Chorus", "Several voices at once, slightly out of tune.", _wavering(1.0, 0.25, 7.0, 0.0)),
    EffectType("flanger", "Flanger", "A metallic sweep.", _wavering(0.3, 0.5, 2.0, 0.6)),
    EffectType(
        "compressor",
        "Compressor",
        "Turns down what is loud.",
        (
            EffectParameter("threshold_db", "The level above which it works.", -20.0, -60.0, 0.0, 0.5, "dBFS"),
            EffectParameter("ratio", "Decibels in for one decibel out.", 4.0, 1.0, 20.0, 0.1, "ratio"),
            EffectParameter("attack_ms", "How soon it sets in.", 5.0, 0.1, 100.0, 0.1, "ms"),
            EffectParameter("release_ms", "How soon it lets go.", 100.0, 10.0, 1_000.0, 1.0, "ms"),
        ),
    ),
    EffectType(
        "gain",
        "Gain",
        "Louder or quieter; never louder than a peak of -1 dBFS.",
        (EffectParameter("gain_db", "By how much.", 0.0, -40.0, 40.0, 0.1, "dB"),),
    ),
    EffectType("high_pass", "High-pass filter", "Takes away what is low, 6 dB an octave.", _cutoff(80.0, "Below")),
    EffectType("low_pass", "Low-pass filter", "Takes away what is high, 6 dB an octave.", _cutoff(8_000.0, "Above")),
    EffectType(
        "distortion",
        "Distortion",
        "Bends the wave, as an overdriven amplifier does.",
        (EffectParameter("drive_db", "How hard it is driven.", 12.0, 0.0, 40.0, 0.5, "dB"),),
    ),
)


def _link(type: str, **params: float) -> EffectValue:
    return {"type": type, "params": params}


PRESETS: tuple[Preset, ...] = (
    Preset(
        "robotic",
        "Robotic",
        (
            _link("flanger", rate_hz=0.05, depth=0.1, centre_delay_ms=6.0, feedback=0.85, mix=0.6),
            _link("distortion", drive_db=6.0),
            _link("gain", gain_db=-6.0),
        ),
    ),
    # 300 to 3,400 Hz is the band of a telephone (ITU-T G.712); each filter twice, since one is gentle.
    Preset(
        "radio",
        "Radio",
        (
            *(_link("high_pass", cutoff_hz=300.0), _link("low_pass", cutoff_hz=3_400.0)) * 2,
            _link("compressor", threshold_db=-30.0, ratio=6.0),
            _link("distortion", drive_db=10.0),
            _link("gain", gain_db=-4.0),
        ),
    ),
    Preset(
        "echo-chamber",
        "Echo Chamber",
        (
            _link("delay", delay_s=0.28, feedback=0.45, mix=0.35),
            _link("reverb", room_size=0.8, damping=0.3, wet_level=0.3, dry_level=0.4),
        ),
    ),
    Preset(
        "deep-voice",
        "Deep Voice",
        (_link("pitch_shift", semitones=-4.0), _link("compressor", threshold_db=-24.0, ratio=3.0)),
    ),
    # A child's pitch with the formants of the speaker, and an edge of metal: the doll that speaks.
    Preset(
        "m3gan",
        "M3GAN",
        (
            _link("formant_pitch_shift", semitones=4.0),
            _link("high_pass", cutoff_hz=150.0),
            _link("flanger", rate_hz=0.1, depth=0.15, centre_delay_ms=1.5, feedback=0.3, mix=0.2),
        ),
    ),
)
