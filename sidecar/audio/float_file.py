"""Speech on its way between two steps: a WAV file of 32-bit floats, which neither clips nor rounds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import soundfile

from sidecar.audio.samples import Samples
from sidecar.errors import StorageError

Header = Literal["WAV", "RF64"]


class FloatFile:
    """A file that is written, and whole when its block is left. A plain WAV header ends at 4 GiB, RF64 does not.

    Every method raises `StorageError` where the disk refuses: libsndfile says neither which call failed nor why.
    """

    def __init__(self, path: Path, sample_rate: int, channels: int = 1, header: Header = "WAV") -> None:
        self._path = path
        with self._told():
            self._file = soundfile.SoundFile(path, "w", sample_rate, channels, "FLOAT", format=header)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        with self._told():
            self._file.close()

    def write(self, samples: Samples) -> None:
        """Add samples, float32 (n,), or (n, channels)."""
        with self._told():
            self._file.write(samples)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except soundfile.LibsndfileError as fault:
            raise StorageError(
                f"Writing {self._path.name!r} failed: {fault.error_string} Check the free space and the permissions of "
                "the folder, then try again.",
                path=str(self._path),
            ) from fault
