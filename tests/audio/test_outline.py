from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.audio.outline import OutlinedClip, outline
from sidecar.audio.peaks import kept_peaks
from sidecar.audio.samples import Samples, amplitude
from sidecar.audio.timeline.fades import envelope
from sidecar.errors import InvalidAudio, NotFound
from sidecar.timeline import Fade, PlannedClip, played_frames

RATE = 8_000
STEP = 1 / 32_000
FILE_S = 30


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of bursts of noise at two rates, in one and two channels."""
    folder = tmp_path_factory.mktemp("sources")
    for rate, channels in ((RATE, 1), (RATE, 2), (RATE // 2, 1)):
        shape = FILE_S * rate, channels
        bursts = np.repeat(np.random.default_rng(rate).uniform(0, 1, (FILE_S * 10, channels)), rate // 10, axis=0)
        noise = bursts * np.random.default_rng(channels).uniform(-1, 1, shape)
        soundfile.write(folder / f"{rate}-{channels}.wav", noise, rate, "PCM_16")
    return folder


def file_of(folder: Path, rate: int = RATE, channels: int = 1) -> str:
    return str(folder / f"{rate}-{channels}.wav")


@st.composite
def timelines(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Clips one after the other with gaps, cut anywhere, with fades."""
    clips, start = [], 0
    for number in range(draw(st.integers(1, 4))):
        skipped, length = draw(st.integers(0, 20 * RATE)), draw(st.integers(1, 10 * RATE))
        start += draw(st.integers(0, 5 * RATE))
        fades = [
            Fade(length=draw(st.sampled_from([0, length // 3])), curve=draw(st.sampled_from(["linear", "s_curve"])))
        ]
        fades.append(Fade(length=draw(st.sampled_from([0, length // 2])), offset=length // 8, curve="equal_power"))
        clips.append(
            {
                "id": str(number),
                "start": start,
                "length": length,
                "skipped": skipped,
                "gain_db": draw(st.sampled_from([0.0, -12.0])),
                "fade_in": fades[0],
                "fade_out": fades[1],
            }
        )
        start += length
    return clips


def rendered(clips: list[dict[str, Any]], path: str, last: int) -> Samples:
    """The same clips sample by sample, (frames, channels); silence follows where one goes beyond its source."""
    source = soundfile.read(path, dtype="float32", always_2d=True)[0]
    track = np.zeros((last + 20 * RATE, source.shape[1]), np.float32)
    for clip in (PlannedClip(**clip, place="", path=path, file_frames=1) for clip in clips):
        gains = envelope(clip, 0, clip.length)
        heard = source[clip.skipped : clip.skipped + clip.length] * amplitude(clip.gain_db)
        here = track[clip.start : clip.start + len(heard)]
        here[:] = (heard if gains is None else heard * gains[: len(heard), np.newaxis])[: len(here)]
    return track[:last]


def opened(clip: dict[str, Any]) -> dict[str, Any]:
    """A clip without fades, that shows some of what was cut off."""
    more = min(clip["length"] // 4 + 1, clip["start"], clip["skipped"])
    wider = {
        "start": clip["start"] - more,
        "skipped": clip["skipped"] - more,
        "length": clip["length"] * 5 // 4 + more + 1,
    }
    return clip | wider | {"fade_in": Fade(), "fade_out": Fade()}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    clips=timelines(),
    channels=st.sampled_from([1, 2]),
    first=st.integers(0, 15 * RATE),
    length=st.integers(1, 30 * RATE),
    count=st.integers(1, 500),
)
def test_a_column_shows_the_rendered_extremes_and_little_of_its_neighbours(
    clips: list[dict[str, Any]],
    channels: int,
    first: int,
    length: int,
    count: int,
    folder: Path,
    tmp_path: Path,
) -> None:
    path, count = file_of(folder, channels=channels), min(count, length)
    drawn = [OutlinedClip(**clip, path=path, played=FILE_S * RATE) for clip in clips]
    lowest, highest = outline(drawn, first, first + length, count, kept_peaks(tmp_path))
    stem = rendered(clips, path, first + length + 2)
    edges = first + np.arange(count + 1) * length // count
    slack = length // count // 4 + 1
    loudest = np.stack([rendered([opened(clip)], path, first + 2 * length + 2) for clip in clips], axis=-1)
    for column in range(count):
        inside = stem[edges[column] : edges[column + 1]]
        around = loudest[max(0, edges[column] - slack) : edges[column + 1] + slack]
        assert min(0.0, around.min()) - STEP <= lowest[column] <= inside.min() + STEP
        assert inside.max() - STEP <= highest[column] <= max(0.0, around.max()) + STEP


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_a_file_of_another_rate_and_speed_is_drawn_where_it_is_heard(
    speed: float, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "step.wav"
    soundfile.write(path, np.repeat([0.1, 0.8], RATE // 2), RATE // 2, "PCM_16")
    played = played_frames(RATE, RATE // 2, RATE, speed)
    clip = OutlinedClip(
        id="1",
        path=str(path),
        start=100,
        length=played,
        skipped=0,
        played=played,
        gain_db=0,
        fade_in=Fade(),
        fade_out=Fade(),
    )
    _, highest = outline([clip], 100, 100 + played, 200, kept_peaks(tmp_path))
    assert highest[:98] == pytest.approx(0.1, abs=0.001)
    assert highest[102:] == pytest.approx(0.8, abs=0.001)


def test_where_nothing_sounds_there_is_silence(tmp_path: Path) -> None:
    assert outline([], 0, 1_000, 10, kept_peaks(tmp_path)).tolist() == [[0.0] * 10] * 2


def test_a_single_sample_that_is_positive_has_a_positive_minimum(folder: Path, tmp_path: Path) -> None:
    clip = whole(file_of(folder), 0)
    samples = soundfile.read(file_of(folder), dtype="float32")[0][1_000:1_050]
    lowest, highest = outline([clip], 1_000, 1_050, 50, kept_peaks(tmp_path))
    assert lowest == pytest.approx(samples, abs=STEP)
    assert highest == pytest.approx(samples, abs=STEP)


def whole(path: str, start: int) -> OutlinedClip:
    frames = FILE_S * RATE
    return OutlinedClip(
        id=str(start),
        path=path,
        start=start,
        length=frames,
        skipped=0,
        played=frames,
        gain_db=0,
        fade_in=Fade(),
        fade_out=Fade(),
    )


def test_ten_hours_are_drawn_without_the_audio_once_its_outline_is_known(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    audio = Path(shutil.copy2(file_of(folder), tmp_path))
    clips = [whole(str(audio), number * FILE_S * RATE) for number in range(1_200)]
    last = 1_200 * FILE_S * RATE
    outline(clips[:1], 0, last, 10, kept_peaks(cache))
    facts = audio.stat()
    audio.write_bytes(bytes(facts.st_size))
    os.utime(audio, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    _, highest = outline(clips, 0, last, 2_000, kept_peaks(cache))
    assert highest.min() > 0.1


@pytest.mark.parametrize("left", [None, 0, 5, 8, 101])
def test_an_outline_that_was_cleared_away_or_damaged_is_made_again(
    left: int | None, folder: Path, tmp_path: Path
) -> None:
    clip = whole(file_of(folder), 0)
    before = outline([clip], 0, FILE_S * RATE, 100, kept_peaks(tmp_path))
    (kept,) = tmp_path.glob("*.peaks")
    size = kept.stat().st_size
    if left is None:
        kept.unlink()
    else:
        kept.write_bytes(kept.read_bytes()[:left])
    assert outline([clip], 0, FILE_S * RATE, 100, kept_peaks(tmp_path)).tolist() == before.tolist()
    assert kept.stat().st_size == size


def test_a_file_that_cannot_be_drawn_is_told_with_its_clip(tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF no such thing")
    for path, error in ((broken, InvalidAudio), (tmp_path / "gone.wav", NotFound)):
        with pytest.raises(error) as refused:
            outline([whole(str(path), 7)], 0, 100, 10, kept_peaks(tmp_path))
        assert refused.value.data["clip_id"] == "7"
