"""Mono samples into a file: PCM and the compressed formats, all through FFmpeg."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, cast

import av
import numpy as np
import soxr
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

from sidecar.audio.samples import Samples
from sidecar.audio.tags import Tags
from sidecar.errors import InvalidParams, from_os_error

FRAME = 4_096
"""Samples handed over at a time; FFmpeg regroups them as the codec wants."""
_INTEGER_SCALE = 32_768


@dataclass(frozen=True)
class Format:
    """A file format as FFmpeg knows it. `rates` are the sample rates (Hz) that the codec takes, None for any.

    `text_tag` and `software_tag` are what players read as the words and as the program.
    """

    container: str
    codec: str
    rates: tuple[int, ...] | None = None
    bit_rate: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    text_tag: str = "lyrics"
    software_tag: str = "encoded_by"


_OPUS = Format("ogg", "libopus", rates=(8_000, 12_000, 16_000, 24_000, 48_000), bit_rate=96_000)
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)

FORMATS: dict[str, Format] = {
    # Past 4 GiB, 24 hours at 24 kHz, plain WAV headers overflow. Its tags are a LIST of INFO, which knows no lyrics.
    "wav": Format("wav", "pcm_s16le", options={"rf64": "auto"}, text_tag="comment", software_tag="ISFT"),
    "flac": Format("flac", "flac"),
    # Windows reads ID3 2.3 and not 2.4.
    "mp3": Format(
        "mp3",
        "libmp3lame",
        rates=_MP3_RATES,
        bit_rate=128_000,
        options={"id3v2_version": "3"},
        software_tag="TSSE",
    ),
    "ogg": _OPUS,
    "opus": _OPUS,
    "m4a": Format("ipod", "aac", rates=(*_MP3_RATES, 64_000, 88_200, 96_000), bit_rate=128_000),
}
"""What can be written, by the name that the caller gives. An .ogg file holds Opus."""


@dataclass(frozen=True)
class Written:
    """What came of it; `sample_rate` (Hz) is the file's own, the nearest that its codec takes."""

    size_bytes: int
    duration_s: float
    sample_rate: int


def write_wav(path: Path, samples: Samples, sample_rate: int) -> Written:
    """Write 16-bit PCM to `path`, which is the caller's temporary name, and have it on the disk on return."""
    return encode(path, [samples], sample_rate, "wav")


def encode(path: Path, blocks: Iterable[Samples], sample_rate: int, format: str, tags: Tags | None = None) -> Written:
    """Write mono blocks at `sample_rate` Hz to `path` and have it on the disk on return.

    Equal samples make equal bytes. Samples beyond full scale are limited, never wrapped. What was written when
    an error comes is the caller's to remove.

    Raises:
        InvalidParams: no such format.
        StorageError: the file cannot be written.

    """
    if format not in FORMATS:
        raise InvalidParams(f"{format!r} cannot be written. Choose one of {', '.join(FORMATS)}.")
    target = FORMATS[format]
    named = tags.named(target.text_tag, target.software_tag) if tags else {}
    rate = _nearest_rate(target, sample_rate)
    try:
        with path.open("wb") as file:
            count = _encode(file, _at_rate(blocks, sample_rate, rate), rate, target, named)
            file.flush()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise from_os_error(error, f"Writing {path.name!r}") from error
    return Written(size, count / rate, rate)


def _encode(file: BinaryIO, blocks: Iterable[Samples], rate: int, target: Format, tags: dict[str, str]) -> int:
    # Bit-exact muxing leaves out the writer's version and random serial numbers: equal samples, equal bytes.
    options = {"fflags": "+bitexact"} | target.options
    with av.open(file, "w", format=target.container, container_options=options) as container:
        stream = cast(AudioStream, container.add_stream(target.codec, rate=rate, layout="mono"))
        if target.bit_rate is not None:
            stream.bit_rate = target.bit_rate
        container.metadata.update(tags)
        count = 0
        for block in blocks:
            count = _put(container, stream, block, rate, count)
        container.mux(stream.encode(None))
        return count


def _put(container: OutputContainer, stream: AudioStream, block: Samples, rate: int, position: int) -> int:
    for start in range(0, block.size, FRAME):
        frame = av.AudioFrame.from_ndarray(pcm16(block[start : start + FRAME])[np.newaxis], "s16", "mono")
        frame.sample_rate = rate
        frame.time_base = Fraction(1, rate)
        frame.pts = position
        position += frame.samples
        container.mux(stream.encode(frame))
    return position


def pcm16(samples: Samples) -> NDArray[np.int16]:
    """Samples rounded to 16 bits, as every file of ours holds them; what is beyond full scale stays there."""
    scaled: Samples = np.rint(samples * np.float32(_INTEGER_SCALE))
    return np.clip(scaled, -_INTEGER_SCALE, _INTEGER_SCALE - 1).astype(np.int16)


def _nearest_rate(target: Format, sample_rate: int) -> int:
    if target.rates is None or sample_rate in target.rates:
        return sample_rate
    # The next higher rate keeps all that was recorded; above the highest there is only that.
    higher = [rate for rate in target.rates if rate > sample_rate]
    return min(higher) if higher else max(target.rates)


def _at_rate(blocks: Iterable[Samples], source_rate: int, rate: int) -> Iterator[Samples]:
    if source_rate == rate:
        yield from blocks
        return
    resampler = soxr.ResampleStream(source_rate, rate, 1, dtype="float32", quality="HQ")
    for block in blocks:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.empty(0, np.float32), last=True)
