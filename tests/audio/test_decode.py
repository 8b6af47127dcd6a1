from __future__ import annotations

import os
import random
import struct
import tracemalloc
import wave
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from sidecar.audio.cover import Cover
from sidecar.audio.decode import blocks, decode, probe
from sidecar.audio.encode import FORMATS, encode
from sidecar.audio.samples import Samples
from sidecar.errors import InvalidAudio, InvalidParams, NotFound, StorageError
from tests.memory_use import MIB, memory_used, tells_its_peak

RATE = 24_000


def written(path: Path, samples: Samples, name: str = "wav", rate: int = RATE) -> Path:
    encode(path, [samples], rate, name)
    return path


def float_wav(path: Path, values: list[float]) -> Path:
    body = struct.pack(f"<{len(values)}f", *values)
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(body),
        b"WAVE",
        b"fmt ",
        16,
        3,
        1,
        RATE,
        RATE * 4,
        4,
        32,
        b"data",
        len(body),
    )
    path.write_bytes(head + body)
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_that_can_be_written_can_be_read_back(name: str, recording: Samples, tmp_path: Path) -> None:
    heard = decode(written(tmp_path / "voice", recording, name), RATE)
    assert abs(heard.size - recording.size) <= 0.05 * RATE
    shared = min(heard.size, recording.size)
    shift = int(np.argmax(np.correlate(heard[RATE : 2 * RATE], recording[RATE : 2 * RATE], "full"))) - (RATE - 1)
    assert abs(shift) <= 1
    assert np.corrcoef(heard[:shared], recording[:shared])[0, 1] > 0.98


def test_pcm_comes_back_sample_for_sample(tmp_path: Path) -> None:
    exact = (np.arange(-32_768, 32_768, 7) / 32_768).astype(np.float32)
    assert np.array_equal(decode(written(tmp_path / "a.wav", exact), RATE), exact)


def test_a_probe_tells_what_the_file_is(recording_file: Path) -> None:
    info = probe(recording_file)
    assert (info.container, info.codec, info.sample_rate, info.channels) == ("wav", "pcm_s16le", RATE, 1)
    assert info.duration_s == pytest.approx(5.0)
    assert info.size_bytes == recording_file.stat().st_size


def test_channels_are_averaged(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "stereo.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.tile(np.array([8_192, -16_384], np.int16), RATE).tobytes())
    assert decode(tmp_path / "stereo.wav", RATE) == pytest.approx(-0.125)


def test_resampling_keeps_a_tone_and_drops_what_the_new_rate_cannot_hold(tmp_path: Path) -> None:
    time = np.arange(48_000) / 48_000
    low, high = np.sin(2 * np.pi * 1_000 * time), np.sin(2 * np.pi * 12_000 * time)
    path = written(tmp_path / "tones.wav", (0.25 * (low + high)).astype(np.float32), rate=48_000)
    spectrum = np.abs(np.fft.rfft(decode(path, 16_000))) / 8_000
    assert spectrum[1_000] == pytest.approx(0.25, rel=0.01)
    assert np.delete(spectrum, range(990, 1_011)).max() < 0.001


def test_a_range_is_cut_to_the_sample(recording: Samples, recording_file: Path) -> None:
    whole = decode(recording_file, RATE)
    assert np.array_equal(decode(recording_file, RATE, start_s=1.25, end_s=2.5), whole[30_000:60_000])
    assert np.array_equal(decode(recording_file, RATE, start_s=1.25, max_s=1.0), whole[30_000:54_000])
    assert np.array_equal(decode(recording_file, RATE, end_s=99.0), whole)


@pytest.mark.parametrize(("start_s", "end_s"), [(2.0, 2.0), (3.0, 1.0), (-1.0, None)])
def test_an_impossible_range_is_refused(recording_file: Path, start_s: float, end_s: float | None) -> None:
    with pytest.raises(InvalidParams, match="start_s"):
        decode(recording_file, RATE, start_s=start_s, end_s=end_s)


def test_a_range_past_the_end_is_refused(recording_file: Path) -> None:
    with pytest.raises(InvalidAudio) as caught:
        decode(recording_file, RATE, start_s=60.0)
    assert caught.value.data["reason"] == "too_short"


def test_blocks_are_whole_but_for_the_last_and_join_to_the_recording(recording_file: Path) -> None:
    pieces = list(blocks(recording_file, 16_000, block_s=0.75))
    assert [piece.size for piece in pieces] == [12_000] * 6 + [8_000]
    assert np.array_equal(np.concatenate(pieces), decode(recording_file, 16_000))


def test_a_long_recording_is_read_at_constant_memory(tmp_path: Path) -> None:
    silence = np.zeros(60 * 8_000, np.float32)
    encode(tmp_path / "long.flac", (silence for _ in range(10)), 8_000, "flac")
    tracemalloc.start()
    total = sum(block.size for block in blocks(tmp_path / "long.flac", 8_000))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == 600 * 8_000
    assert most < 8 << 20


@pytest.fixture(scope="module")
def unpacking_to_200_mb() -> Cover:
    """A picture that has a few hundred kilobytes as long as nobody looks at it."""
    file = BytesIO()
    Image.new("RGB", (8_000, 8_000)).save(file, "PNG")
    return Cover("png", 8_000, 8_000, file.getvalue())


def probed_and_decoded(path: Path) -> None:
    probe(path)
    decode(path, RATE)


@tells_its_peak
@pytest.mark.parametrize("name", [name for name, format in FORMATS.items() if format.cover])
def test_a_picture_that_comes_with_a_recording_is_not_unpacked(
    name: str, unpacking_to_200_mb: Cover, vowels: Samples, tmp_path: Path
) -> None:
    path = tmp_path / f"covered.{name}"
    encode(path, [vowels], RATE, name, cover=unpacking_to_200_mb)
    assert probe(path).duration_s == pytest.approx(3.0, abs=0.1)
    assert memory_used(probed_and_decoded, path) < 100 * MIB


def test_the_sound_of_a_film_is_read(vowels: Samples, tmp_path: Path) -> None:
    with av.open(str(tmp_path / "film.mp4"), "w") as film:
        pictures, sound = film.add_stream("mpeg4", rate=10), film.add_stream("aac", rate=RATE, layout="mono")
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        for _ in range(30):
            film.mux(pictures.encode(av.VideoFrame(64, 48, "yuv420p")))
        frame = av.AudioFrame.from_ndarray(vowels.reshape(1, -1), "fltp", "mono")
        frame.sample_rate = RATE
        film.mux([*sound.encode(frame), *sound.encode(None), *pictures.encode(None)])
    assert probe(tmp_path / "film.mp4").codec == "aac"
    assert decode(tmp_path / "film.mp4", RATE).size == pytest.approx(vowels.size, abs=2_048)


def test_numbers_that_are_no_samples_become_samples(tmp_path: Path) -> None:
    path = float_wav(tmp_path / "odd.wav", [0.5, float("nan"), float("inf"), float("-inf"), 3e38] * 1_000)
    heard = decode(path, RATE)
    assert np.isfinite(heard).all()
    assert heard[0] == pytest.approx(0.5)
    assert np.abs(heard).max() <= 16.0


def refusal(path: Path) -> str:
    with pytest.raises(InvalidAudio) as probed:
        probe(path)
    with pytest.raises(InvalidAudio) as decoded:
        decode(path, RATE)
    assert probed.value.data["reason"] == decoded.value.data["reason"]
    assert str(probed.value).endswith(".")
    return str(probed.value.data["reason"])


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    assert refusal(tmp_path / "empty.wav") == "empty_file"


@pytest.mark.parametrize("content", [b"\0" * 5_000, b"RIFF", b"%PDF-1.7\n" * 500, "Grüße.\n".encode() * 500])
def test_what_is_not_audio_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "letter.wav").write_bytes(content)
    assert refusal(tmp_path / "letter.wav") in {"not_audio", "no_audio_stream"}


def test_a_header_without_sound_is_refused(recording_file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(recording_file.read_bytes()[:80])
    with pytest.raises(InvalidAudio) as caught:
        decode(cut, RATE)
    assert caught.value.data["reason"] == "corrupt"


def test_a_folder_a_pipe_and_a_device_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        assert refusal(path) == "not_a_file"


@pytest.mark.parametrize("path", ["missing.wav", "missing/a.wav"])
def test_a_missing_file_is_not_found(path: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"missing"):
        probe(tmp_path / path)


def test_a_file_below_a_file_is_not_found(recording_file: Path) -> None:
    with pytest.raises(NotFound):
        probe(recording_file / "a.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_a_storage_error(recording_file: Path) -> None:
    recording_file.chmod(0)
    with pytest.raises(StorageError, match="Permission denied"):
        probe(recording_file)


@pytest.mark.parametrize("path", ["http://localhost/a.wav", "concat:a.wav|b.wav", "a.wav", "/tmp/a\0b.wav"])
def test_a_path_that_names_no_local_file_is_refused(path: str) -> None:
    with pytest.raises(InvalidParams):
        probe(Path(path))


def test_a_playlist_reaches_no_other_file(recording_file: Path) -> None:
    (recording_file.parent / "next.wav").write_bytes(recording_file.read_bytes())
    script = recording_file.parent / "script.wav"
    script.write_text("ffconcat version 1.0\nfile 'next.wav'\n")
    assert refusal(script) == "not_audio"


def heard_or_reason(path: Path) -> Samples | str:
    try:
        return decode(path, 16_000, max_s=60.0)
    except InvalidAudio as error:
        return str(error.data["reason"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(FORMATS)), seed=st.integers(0, 2**32), cut=st.booleans(), flips=st.integers(0, 40))
def test_damage_ends_in_invalid_audio_or_in_sound(
    name: str, seed: int, cut: bool, flips: int, vowels: Samples, tmp_path: Path
) -> None:
    source = tmp_path / name
    content = bytearray(source.read_bytes() if source.exists() else written(source, vowels[:RATE], name).read_bytes())
    draw = random.Random(seed)
    if cut:
        content = content[: draw.randrange(1, len(content))]
    for _ in range(flips):
        position = draw.randrange(min(len(content), 200) if draw.random() < 0.7 else len(content))
        content[position] ^= 1 << draw.randrange(8)
    (tmp_path / "damaged").write_bytes(content)
    heard = heard_or_reason(tmp_path / "damaged")
    if isinstance(heard, str):
        assert heard in {"not_audio", "no_audio_stream", "unknown_codec", "corrupt"}
    else:
        assert heard.size > 0
        assert np.isfinite(heard).all()


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_was_cut_off_gives_what_is_left(name: str, recording: Samples, tmp_path: Path) -> None:
    path = written(tmp_path / "whole", recording, name)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    if name in ("m4a", "m4b"):  # Their index stands at the end.
        assert refusal(path) == "not_audio"
    else:
        assert 1.0 < decode(path, RATE).size / RATE < 4.0
