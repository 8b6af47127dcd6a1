import io
import itertools

import numpy as np
import pytest
import soundfile

from sidecar.engines.base import Samples
from sidecar.engines.vllm_omni.answer import MOST_HEADER_BYTES, SpeechAnswer
from sidecar.engines.vllm_omni.faults import ServerFault

SAMPLES = (np.arange(-600, 600) / 1000).astype(np.float32)


def wav(samples: Samples = SAMPLES, rate: int = 24_000, subtype: str = "PCM_16") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, subtype, format="WAV")
    return file.getvalue()


def streamed(data: bytes) -> bytes:
    """As a server writes it that cannot know the length."""
    at = data.index(b"data") + 4
    return data[:at] + b"\xff\xff\xff\xff" + data[at + 4 :]


def heard(data: bytes, size: int) -> Samples:
    answer = SpeechAnswer("host", 10)
    pieces = [answer.take(data[start : start + size]) for start in range(0, len(data), size)]
    answer.end()
    assert answer.samples == len(SAMPLES)
    return np.concatenate(pieces)


@pytest.mark.parametrize(("size", "length_is_known"), list(itertools.product((1, 2, 7, 45, 10_000), (True, False))))
def test_the_samples_are_the_same_however_the_bytes_are_cut(size: int, length_is_known: bool) -> None:
    data = wav() if length_is_known else streamed(wav())
    np.testing.assert_allclose(heard(data, size), SAMPLES, atol=1 / 32768)


def test_what_comes_after_the_samples_in_a_whole_file_is_not_heard() -> None:
    assert len(heard(wav() + b"LIST\x04\x00\x00\x00abcd", 100)) == len(SAMPLES)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>no</html>", "no WAV file"),
        (b"", "nothing"),
        (b"RI", "2 bytes that are no WAV file"),
        (wav()[:30], "30 bytes"),
        (wav()[:12] + b"LIST\xff\xff\xff\x7f" + bytes(5_000), "cannot be read"),
        (streamed(wav(np.zeros(0, np.float32))), "without a sample"),
        (wav(rate=16_000), "16,000 Hz"),
        (wav(np.zeros((10, 2), np.float32)), "2 channels"),
        (wav(subtype="PCM_24"), "24 bits"),
        (wav(subtype="FLOAT"), "unknown format"),
        (b"RIFF\xff\xff\xff\xffWAVEjunk\xff\xff\xff\x7f" + bytes(MOST_HEADER_BYTES), "cannot be read"),
    ],
)
def test_what_is_not_the_speech_that_was_asked_for_is_told_as_what_it_is(data: bytes, said: str) -> None:
    with pytest.raises(ServerFault, match=said) as fault:
        heard(data, 10_000)
    assert fault.value.error.data["reason"] == "no_speech"


@pytest.mark.parametrize("data", [streamed(wav())[:-1], wav()[:-2], wav()[:-601]])
def test_an_answer_that_ends_too_soon_is_no_speech(data: bytes) -> None:
    with pytest.raises(ServerFault, match="broke off"):
        heard(data, 100)


def test_an_answer_without_an_end_is_given_up_when_it_is_longer_than_any_speech() -> None:
    answer = SpeechAnswer("host", limit_s=0.5)
    answer.take(streamed(wav()))
    with pytest.raises(ServerFault, match="did not stop speaking"):
        answer.take(bytes(24_000))
