from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sidecar.audio.timeline.mixer import Mixer
from sidecar.errors import InvalidAudio, NotFound
from sidecar.timeline import Fade, PlannedClip, PlannedTrack, RenderPlan
from tests.audio.timeline.arrangements import on_one_track, on_tracks, plans, split, whole

some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
RATE = 48_000


def mixed(plan: RenderPlan, track_id: str | None = None) -> NDArray[np.float32]:
    return np.concatenate(list(Mixer(plan, track_id).blocks()))


def noise(path: Path, seconds: float, level: float = 0.1, channels: int = 1, rate: int = RATE) -> Path:
    sound = np.random.default_rng(2).normal(0.0, level, (round(seconds * rate), channels))
    soundfile.write(path, sound, rate, "FLOAT")
    return path


@given(data=st.data())
@some
def test_a_clip_that_was_split_sounds_as_before_to_the_last_bit(data: st.DataObject, sources: list[Path]) -> None:
    plan = data.draw(plans(sources).filter(lambda plan: any(clip.length > 1 for clip in plan.tracks[0].clips)))
    clips = list(plan.tracks[0].clips)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.sampled_from([place for place, clip in enumerate(clips) if clip.length > 1]))
        clips[place : place + 1] = split(clips[place], data.draw(st.integers(1, clips[place].length - 1)))
        if all(clip.length == 1 for clip in clips):
            break
    cut = plan.tracks[0].model_copy(update={"clips": tuple(data.draw(st.permutations(clips)))})
    assert np.array_equal(mixed(plan.model_copy(update={"tracks": (cut, *plan.tracks[1:])})), mixed(plan))


def test_a_long_source_is_the_same_wherever_reading_begins(tmp_path: Path) -> None:
    path = noise(tmp_path / "long.wav", 23.4, rate=44_100)
    clip = whole(path)
    every = mixed(on_one_track(clip))
    for at in (1, 239_999, 240_000, 700_001):
        later = clip.model_copy(update={"skipped": at, "length": clip.length - at})
        assert np.array_equal(mixed(on_one_track(later)), every[at:])


def test_a_part_of_a_timeline_is_that_part_of_the_whole(tmp_path: Path) -> None:
    music = PlannedTrack(id="music", name="Music", duck_db=-20.0, clips=(whole(noise(tmp_path / "m.wav", 14.0)),))
    voice = whole(noise(tmp_path / "v.wav", 3.5), start=6 * RATE)
    plan = on_tracks(music, PlannedTrack(id="voice", name="Voice", clips=(voice,)))
    every = mixed(plan)
    for start_s, end_s in ((0.1, 4.9), (5.0, 10.0), (5.9, 6.1), (9.8, 10.2), (10.5, 14.0)):
        start, end = round(start_s * RATE), round(end_s * RATE)
        part = plan.model_copy(update={"start": start, "end": end})
        assert np.array_equal(mixed(part), every[start:end])


def test_what_is_muted_is_exactly_silent(sources: list[Path]) -> None:
    clip = whole(sources[0])
    assert not mixed(on_one_track(clip.model_copy(update={"muted": True}))).any()
    assert not mixed(on_one_track(clip, muted=True, solo=True)).any()
    other = PlannedTrack(id="two", name="Two", solo=True)
    one = PlannedTrack(id="one", name="One", clips=(clip,))
    assert not mixed(on_tracks(one, other)).any()
    assert mixed(on_tracks(one)).any()


def test_nothing_changes_where_no_gain_is_asked_for(sources: list[Path]) -> None:
    given, rate = soundfile.read(sources[9], dtype="float32")
    assert rate == RATE
    assert np.array_equal(mixed(on_one_track(whole(sources[9]))), given)


def test_a_mono_project_hears_both_sides_and_no_pan(tmp_path: Path) -> None:
    path = noise(tmp_path / "stereo.wav", 0.5, channels=2)
    heard = mixed(on_one_track(whole(path, pan=1.0), channels=1, pan=-1.0))
    assert np.allclose(heard[:, 0], soundfile.read(path)[0].mean(axis=1), atol=1e-7)


def test_one_side_is_silent_when_the_other_has_it_all(sources: list[Path]) -> None:
    left = mixed(on_one_track(whole(sources[0], pan=-1.0)))
    assert np.array_equal(left[:, 0], mixed(on_one_track(whole(sources[0])))[:, 0])
    assert np.max(np.abs(left[:, 1])) < 1e-7


@pytest.mark.parametrize("curve", ["linear", "equal_power", "exponential", "s_curve"])
def test_a_fade_begins_in_silence_and_is_over_where_it_ends(curve: str, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", np.full(1_000, 0.5), RATE, "FLOAT")
    fade = Fade.model_validate({"length": 100, "curve": curve})
    heard = mixed(on_one_track(whole(tmp_path / "one.wav", fade_in=fade, fade_out=fade)))[:, 0]
    assert heard[0] == heard[-1] == 0.0
    assert (np.diff(heard[:101]) > 0.0).all()
    assert np.array_equal(heard[100:900], np.full(800, 0.5, np.float32))
    assert np.array_equal(heard, heard[::-1])


def test_a_tail_rings_on_after_the_end_of_its_clip(tmp_path: Path) -> None:
    path = noise(tmp_path / "ringing.wav", 1.0)
    clip = whole(path, length=RATE // 2, tail=RATE // 2, fade_in=Fade(length=200))
    heard = mixed(on_one_track(clip))
    assert np.allclose(heard[200:, 0], soundfile.read(path)[0][200:], rtol=0.0, atol=2.0**-40)


def duck_levels(heard: NDArray[np.float32]) -> NDArray[np.float64]:
    """The level of every 10 ms in dB."""
    frames = heard[: len(heard) // 480 * 480, 0].reshape(-1, 480).astype(np.float64)
    return 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)))


def test_music_is_down_while_somebody_speaks_and_up_again_afterwards(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "tone.wav", np.full(12 * RATE, 0.25), RATE, "FLOAT")
    music = PlannedTrack(id="music", name="Music", duck_db=-18.0, clips=(whole(tmp_path / "tone.wav"),))
    voice = whole(noise(tmp_path / "v.wav", 2.0), start=round(4.5 * RATE))
    plan = on_tracks(music, PlannedTrack(id="voice", name="Voice", clips=(voice,)))
    levels = duck_levels(mixed(plan, "music")) - 20 * np.log10(0.25)
    assert np.allclose(levels[:429], 0.0, atol=1e-3)
    assert np.allclose(levels[451:650], -18.0, atol=1e-3)
    assert np.allclose(levels[780:], 0.0, atol=1e-3)
    assert (np.diff(levels[429:451]) < 0).all()
    assert (np.diff(levels[692:768]) > 0).all()
    assert np.max(np.abs(np.diff(levels))) < 1.0


def test_a_muted_voice_lowers_nothing(tmp_path: Path) -> None:
    music = PlannedTrack(id="music", name="Music", duck_db=-18.0, clips=(whole(noise(tmp_path / "m.wav", 2.0)),))
    voice = PlannedTrack(id="voice", name="Voice", muted=True, clips=(whole(noise(tmp_path / "v.wav", 1.0)),))
    assert np.array_equal(mixed(on_tracks(music, voice)), mixed(on_tracks(music)))


def test_the_tracks_by_themselves_are_together_the_mix(tmp_path: Path, sources: list[Path]) -> None:
    music = PlannedTrack(id="music", name="Music", duck_db=-9.0, clips=(whole(noise(tmp_path / "m.wav", 2.0)),))
    voices = [
        PlannedTrack(id=str(number), name="Voice", pan=0.3, clips=(whole(path, start=RATE * number),))
        for number, path in enumerate(sources[:2])
    ]
    plan = on_tracks(music, *voices)
    together = sum(mixed(plan, track.id) for track in plan.tracks)
    assert np.allclose(together, mixed(plan), atol=1e-6)


def test_more_files_than_may_be_open_are_heard(tmp_path: Path) -> None:
    clips = []
    for number in range(100):
        soundfile.write(tmp_path / f"{number}.wav", np.full(10, (number + 1) / 128), RATE, "FLOAT")
        clips.append(whole(tmp_path / f"{number}.wav", start=10 * number))
    heard = mixed(on_one_track(*reversed(clips)))[::10, 0]
    assert np.array_equal(heard, (np.arange(100, dtype=np.float32) + 1) / 128)


def test_a_missing_file_is_named_with_its_clip(tmp_path: Path) -> None:
    path = noise(tmp_path / "gone.wav", 0.1)
    plan = on_one_track(whole(path))
    path.unlink()
    with pytest.raises(NotFound, match=r"The clip 'x' on the track 'One' cannot be played: There is no file") as raised:
        Mixer(plan).require_sources()
    assert raised.value.data["clip_id"] == "x"


@pytest.mark.parametrize("damage", ["cut off", "no sound at all", "empty"])
def test_a_damaged_file_is_named_with_its_clip(damage: str, tmp_path: Path) -> None:
    path = noise(tmp_path / "bad.wav", 1.0)
    plan = on_one_track(whole(path))
    content = path.read_bytes()
    path.write_bytes({"cut off": content[:9_000], "no sound at all": b"I am a text." * 99, "empty": b""}[damage])
    with pytest.raises(InvalidAudio, match=r"The clip 'x' on the track 'One' cannot be played: .*damaged"):
        Mixer(plan).require_sources()


def test_damage_in_the_middle_of_a_file_is_named_with_its_clip(tmp_path: Path) -> None:
    path = tmp_path / "bad.flac"
    soundfile.write(path, np.random.default_rng(0).normal(0.0, 0.1, 20 * RATE), RATE)
    plan = on_one_track(whole(path))
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    with pytest.raises(InvalidAudio, match="The clip 'x' on the track 'One' cannot be played"):
        mixed(plan)


def test_a_file_that_is_never_heard_may_be_missing(sources: list[Path]) -> None:
    lost = PlannedClip(id="lost", place="Lost", path="/nowhere.wav", file_frames=9, start=0, length=9, muted=True)
    assert mixed(on_one_track(whole(sources[0]), lost)).any()
