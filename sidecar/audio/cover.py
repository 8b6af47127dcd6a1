"""The picture that a file of sound shows in a player."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from av.container import OutputContainer
from av.stream import Disposition

from sidecar.errors import InvalidParams, NotFound, from_os_error

CODECS = ("png", "mjpeg")
MOST_PIXELS = 25_000_000
"""FFmpeg unpacks a picture to learn its size, and a file of a megabyte may unpack to gigabytes."""
LARGEST_BYTES = 10 << 20
"""Players load the whole of it before they show anything."""
OPTIONS = {
    "protocol_whitelist": "none",
    "format_whitelist": "png_pipe,jpeg_pipe,mjpeg",
    "codec_whitelist": ",".join(CODECS),
}
"""Formats of one stream only, so that its options are all that there are."""


@dataclass(frozen=True)
class Cover:
    """A picture as it lies in its file: FFmpeg's name of its codec, its size in pixels, its bytes."""

    codec: str
    width: int
    height: int
    data: bytes


def read_cover(path: Path) -> Cover:
    """A PNG or JPEG picture of at most 10 MB and 25 million pixels.

    Raises:
        InvalidParams: it is no such picture, or larger.
        NotFound: there is no such file.
        StorageError: it may not be read.

    """
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise InvalidParams.about(
                "cover_path",
                f"{path.name!r} has {size >> 20} MB; a cover may have {LARGEST_BYTES >> 20}. Make it smaller.",
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {str(path)!r}.", resource="file", id=str(path)) from error
    except OSError as error:
        raise from_os_error(error, f"Reading {path.name!r}") from error
    return _examined(path, data)


def _examined(path: Path, data: bytes) -> Cover:
    try:
        # PyAV's own types are wrong about what these options are.
        limits: Any = [{"max_pixels": str(MOST_PIXELS)}]
        with av.open(BytesIO(data), options=OPTIONS, stream_options=limits) as container:
            context = container.streams.video[0].codec_context
            found = Cover(context.name, context.width, context.height, data)
    except (av.FFmpegError, IndexError) as error:
        raise _no_picture(path) from error
    if found.codec not in CODECS or not found.width:
        raise _no_picture(path)
    return found


def _no_picture(path: Path) -> InvalidParams:
    return InvalidParams.about(
        "cover_path",
        f"{path.name!r} is no picture that can be read. Give a PNG or JPEG file of at most {MOST_PIXELS // 1_000_000} "
        "million pixels.",
    )


def attach(container: OutputContainer, cover: Cover) -> av.Packet[Any]:
    """Make room for the cover; gives the packet to hand over first, once the container's header is written."""
    stream = container.add_mux_stream(cover.codec, width=cover.width, height=cover.height)
    stream.disposition = Disposition.attached_pic
    packet = av.Packet(cover.data)
    packet.stream = stream
    packet.time_base = Fraction(1, 1)
    packet.pts = packet.dts = 0
    packet.is_keyframe = True
    return packet
