"""What a render must be to be accepted where it goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Preset = Literal["podcast", "audiobook"]


@dataclass(frozen=True)
class Requirement:
    """A measure of the result with what is allowed, in dB."""

    name: str
    minimum: float | None
    maximum: float | None


@dataclass(frozen=True)
class Mastering:
    """How a render is made for one place. What is None is the project's own, or not asked for."""

    loudness_lufs: float | None = None
    rms_db: float | None = None
    true_peak_db: float | None = None
    sample_rates: tuple[int, ...] = ()
    """Those allowed (Hz); a project with another is brought to the first of them."""
    bit_rate: int | None = None
    dither: bool = False
    requirements: tuple[Requirement, ...] = ()


AS_IT_IS = Mastering()
PEAK_DB = -1.0
"""EBU R 128's maximum true peak for delivery, wherever a loudness is asked for."""
PRESETS: dict[Preset, Mastering] = {
    # Apple Podcasts' requirements for audio: -16 LKFS, 1 dB to either side, and no true peak above -1 dBFS.
    "podcast": Mastering(loudness_lufs=-16.0, true_peak_db=PEAK_DB, sample_rates=(48_000, 44_100)),
    # ACX's audio submission requirements: each file between -23 and -18 dB RMS, peaks no higher than -3 dB, a noise
    # floor of at most -60 dB RMS, 44.1 kHz, 192 kbit/s. Half a decibel is left for what a lossy codec adds to peaks.
    "audiobook": Mastering(
        rms_db=-20.0,
        true_peak_db=-3.5,
        sample_rates=(44_100,),
        bit_rate=192_000,
        dither=True,
        requirements=(
            Requirement("rms_db", -23.0, -18.0),
            Requirement("peak_db", None, -3.0),
            Requirement("noise_floor_db", None, -60.0),
        ),
    ),
}


def judged(requirements: tuple[Requirement, ...], measured: dict[str, Any]) -> list[dict[str, Any]]:
    """Each requirement with what was measured, and whether it is met; what could not be measured does not meet one."""
    return [
        {
            "name": requirement.name,
            "measured": measured[requirement.name],
            "minimum": requirement.minimum,
            "maximum": requirement.maximum,
            "passed": _is_met(requirement, measured[requirement.name]),
        }
        for requirement in requirements
    ]


def _is_met(requirement: Requirement, value: float | None) -> bool:
    if value is None:
        return False
    high_enough = requirement.minimum is None or value >= requirement.minimum
    return high_enough and (requirement.maximum is None or value <= requirement.maximum)
