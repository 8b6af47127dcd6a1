from __future__ import annotations

from dataclasses import replace

import pytest

from sidecar.audio.measure import Metrics
from sidecar.audio.validate import failures, require_usable, validate
from sidecar.errors import InvalidAudio

GOOD = Metrics(rms_db=-20.0, peak_db=-3.0, clipping=0.0, snr_db=40.0, speech_ratio=0.8, loudness_lufs=-20.0)


def test_a_good_recording_passes_every_check() -> None:
    checks = validate(GOOD, 10.0, 24_000)
    assert all(check.passed for check in checks)
    require_usable(checks)


@pytest.mark.parametrize(
    ("metrics", "duration_s", "reason", "limit"),
    [
        (GOOD, 1.9, "duration", 2.0),
        (replace(GOOD, rms_db=-40.1), 10.0, "rms", -40.0),
        (replace(GOOD, speech_ratio=0.05), 10.0, "speech_ratio", 0.1),
        (replace(GOOD, clipping=0.06), 10.0, "clipping", 0.05),
    ],
)
def test_an_unusable_recording_is_refused_with_its_measure(
    metrics: Metrics, duration_s: float, reason: str, limit: float
) -> None:
    checks = validate(metrics, duration_s, 24_000)
    with pytest.raises(InvalidAudio) as caught:
        require_usable(checks)
    assert (caught.value.data["reason"], caught.value.data["limit"]) == (reason, limit)
    assert caught.value.data["measured"] == next(check.measured for check in checks if check.name == reason)


@pytest.mark.parametrize(
    ("metrics", "duration_s", "sample_rate", "name"),
    [
        (GOOD, 31.0, 24_000, "longest_duration"),
        (GOOD, 10.0, 8_000, "sample_rate"),
        (replace(GOOD, snr_db=10.0), 10.0, 24_000, "snr"),
        (replace(GOOD, speech_ratio=0.4), 10.0, 24_000, "speech_share"),
        (replace(GOOD, clipping=0.01), 10.0, 24_000, "slight_clipping"),
    ],
)
def test_a_flawed_recording_is_usable_with_a_warning(
    metrics: Metrics, duration_s: float, sample_rate: int, name: str
) -> None:
    checks = validate(metrics, duration_s, sample_rate)
    require_usable(checks)
    assert [check.name for check in failures(checks, "warning")] == [name]


def test_what_cannot_be_measured_is_not_held_against_it() -> None:
    checks = validate(replace(GOOD, snr_db=None), 10.0, 24_000)
    assert all(check.passed for check in checks)


def test_a_message_names_the_value_the_limit_and_the_remedy() -> None:
    [check] = failures(validate(replace(GOOD, clipping=0.125), 10.0, 24_000), "error")
    assert check.message == "The clipped part is 12.5 %; allowed is at most 5 %. Lower the level and record again."
