"""Whether a recording can be a voice's reference: every measure beside its limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sidecar.audio.measure import Metrics
from sidecar.errors import InvalidAudio

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Check:
    """One measure with its limits; an "error" that did not pass makes the recording unusable.

    What has the unit "%" is given as a share from 0 to 1 here, and as percent in the message.
    """

    name: str
    measured: float | None
    minimum: float | None
    maximum: float | None
    unit: str
    passed: bool
    severity: Severity
    message: str


@dataclass(frozen=True)
class _Limit:
    name: str
    severity: Severity
    label: str
    unit: str
    advice: str
    minimum: float | None = None
    maximum: float | None = None


SHORTEST_S = 2.0
LONGEST_S = 30.0
QUIETEST_DB = -40.0
"""These three (RMS 0.01) are the values of the voice cloning tools in use today; the others are this project's."""

_LIMITS = (
    _Limit("duration", "error", "The length", "s", "Record at least one whole sentence.", minimum=SHORTEST_S),
    _Limit("longest_duration", "warning", "The length", "s", "Only its best part is used.", maximum=LONGEST_S),
    _Limit("rms", "error", "The level", "dBFS", "Record nearer to the microphone.", minimum=QUIETEST_DB),
    _Limit("speech_ratio", "error", "The part with speech", "%", "Record somebody speaking.", minimum=0.1),
    _Limit("speech_share", "warning", "The part with speech", "%", "Leave out the long pauses.", minimum=0.5),
    _Limit("clipping", "error", "The clipped part", "%", "Lower the level and record again.", maximum=0.05),
    _Limit("slight_clipping", "warning", "The clipped part", "%", "Lower the recording level.", maximum=0.001),
    _Limit("snr", "warning", "Speech above the background", "dB", "Record in a quieter room.", minimum=15.0),
    _Limit("sample_rate", "warning", "The sample rate", "Hz", "Use the original recording.", minimum=16_000),
)


def validate(metrics: Metrics, duration_s: float, sample_rate: int) -> list[Check]:
    """Judge a recording by its metrics, its length and the sample rate (Hz) that it came with."""
    measured: dict[str, float | None] = {
        "duration": duration_s,
        "longest_duration": duration_s,
        "rms": metrics.rms_db,
        "speech_ratio": metrics.speech_ratio,
        "speech_share": metrics.speech_ratio,
        "clipping": metrics.clipping,
        "slight_clipping": metrics.clipping,
        "snr": metrics.snr_db,
        "sample_rate": sample_rate,
    }
    return [_check(limit, measured[limit.name]) for limit in _LIMITS]


def failures(checks: list[Check], severity: Severity) -> list[Check]:
    """The checks of this severity that did not pass."""
    return [check for check in checks if not check.passed and check.severity == severity]


def require_usable(checks: list[Check]) -> None:
    """Refuse a recording that cannot be a reference.

    Raises:
        InvalidAudio: the first error among the checks, with `reason`, `measured` and `limit`.

    """
    for check in failures(checks, "error"):
        limit = check.minimum if check.minimum is not None else check.maximum
        raise InvalidAudio(check.message, reason=check.name, measured=check.measured, limit=limit, unit=check.unit)


def _check(limit: _Limit, measured: float | None) -> Check:
    low = limit.minimum is not None and measured is not None and measured < limit.minimum
    high = limit.maximum is not None and measured is not None and measured > limit.maximum
    return Check(
        name=limit.name,
        measured=measured,
        minimum=limit.minimum,
        maximum=limit.maximum,
        unit=limit.unit,
        passed=not low and not high,
        severity=limit.severity,
        message=_message(limit, measured, failed=low or high),
    )


def _message(limit: _Limit, measured: float | None, *, failed: bool) -> str:
    if measured is None:
        return f"{limit.label} could not be measured."
    allowed = f"at least {_shown(limit.minimum, limit.unit)}" if limit.minimum is not None else ""
    if limit.maximum is not None:
        allowed = f"at most {_shown(limit.maximum, limit.unit)}"
    finding = f"{limit.label} is {_shown(measured, limit.unit)}; allowed is {allowed}."
    return f"{finding} {limit.advice}" if failed else finding


def _shown(value: float, unit: str) -> str:
    return f"{value * (100 if unit == '%' else 1):.4g} {unit}"
