"""Mono or stereo samples into a file: PCM and the compressed formats, all through FFmpeg."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO, Literal, cast

import av
import numpy as np
import soxr
from av.audio.stream import AudioStream
from av.container import OutputContainer
from numpy.typing import NDArray

from sidecar.audio.chapters import Chapter, as_comments, as_ffmpeg
from sidecar.audio.cover import Cover, attach
from sidecar.audio.samples import Samples
from sidecar.audio.tags import Tags
from sidecar.errors import InvalidParams, from_os_error

FRAME = 4_096
"""Samples handed over at a time; FFmpeg regroups them as the codec wants."""
_INTEGER_SCALE = 32_768
_DEEP_SCALE = 8_388_608
STEREO_RATE = 1.5
"""The bit rate of stereo beside that of mono: the two channels of speech and music have much in common."""


@dataclass(frozen=True)
class Format:
    """A file format as FFmpeg knows it. `rates` are the sample rates (Hz) that the codec takes, None for any.

    `text_tag` and `software_tag` are what players read as the words and as the program, `tags` what every file says.
    Chapters have a place of their own, or are comments among the tags, or find none; a picture has one or none.
    `deep_codec` is the one for 24 bits, where there is one. `bit_rate` is that of mono.
    """

    container: str
    codec: str
    rates: tuple[int, ...] | None = None
    bit_rate: int | None = None
    options: dict[str, str] = field(default_factory=dict)
    text_tag: str = "lyrics"
    software_tag: str = "encoded_by"
    tags: dict[str, str] = field(default_factory=dict)
    chapters: Literal["own", "comments"] | None = None
    cover: bool = False
    deep_codec: str | None = None


@dataclass(frozen=True)
class Layout:
    """How samples lie in a file: one channel or two, 16 bits or 24; the bit rate, for lossy formats, if not theirs."""

    channels: int = 1
    bit_depth: int = 16
    bit_rate: int | None = None

    @property
    def name(self) -> str:
        """FFmpeg's."""
        return "mono" if self.channels == 1 else "stereo"


MONO = Layout()

_OPUS = Format("ogg", "libopus", rates=(8_000, 12_000, 16_000, 24_000, 48_000), bit_rate=96_000, chapters="comments")
_MP3_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
# FFmpeg's "ipod" writes the same but takes no picture.
_M4A = Format(
    "mp4",
    "aac",
    rates=(*_MP3_RATES, 64_000, 88_200, 96_000),
    bit_rate=128_000,
    options={"brand": "M4A "},
    chapters="own",
    cover=True,
)

FORMATS: dict[str, Format] = {
    # Past 4 GiB, 24 hours at 24 kHz, plain WAV headers overflow. Its tags are a LIST of INFO, which knows no lyrics.
    "wav": Format(
        "wav",
        "pcm_s16le",
        options={"rf64": "auto"},
        text_tag="comment",
        software_tag="ISFT",
        deep_codec="pcm_s24le",
    ),
    "flac": Format("flac", "flac", chapters="comments", cover=True, deep_codec="flac"),
    # Windows reads ID3 2.3 and not 2.4.
    "mp3": Format(
        "mp3",
        "libmp3lame",
        rates=_MP3_RATES,
        bit_rate=128_000,
        options={"id3v2_version": "3"},
        software_tag="TSSE",
        chapters="own",
        cover=True,
    ),
    "ogg": _OPUS,
    "opus": _OPUS,
    "m4a": _M4A,
    "m4b": replace(_M4A, options={"brand": "M4B "}, tags={"media_type": "2"}),
}
"""What can be written, by the name that the caller gives. An .ogg file holds Opus; an .m4b one is a book."""


@dataclass(frozen=True)
class Written:
    """What came of it; `sample_rate` (Hz) is the file's own, the nearest that its codec takes."""

    size_bytes: int
    duration_s: float
    sample_rate: int


def write_wav(path: Path, samples: Samples, sample_rate: int) -> Written:
    """Write 16-bit PCM to `path`, which is the caller's temporary name, and have it on the disk on return."""
    return encode(path, [samples], sample_rate, "wav")


def encode(
    path: Path,
    blocks: Iterable[Samples],
    sample_rate: int,
    format: str,
    tags: Tags | None = None,
    chapters: Sequence[Chapter] = (),
    cover: Cover | None = None,
    layout: Layout = MONO,
) -> Written:
    """Write blocks at `sample_rate` Hz, mono or (samples, 2) as `layout` says, to `path`, on the disk on return.

    Equal samples make equal bytes. Samples beyond full scale are limited, never wrapped. What was written when
    an error comes is the caller's to remove.

    Raises:
        InvalidParams: no such format, or it has no place for chapters, a cover or 24 bits that are asked for.
        StorageError: the file cannot be written.

    """
    if format not in FORMATS:
        raise InvalidParams(f"{format!r} cannot be written. Choose one of {', '.join(FORMATS)}.")
    target = FORMATS[format]
    _require_places(format, target, chapters, cover)
    named = target.tags | (tags.named(target.text_tag, target.software_tag) if tags else {})
    if target.chapters == "comments":
        named |= as_comments(chapters)
        chapters = ()
    if layout.bit_depth != 16 and target.deep_codec is None:
        able = (name for name, each in FORMATS.items() if each.deep_codec)
        raise InvalidParams.about("bit_depth", f"A {format} file has no bit depth. Choose one of {', '.join(able)}.")
    rate = file_rate(format, sample_rate)
    heard = at_rate(blocks, sample_rate, rate, layout.channels)
    try:
        with path.open("wb") as file:
            count = _encode(file, heard, rate, target, layout, named, chapters, cover)
            file.flush()
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
    except (OSError, av.error.PyAVCallbackError) as error:
        # What a write raises while FFmpeg ends the file, PyAV tells only as the context of an error of its own.
        cause = error if isinstance(error, OSError) else error.__context__
        if not isinstance(cause, OSError):
            raise
        raise from_os_error(cause, f"Writing {path.name!r}") from error
    return Written(size, count / rate, rate)


def _require_places(format: str, target: Format, chapters: Sequence[Chapter], cover: Cover | None) -> None:
    if chapters and target.chapters is None:
        able = (name for name, each in FORMATS.items() if each.chapters)
        raise InvalidParams.about("chapters", f"A {format} file holds no chapters. Choose one of {', '.join(able)}.")
    if cover is not None and not target.cover:
        able = (name for name, each in FORMATS.items() if each.cover)
        raise InvalidParams.about("cover_path", f"A {format} file holds no cover. Choose one of {', '.join(able)}.")


def _encode(
    file: BinaryIO,
    blocks: Iterable[Samples],
    rate: int,
    target: Format,
    layout: Layout,
    tags: dict[str, str],
    chapters: Sequence[Chapter],
    cover: Cover | None,
) -> int:
    # Bit-exact muxing leaves out the writer's version and random serial numbers: equal samples, equal bytes.
    options = {"fflags": "+bitexact"} | target.options
    with av.open(file, "w", format=target.container, container_options=options) as container:
        codec = (target.deep_codec if layout.bit_depth != 16 else None) or target.codec
        stream = cast(AudioStream, container.add_stream(codec, rate=rate, layout=layout.name))
        if layout.bit_depth != 16:
            stream.codec_context.format = "s32"
        if target.bit_rate is not None:
            stream.bit_rate = layout.bit_rate or round(target.bit_rate * (STEREO_RATE if layout.channels == 2 else 1))
        container.metadata.update(tags)
        container.set_chapters(as_ffmpeg(chapters))
        if cover is not None:
            picture = attach(container, cover)
            container.start_encoding()
            container.mux(picture)
        count = 0
        for block in blocks:
            count = _put(container, stream, block, rate, layout, count)
        container.mux(stream.encode(None))
        return count


def _put(
    container: OutputContainer, stream: AudioStream, block: Samples, rate: int, layout: Layout, position: int
) -> int:
    to_integers, kind = (pcm16, "s16") if layout.bit_depth == 16 else (_pcm24, "s32")
    for start in range(0, len(block), FRAME):
        integers = to_integers(block[start : start + FRAME]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(integers, kind, layout.name)
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


def _pcm24(samples: Samples) -> NDArray[np.int32]:
    """Samples rounded to 24 bits, in the upper ones of 32."""
    scaled: Samples = np.rint(samples * np.float32(_DEEP_SCALE))
    return np.clip(scaled, -_DEEP_SCALE, _DEEP_SCALE - 1).astype(np.int32) << 8


def file_rate(format: str, sample_rate: int) -> int:
    """The sample rate (Hz) that a file has for samples of another, the nearest that the format takes."""
    target = FORMATS[format]
    if target.rates is None or sample_rate in target.rates:
        return sample_rate
    # The next higher rate keeps all that was recorded; above the highest there is only that.
    higher = [rate for rate in target.rates if rate > sample_rate]
    return min(higher) if higher else max(target.rates)


def at_rate(blocks: Iterable[Samples], source_rate: int, rate: int, channels: int = 1) -> Iterator[Samples]:
    """The same sound at another rate (Hz), block by block."""
    if source_rate == rate:
        yield from blocks
        return
    resampler = soxr.ResampleStream(source_rate, rate, channels, dtype="float32", quality="HQ")
    for block in blocks:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.empty(0 if channels == 1 else (0, channels), np.float32), last=True)
