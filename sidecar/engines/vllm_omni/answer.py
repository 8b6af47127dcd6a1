"""A server's answer while it comes in: a streamed WAV file, proven to be what was asked for, turned into samples.

Streamed WAV rather than bare PCM: its header is all that tells the sample rate. The server writes the header before the
first piece and cannot know the length then [serving, `_generate_audio_chunks`].
"""

from __future__ import annotations

import io
import wave

import numpy as np

from sidecar.engines.base import Samples
from sidecar.engines.vllm_omni.faults import broke_off, no_speech, too_long
from sidecar.engines.vllm_omni.spec import SPEC

SAMPLE_BYTES = 2
MOST_HEADER_BYTES = 4096
UNKNOWN_LENGTH = 0x7FFF_0000
"""A header whose data takes this much or more, or nothing, was written before the length was known."""


class SpeechAnswer:
    """Takes the bytes in as they come. `limit_s` is the most speech that may come, `host` whom to tell of."""

    def __init__(self, host: str, limit_s: float) -> None:
        self._host = host
        self._limit_s = limit_s
        self._waiting = b""
        self._promised: int | None = None
        self._in_header = True
        self.samples = 0

    @property
    def seconds(self) -> float:
        """How much speech has come."""
        return self.samples / SPEC.sample_rate

    def take(self, data: bytes) -> Samples:
        """The samples, float32 (n,) at 24 kHz, that this completes. Raises `ServerFault`: it is no such speech."""
        self._waiting += data
        if self._in_header and not self._read_header():
            return np.zeros(0, np.float32)
        whole = len(self._waiting) // SAMPLE_BYTES * SAMPLE_BYTES
        if self._promised is not None:
            whole = min(whole, self._promised - self.samples * SAMPLE_BYTES)
        piece = np.frombuffer(self._waiting[:whole], "<i2").astype(np.float32) / np.float32(32768)
        self.samples += len(piece)
        # After the samples a file may hold other things.
        self._waiting = b"" if self._is_whole() else self._waiting[whole:]
        if self.seconds > self._limit_s:
            raise too_long(self._host, self._limit_s)
        return piece

    def end(self) -> None:
        """The answer is over. Raises `ServerFault` if it was not whole, or no speech."""
        if self._in_header:
            what = f"{len(self._waiting)} bytes that are no WAV file" if self._waiting else "nothing"
            raise no_speech(self._host, what)
        if self._waiting or self._is_whole() is False:
            raise broke_off(self._host, self.seconds)
        if not self.samples:
            raise no_speech(self._host, "a WAV file without a sample")

    def _is_whole(self) -> bool | None:
        """Whether all samples have come that the header promised; None if it could not know."""
        return None if self._promised is None else self.samples * SAMPLE_BYTES >= self._promised

    def _read_header(self) -> bool:
        """Take the header off, if all of it is there."""
        if not b"RIFF".startswith(self._waiting[:4]):
            raise no_speech(self._host, "something that is no WAV file")
        file = io.BytesIO(self._waiting)
        try:
            with wave.open(file) as header:
                shape = header.getnchannels(), header.getsampwidth(), header.getframerate()
                length = header.getnframes() * SAMPLE_BYTES
                begin = file.tell()
        except (wave.Error, EOFError, RuntimeError) as fault:
            # The last where a part says that it is longer than what has come.
            if len(self._waiting) >= MOST_HEADER_BYTES or "format" in str(fault):
                raise no_speech(self._host, f"a WAV file that cannot be read ({fault})") from fault
            return False
        if shape != (1, SAMPLE_BYTES, SPEC.sample_rate):
            channels, width, rate = shape
            raise no_speech(self._host, f"a WAV file of {channels} channels, {8 * width} bits, {rate:,} Hz")
        self._waiting = self._waiting[begin:]
        self._promised = length if 0 < length < UNKNOWN_LENGTH else None
        self._in_header = False
        return True
