"""Any container that FFmpeg reads, as mono or stereo float32 at the rate that is asked for.

FFmpeg is handed an opened regular file and may open nothing else itself, so that a playlist or a "concat" script
in disguise reaches neither the network nor another file. It decodes sound and nothing else: to look at a picture that
comes with a recording, it would unpack it, however large. A damaged packet is left out, as players do; a file of
which nothing can be decoded is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import chain, groupby
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
import soxr
from av.codec.codec import UnknownCodecError
from av.container import InputContainer
from numpy.typing import NDArray

from sidecar.audio.samples import Samples, regroup
from sidecar.errors import InvalidAudio, InvalidParams, NotFound, from_os_error

FORMATS = "wav, flac, mp3, ogg, opus, m4a, aac, mp4 or webm"
LARGEST_SAMPLE = 16.0
"""Float files may hold any number; beyond +24 dBFS it is damage, and its square would overflow a measure."""
SOURCE_RATES = (1_000, 768_000)
"""Sample rates (Hz) that recordings have; a damaged header claims others."""


@dataclass(frozen=True)
class AudioInfo:
    """What a file says of itself. `duration_s` is the container's claim, or counted where it makes none."""

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_s: float
    size_bytes: int


def probe(path: Path) -> AudioInfo:
    """Read the headers of a recording.

    Raises:
        InvalidAudio: not a file, empty, not audio, or damaged beyond reading; `data.reason` says which.
        InvalidParams: the path is not absolute.
        NotFound: there is no such file.
        StorageError: the file may not be read.

    """
    with _opened(path) as container:
        stream = container.streams.audio[0]
        claimed = container.duration
        return AudioInfo(
            container=container.format.name,
            codec=stream.codec_context.name,
            sample_rate=_checked_rate(stream.codec_context.sample_rate, path),
            channels=stream.codec_context.channels,
            duration_s=claimed / av.time_base if claimed and claimed > 0 else _counted_s(container),
            size_bytes=container.size,
        )


def blocks(path: Path, sample_rate: int, block_s: float = 30.0, channels: int = 1) -> Iterator[Samples]:
    """The whole recording as blocks of `block_s` seconds at `sample_rate` Hz, the last shorter: mono, or (samples, 2).

    Memory does not grow with the length of the recording. Raises what `probe` raises.
    """
    with _opened(path) as container:
        pieces = _resampled(_frames(container), sample_rate, path, channels)
        first = next(pieces, None)
        if first is None:
            raise _corrupt(path)
        yield from regroup(chain([first], pieces), max(1, round(block_s * sample_rate)))


def decode(
    path: Path, sample_rate: int, start_s: float = 0.0, end_s: float | None = None, max_s: float | None = None
) -> Samples:
    """The seconds from `start_s` to `end_s` (the end when None), at most `max_s` of them, mono at `sample_rate` Hz.

    Raises:
        InvalidParams: the range is empty or negative.
        InvalidAudio: as `probe`; also with reason "too_short" when the recording ends before `start_s`.
        NotFound, StorageError: as `probe`.

    """
    if start_s < 0.0 or (end_s is not None and end_s <= start_s):
        raise InvalidParams(
            f"The range from {start_s:g} s to {end_s} s holds nothing. Give start_s at or above 0 and end_s above it."
        )
    ends = [end for end in (end_s, None if max_s is None else start_s + max_s) if end is not None]
    first = round(start_s * sample_rate)
    last = round(min(ends) * sample_rate) if ends else None
    parts = list(_between(blocks(path, sample_rate), first, last))
    if not parts:
        raise InvalidAudio(
            f"The recording ends before {start_s:g} s, where reading should start. Choose an earlier start_s.",
            reason="too_short",
            limit=start_s,
        )
    return np.concatenate(parts)


def _between(pieces: Iterator[Samples], first: int, last: int | None) -> Iterator[Samples]:
    position = 0
    for piece in pieces:
        part = piece[max(0, first - position) : None if last is None else max(0, last - position)]
        position += piece.size
        if part.size:
            yield part
        if last is not None and position >= last:
            return


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    with _regular_file(path) as file:
        try:
            options = {"protocol_whitelist": "none", "codec_whitelist": _audio_decoders()}
            with av.open(file, "r", metadata_errors="ignore", options=options) as container:
                if not container.streams.audio:
                    raise InvalidAudio(
                        f"{path.name!r} holds no sound. Give a recording as {FORMATS}.", reason="no_audio_stream"
                    )
                if container.streams.audio[0].codec_context is None:
                    raise _unknown(path)
                yield container
        except av.FFmpegError as error:
            raise InvalidAudio(
                f"{path.name!r} is not audio that can be read ({error.strerror}). Give a recording as {FORMATS}.",
                reason="not_audio",
            ) from error


@cache
def _audio_decoders() -> str:
    """The names of all of FFmpeg's decoders of sound, as its options take them."""
    names = set()
    for name in av.codecs_available:
        with suppress(UnknownCodecError):  # It only encodes.
            codec = av.Codec(name, "r")
            names |= {codec.name} if codec.type == "audio" else set()
    return ",".join(sorted(names))


def _regular_file(path: Path) -> BinaryIO:
    if not path.is_absolute():
        raise InvalidParams(f"The path {str(path)!r} is not absolute. Give the full path of a file on this computer.")
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise InvalidAudio(f"{path.name!r} is a folder or a device, not a file.", reason="not_a_file")
        if status.st_size == 0:
            raise InvalidAudio(f"{path.name!r} is empty (0 bytes). Record or export it again.", reason="empty_file")
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotFound(f"There is no file {str(path)!r}.", resource="file", id=str(path)) from error
    except OSError as error:
        raise from_os_error(error, f"Reading {path.name!r}") from error
    except ValueError as error:
        raise InvalidParams(f"{str(path)!r} cannot be a path: {error}.") from error


def _frames(container: InputContainer) -> Iterator[av.AudioFrame]:
    packets = container.demux(container.streams.audio[0])
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return  # The rest of a damaged container: what was decoded so far is the recording.
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue  # One damaged packet; `blocks` refuses a file in which every one is.


def _resampled(frames: Iterable[av.AudioFrame], sample_rate: int, path: Path, channels: int) -> Iterator[Samples]:
    for source_rate, group in groupby(frames, key=lambda frame: frame.sample_rate):
        seconds = regroup((_mixed(frame, path, channels) for frame in group), _checked_rate(source_rate, path))
        if source_rate == sample_rate:
            yield from map(_sound, seconds)
            continue
        resampler = soxr.ResampleStream(source_rate, sample_rate, channels, dtype="float32", quality="HQ")
        for second in seconds:
            yield resampler.resample_chunk(_sound(second))
        rest = np.empty(0 if channels == 1 else (0, channels), np.float32)
        yield resampler.resample_chunk(rest, last=True)


def _mixed(frame: av.AudioFrame, path: Path, channels: int) -> Samples:
    if frame.format.name.startswith("s64"):
        raise _unknown(path)  # The one sample format that PyAV cannot hand over.
    if channels == 2 and frame.layout.nb_channels > 2:
        # FFmpeg knows which speaker each of many channels belongs to.
        (frame,) = av.AudioResampler(layout="stereo").resample(frame)
    array: NDArray[Any] = frame.to_ndarray()
    by_channel = array if frame.format.is_planar else array.reshape(-1, frame.layout.nb_channels).T
    mixed: Samples
    if channels == 1:
        mixed = by_channel.mean(axis=0, dtype=np.float32)
    else:
        mixed = np.repeat(by_channel.T.astype(np.float32), 2 // len(by_channel), axis=1)
    if array.dtype.kind == "u":
        return mixed / np.float32(128.0) - np.float32(1.0)  # The only unsigned format that FFmpeg has is 8 bits wide.
    if array.dtype.kind == "i":
        return mixed / np.float32(-int(np.iinfo(array.dtype).min))
    return mixed


def _sound(samples: Samples) -> Samples:
    finite: Samples = np.nan_to_num(samples, nan=0.0, posinf=LARGEST_SAMPLE, neginf=-LARGEST_SAMPLE)
    return np.clip(finite, -LARGEST_SAMPLE, LARGEST_SAMPLE)


def _counted_s(container: InputContainer) -> float:
    return float(sum(frame.samples / frame.sample_rate for frame in _frames(container)))


def _checked_rate(sample_rate: int, path: Path) -> int:
    if not SOURCE_RATES[0] <= sample_rate <= SOURCE_RATES[1]:
        raise _corrupt(path)
    return sample_rate


def _corrupt(path: Path) -> InvalidAudio:
    return InvalidAudio(
        f"{path.name!r} is damaged or cut off: nothing in it can be decoded. Record or export it again.",
        reason="corrupt",
    )


def _unknown(path: Path) -> InvalidAudio:
    return InvalidAudio(
        f"{path.name!r} is packed in a way that is not known here. Give a recording as {FORMATS}.",
        reason="unknown_codec",
    )
