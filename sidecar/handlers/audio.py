"""`audio.*`."""

from __future__ import annotations

from sidecar.schema.audio import (
    AudioBytes,
    AudioConvertParams,
    AudioInfo,
    AudioProbeParams,
    AudioReadParams,
    AudioWaveformParams,
    Converted,
    Validation,
    Waveform,
)
from sidecar.services.audio import AudioService, AudioSource
from sidecar.services.incoming import GivenAudio


class AudioHandlers:
    """Looking at audio."""

    def __init__(self, audio: AudioService) -> None:
        self._audio = audio

    async def probe(self, params: AudioProbeParams) -> AudioInfo:
        """Tell what a file says of itself."""
        return AudioInfo(**await self._audio.probe(GivenAudio(params.path, params.data)))

    async def validate(self, params: AudioProbeParams) -> Validation:
        """Judge a recording as a reference sample: every measure beside its limit."""
        return Validation(**await self._audio.validate(GivenAudio(params.path, params.data)))

    async def waveform(self, params: AudioWaveformParams) -> Waveform:
        """Give the lowest and highest sample of each column, for drawing."""
        source = AudioSource(**params.model_dump(exclude={"buckets"}))
        return Waveform(**await self._audio.waveform(source, params.buckets))

    async def read(self, params: AudioReadParams) -> AudioBytes:
        """Read a part of a file as base64."""
        source = AudioSource(**params.model_dump(exclude={"offset", "length"}))
        return AudioBytes(**await self._audio.read(source, params.offset, params.length))

    async def convert(self, params: AudioConvertParams) -> Converted:
        """Write a file again in another format."""
        return Converted(**await self._audio.convert(params.path, params.path_out, params.format, params.sample_rate))
