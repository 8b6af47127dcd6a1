from __future__ import annotations

from typing import Any

import numpy as np
import parselmouth
import pytest
from numpy.typing import NDArray

from sidecar.audio.effects import PROCESSES, Effect, process, tail_s
from sidecar.audio.samples import Samples, decibels, peak, regroup, rms
from sidecar.services.effects.chains import whole
from sidecar.services.effects.table import EFFECTS

RATE = 24_000
BLOCK = 4_321


def chain_of(*links: tuple[str, dict[str, float]]) -> list[Effect]:
    given = [{"type": type, "params": params} for type, params in links]
    return [Effect(link["type"], link["params"]) for link in whole(given)]


def applied(samples: Samples, type: str, block: int = BLOCK, **params: float) -> Samples:
    """The samples through one effect, given in blocks as a file is."""
    return np.concatenate(list(process(regroup([samples], block), RATE, chain_of((type, params)))))


def tone(hz: float, seconds: float = 1.0, amplitude: float = 0.25) -> Samples:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def click(seconds: float = 1.0) -> Samples:
    """A short burst at the very start, then silence."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    samples[:240] = tone(1_000, 0.01, 0.5)
    return samples


def pitch_hz(samples: Samples) -> NDArray[np.float64]:
    """The pitch wherever there is one, in frames of 10 ms."""
    found = parselmouth.Sound(samples.astype(np.float64), RATE).to_pitch(0.01, 60.0, 600.0)
    return np.asarray(found.selected_array["frequency"])


def semitones_between(before: Samples, after: Samples) -> float:
    both = [(low, high) for low, high in zip(pitch_hz(before), pitch_hz(after), strict=True) if low and high]
    return float(np.median([12 * np.log2(high / low) for low, high in both]))


def envelope_db(samples: Samples) -> NDArray[np.float64]:
    """The long-term spectrum, smoothed over 300 Hz so that harmonics vanish and formants stay, up to 4 kHz."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, 2_048)[::512] * np.hanning(2_048)
    power = np.square(np.abs(np.fft.rfft(frames))).mean(axis=0)
    smooth = np.convolve(power, np.hanning(27), "same")[: round(4_000 / RATE * 2_048)]
    level: NDArray[np.float64] = 10 * np.log10(smooth / smooth.sum())
    return level


def band_db(samples: Samples, low_hz: float, high_hz: float) -> float:
    power = np.square(np.abs(np.fft.rfft(samples)))
    hz = np.fft.rfftfreq(samples.size, 1 / RATE)
    return float(10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].sum() + 1e-12))


def overtones_db(samples: Samples, hz: float) -> float:
    """How loud everything above a tone is beside it."""
    return band_db(samples, 1.5 * hz, RATE / 2) - band_db(samples, 0.5 * hz, 1.5 * hz)


def test_the_table_and_the_processes_name_the_same_effects() -> None:
    assert {effect.type for effect in EFFECTS} == PROCESSES.keys()


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.type)
@pytest.mark.parametrize("extreme", ["default", "minimum", "maximum"])
def test_every_effect_keeps_the_length_and_makes_sound(effect: Any, extreme: str, vowels: Samples) -> None:
    params = {parameter.name: getattr(parameter, extreme) for parameter in effect.parameters}
    changed = applied(vowels, effect.type, **params)
    assert changed.size == vowels.size + round(tail_s(chain_of((effect.type, params))) * RATE)
    assert changed.dtype == np.float32
    assert np.isfinite(changed).all()
    if extreme == "default":
        assert rms(changed[: vowels.size]) > 0.25 * rms(vowels)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.type)
def test_no_effect_makes_sound_out_of_silence(effect: Any) -> None:
    assert peak(applied(np.zeros(RATE, np.float32), effect.type)) < 1e-6


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.type)
def test_the_size_of_the_blocks_cannot_be_heard(effect: Any, vowels: Samples) -> None:
    assert np.allclose(applied(vowels, effect.type, block=777), applied(vowels, effect.type, block=10**6), atol=1e-6)


@pytest.mark.parametrize("type", ["pitch_shift", "formant_pitch_shift"])
@pytest.mark.parametrize("semitones", [-7.0, -3.0, 0.0, 3.0, 7.0])
def test_the_pitch_moves_by_as_many_semitones_as_asked(type: str, semitones: float, vowels: Samples) -> None:
    moved = applied(vowels, type, semitones=semitones)
    assert semitones_between(vowels, moved) == pytest.approx(semitones, abs=0.3)


@pytest.mark.parametrize("semitones", [-5.0, 5.0])
def test_formants_stay_where_they_were_only_if_asked(semitones: float, vowels: Samples) -> None:
    before = envelope_db(vowels)
    kept, moved = (
        float(np.abs(envelope_db(applied(vowels, type, semitones=semitones)) - before).mean())
        for type in ("formant_pitch_shift", "pitch_shift")
    )
    assert kept < 0.6 * moved


def test_a_long_tone_is_shifted_without_a_click_where_segments_meet() -> None:
    moved = applied(tone(220, 25.0), "pitch_shift", block=RATE, semitones=4.0)
    steady = moved[RATE:-RATE]
    highest = 0.25 * 2 * np.pi * 220 * 2 ** (4 / 12) / RATE
    assert np.abs(np.diff(steady)).max() < 2 * highest
    assert rms(steady) == pytest.approx(rms(tone(220)), rel=0.1)


@pytest.mark.parametrize("type", ["pitch_shift", "formant_pitch_shift"])
def test_a_sound_shorter_than_a_pitch_period_passes(type: str) -> None:
    assert applied(tone(200, 0.002), type).size == 48


def test_a_delay_repeats_what_it_hears_ever_more_quietly() -> None:
    heard = applied(click(), "delay", delay_s=0.25, feedback=0.5, mix=0.5)
    echoes = [peak(heard[start : start + 300]) for start in range(0, RATE, RATE // 4)]
    assert echoes[1:] == pytest.approx([echoes[1], echoes[1] / 2, echoes[1] / 4], rel=0.01)
    assert peak(heard[600 : RATE // 4 - 10]) < 1e-4


def test_the_echoes_of_the_end_are_kept_until_they_have_faded() -> None:
    samples = np.concatenate([np.zeros(RATE, np.float32), tone(1_000, 0.1)])
    heard = applied(samples, "delay", delay_s=0.2, feedback=0.4, mix=0.5)
    assert peak(heard[samples.size :]) > 0.1
    assert decibels(peak(heard[-100:]) / peak(heard)) < -55


def test_a_room_rings_on_and_a_larger_one_for_longer() -> None:
    small, large = (applied(click(), "reverb", room_size=size, wet_level=0.5) for size in (0.1, 0.9))
    assert large.size > small.size
    assert rms(large[RATE // 2 : RATE]) > 4 * rms(small[RATE // 2 : RATE])
    assert decibels(peak(large[-2_400:]) / peak(large)) < -40


def test_no_tail_is_longer_than_ten_seconds() -> None:
    endless = chain_of(("delay", {"delay_s": 2.0, "feedback": 0.9}), ("reverb", {"room_size": 1.0}))
    assert tail_s(endless) == 10.0
    assert tail_s(chain_of(("gain", {}))) == 0.0


def test_a_chorus_broadens_a_tone() -> None:
    steady = tone(1_000, 3.0)
    wide = applied(steady, "chorus", rate_hz=2.0, depth=0.5)
    assert band_db(wide, 900, 995) > band_db(steady, 900, 995) + 10


def test_a_flanger_combs_noise() -> None:
    noise = (0.1 * np.random.default_rng(5).standard_normal(4 * RATE)).astype(np.float32)
    combed = applied(noise, "flanger", rate_hz=0.01, depth=0.0, centre_delay_ms=2.0, feedback=0.0, mix=0.5)
    # A copy 2 ms late cancels 250 Hz and its odd multiples and doubles the even ones.
    assert band_db(combed, 480, 520) > band_db(combed, 230, 270) + 15


def test_a_compressor_brings_loud_and_quiet_nearer() -> None:
    both = np.concatenate([tone(300, 1.0, 0.02), tone(300, 1.0, 0.8)])
    pressed = applied(both, "compressor", threshold_db=-30.0, ratio=4.0)
    before, after = (decibels(rms(part[36_000:]) / rms(part[12_000:24_000])) for part in (both, pressed))
    assert before == pytest.approx(32.0, abs=0.5)
    assert after < before - 15


@pytest.mark.parametrize("gain_db", [-40.0, -6.0, 0.0, 6.0])
def test_a_gain_is_exact(gain_db: float, vowels: Samples) -> None:
    assert decibels(rms(applied(vowels, "gain", gain_db=gain_db)) / rms(vowels)) == pytest.approx(gain_db, abs=0.001)


@pytest.mark.parametrize(
    ("type", "cutoff_hz", "passes_hz", "stops_hz"), [("high_pass", 1_000.0, 8_000, 100), ("low_pass", 500.0, 50, 5_000)]
)
def test_a_filter_takes_away_one_side_of_its_cutoff(type: str, cutoff_hz: float, passes_hz: int, stops_hz: int) -> None:
    passed, stopped = (
        decibels(rms(applied(tone(hz), type, cutoff_hz=cutoff_hz)) / rms(tone(hz))) for hz in (passes_hz, stops_hz)
    )
    assert passed > -1.0
    assert stopped < -15.0


def test_a_cutoff_beyond_what_the_rate_holds_changes_little(vowels: Samples) -> None:
    assert rms(applied(vowels, "low_pass", cutoff_hz=20_000.0)) == pytest.approx(rms(vowels), rel=0.05)


def test_distortion_adds_overtones() -> None:
    assert overtones_db(tone(500), 500) < -60
    assert overtones_db(applied(tone(500), "distortion", drive_db=24.0), 500) > -15


def test_a_chain_is_applied_in_its_order() -> None:
    quiet_then_bent = chain_of(("gain", {"gain_db": -30.0}), ("distortion", {"drive_db": 20.0}))
    first, second = (
        np.concatenate(list(process([tone(500)], RATE, effects)))
        for effects in (quiet_then_bent, quiet_then_bent[::-1])
    )
    assert overtones_db(second, 500) > overtones_db(first, 500) + 20
