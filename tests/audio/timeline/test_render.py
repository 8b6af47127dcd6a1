from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sidecar.audio.timeline.render import Rendered, render
from sidecar.errors import Cancelled
from sidecar.timeline import Delivery, PlannedTrack, RenderPlan, Stem
from tests.audio.timeline import reference
from tests.audio.timeline.arrangements import on_one_track, on_tracks, plans, whole
from tests.join_metrics import lufs, true_peak_db

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RATE = 48_000
STEP = 2.0**-15


def quiet(stage: str, completed_s: float, total_s: float) -> None:
    """For renders that nobody watches."""


def deliver(plan: RenderPlan, path: Path, **how: Any) -> Rendered:
    wanted = {"format": path.suffix[1:], "sample_rate": plan.sample_rate, "channels": plan.channels} | how
    return render(plan, Delivery(path=str(path), **wanted), quiet)


def read(path: Path) -> NDArray[np.float64]:
    sound: NDArray[np.float64] = soundfile.read(path, always_2d=True)[0]
    return sound


def voice(path: Path, seconds: float, level: float = 0.3, channels: int = 1) -> Path:
    """Vowels that come and go, with peaks far above their loudness."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    swell = np.sqrt(np.maximum(0.05, np.sin(2 * np.pi * 3 * time_s)))
    phases = np.random.default_rng(5).uniform(0.0, 6.0, (20, channels, 1))
    harmonics = (np.sin(2 * np.pi * 180 * (n + 1) * time_s + phase) / (n + 1) for n, phase in enumerate(phases))
    soundfile.write(path, (level * swell * sum(harmonics)).T, RATE, "FLOAT")
    return path


@given(data=st.data())
@many
def test_any_timeline_sounds_as_the_reference_says_to_one_step_of_16_bits(
    data: st.DataObject, sources: list[Path], tmp_path: Path
) -> None:
    plan = data.draw(plans(sources))
    deliver(plan, tmp_path / "made.wav")
    made, rate = soundfile.read(tmp_path / "made.wav", dtype="int16", always_2d=True)
    expected = np.clip(np.rint(reference.rendered(plan) * 32_768), -32_768, 32_767)
    assert rate == plan.sample_rate
    assert made.shape == expected.shape
    assert np.max(np.abs(made - expected), initial=0.0) <= 1


@pytest.mark.parametrize("channels", [1, 2])
def test_a_render_has_the_loudness_that_is_asked_for_and_no_peak_above_the_limit(channels: int, tmp_path: Path) -> None:
    plan = on_one_track(whole(voice(tmp_path / "soft.wav", 8.0, 0.02, channels), pan=0.4), channels=channels)
    rendered = deliver(plan, tmp_path / "made.wav", loudness_lufs=-16.0, true_peak_db=-1.0)
    made = read(tmp_path / "made.wav")
    measured = lufs(made.astype(np.float32), RATE)
    assert measured == pytest.approx(-16.0, abs=0.15)
    assert rendered.measured.loudness_lufs == pytest.approx(measured, abs=0.01)
    peak_db = max(true_peak_db(side.astype(np.float32)) for side in made.T)
    assert peak_db <= -1.0
    assert rendered.measured.true_peak_db == pytest.approx(peak_db, abs=0.3)
    assert rendered.measured.clipped_samples == 0


def test_silence_stays_silent_whatever_loudness_is_asked_for(tmp_path: Path, sources: list[Path]) -> None:
    plan = on_one_track(whole(sources[0]), muted=True)
    rendered = deliver(plan, tmp_path / "made.wav", loudness_lufs=-16.0, true_peak_db=-1.0)
    assert rendered.measured.loudness_lufs is None
    assert rendered.gain_db == 0.0
    assert not read(tmp_path / "made.wav").any()


def test_the_rms_of_an_audiobook_is_the_one_that_is_asked_for(tmp_path: Path) -> None:
    plan = on_one_track(whole(voice(tmp_path / "soft.wav", 6.0, 0.05)), channels=1)
    rendered = deliver(plan, tmp_path / "made.wav", rms_db=-20.0, true_peak_db=-3.0, sample_rate=44_100)
    made = read(tmp_path / "made.wav")
    rms_db = 10 * np.log10(np.mean(made**2))
    assert rms_db == pytest.approx(-20.0, abs=0.15)
    assert rendered.measured.rms_db == pytest.approx(rms_db, abs=0.01)
    assert rendered.measured.peak_db == pytest.approx(20 * np.log10(np.max(np.abs(made))), abs=0.01)
    assert soundfile.info(tmp_path / "made.wav").samplerate == 44_100


def test_the_noise_floor_is_the_level_of_the_quietest_half_second(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    levels = np.repeat([0.1, 0.001, 0.1], [RATE, RATE, RATE])
    soundfile.write(tmp_path / "room.wav", random.normal(0.0, levels), RATE, "FLOAT")
    rendered = deliver(on_one_track(whole(tmp_path / "room.wav"), channels=1), tmp_path / "made.wav")
    assert rendered.measured.noise_floor_db == pytest.approx(-60.0, abs=0.3)


def test_what_is_too_loud_for_a_file_is_cut_off_and_counted(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "loud.wav", np.repeat([0.5, 1.5, -1.5], [100, 7, 5]), RATE, "FLOAT")
    rendered = deliver(on_one_track(whole(tmp_path / "loud.wav"), channels=1), tmp_path / "made.wav")
    assert rendered.measured.clipped_samples == 12
    assert np.max(read(tmp_path / "made.wav")) == 1.0 - STEP


def test_equal_arrangements_become_equal_files(tmp_path: Path, sources: list[Path]) -> None:
    plan = on_one_track(*(whole(path, start=9_999 * number) for number, path in enumerate(sources)))
    for how in ({}, {"dither": True}, {"loudness_lufs": -20.0, "true_peak_db": -1.0}):
        made = []
        for _ in range(2):
            deliver(plan, tmp_path / "made.wav", **how)
            made.append((tmp_path / "made.wav").read_bytes())
        assert made[0] == made[1]


def test_dither_keeps_a_tone_below_the_smallest_step(tmp_path: Path) -> None:
    tone = 0.4 * STEP * np.sin(2 * np.pi * 1_000 * np.arange(2 * RATE) / RATE)
    soundfile.write(tmp_path / "tone.wav", tone, RATE, "FLOAT")
    plan = on_one_track(whole(tmp_path / "tone.wav"), channels=1)
    deliver(plan, tmp_path / "plain.wav")
    deliver(plan, tmp_path / "dithered.wav", dither=True)
    assert not read(tmp_path / "plain.wav").any()
    dithered = read(tmp_path / "dithered.wav")[:, 0]
    assert 2 * np.mean(dithered * tone / (0.4 * STEP)) == pytest.approx(0.4 * STEP, rel=0.1)
    assert np.max(np.abs(dithered)) <= 2 * STEP


@pytest.mark.parametrize("format", ["wav", "flac"])
def test_24_bits_keep_what_16_lose(format: str, tmp_path: Path) -> None:
    plan = on_one_track(whole(voice(tmp_path / "given.wav", 1.0, 0.1)), channels=1)
    deliver(plan, tmp_path / f"made.{format}", bit_depth=24)
    assert soundfile.info(tmp_path / f"made.{format}").subtype == "PCM_24"
    assert np.allclose(read(tmp_path / f"made.{format}"), read(tmp_path / "given.wav"), atol=2.0**-23)


def test_stems_are_together_the_mix(tmp_path: Path, sources: list[Path]) -> None:
    music = PlannedTrack(id="m", name="M", duck_db=-9.0, clips=(whole(voice(tmp_path / "music.wav", 3.0, 0.05)),))
    speech = PlannedTrack(id="v", name="V", pan=-0.5, gain_db=-3.0, clips=(whole(sources[1]), whole(sources[6])))
    stems = tuple(Stem(track_id=each, path=str(tmp_path / f"{each}.wav")) for each in ("m", "v"))
    rendered = deliver(on_tracks(music, speech), tmp_path / "mix.wav", loudness_lufs=-25.0, stems=stems)
    together = read(tmp_path / "m.wav") + read(tmp_path / "v.wav")
    assert rendered.gain_db != 0.0
    assert np.allclose(together, read(tmp_path / "mix.wav"), atol=2 * STEP)


@pytest.mark.parametrize("format", ["mp3", "ogg", "m4a"])
def test_of_a_lossy_file_is_told_what_a_player_hears(format: str, tmp_path: Path) -> None:
    plan = on_one_track(whole(voice(tmp_path / "v.wav", 4.0, 0.2, 2)))
    path = tmp_path / f"made.{format}"
    rendered = deliver(plan, path, loudness_lufs=-18.0, true_peak_db=-1.0)
    assert rendered.measured.loudness_lufs == pytest.approx(-18.0, abs=0.1)
    assert rendered.measured.true_peak_db <= -1.0
    assert rendered.written.duration_s == pytest.approx(4.0)
    assert rendered.written.size_bytes == path.stat().st_size


def test_a_render_of_another_rate_and_fewer_channels_is_the_same_sound(tmp_path: Path) -> None:
    time_s = np.arange(2 * RATE) / RATE
    tones = np.stack([np.sin(2 * np.pi * 440 * time_s), np.sin(2 * np.pi * 660 * time_s)], axis=1)
    soundfile.write(tmp_path / "tones.wav", 0.4 * tones, RATE, "FLOAT")
    deliver(on_one_track(whole(tmp_path / "tones.wav")), tmp_path / "made.wav", sample_rate=44_100, channels=1)
    made, rate = soundfile.read(tmp_path / "made.wav")
    at = np.arange(len(made)) / rate
    expected = 0.2 * (np.sin(2 * np.pi * 440 * at) + np.sin(2 * np.pi * 660 * at))
    assert (rate, len(made)) == (44_100, 88_200)
    assert np.allclose(made[500:-500], expected[500:-500], atol=1e-3)


def test_progress_is_told_of_every_stage_and_a_cancel_ends_it_at_once(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", np.zeros(30 * RATE), RATE)
    plan = on_one_track(whole(tmp_path / "long.wav"))
    path = tmp_path / "made.wav"
    delivery = Delivery(path=str(path), format="wav", sample_rate=RATE, channels=2, loudness_lufs=-16.0)
    heard: list[tuple[str, float, float]] = []
    render(plan, delivery, lambda *news: heard.append(news))
    assert list(dict.fromkeys(stage for stage, _, _ in heard)) == ["measuring", "writing"]
    assert [done for stage, done, _ in heard if stage == "writing"] == [5.0 * block for block in range(6)]
    count = itertools.count()

    def stop(stage: str, completed_s: float, total_s: float) -> None:
        if next(count) == 3:
            raise Cancelled("Stop.")

    with pytest.raises(Cancelled):
        render(plan, delivery, stop)
    assert next(count) == 4
