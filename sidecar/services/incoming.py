"""Audio that a caller hands over, by path or as bytes, as a file that an engine process can read."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sidecar.errors import InvalidParams
from sidecar.store.files import FileStore
from sidecar.uninterrupted import in_thread


@dataclass(frozen=True)
class GivenAudio:
    """Exactly one of an absolute path and base64."""

    path: str | None
    data: str | None


@asynccontextmanager
async def as_file(files: FileStore, given: GivenAudio) -> AsyncIterator[Path]:
    """The given audio as a file; bytes are put into a temporary one that is gone afterwards.

    Raises:
        InvalidParams: the bytes are no base64.

    """
    if given.path is not None:
        yield Path(given.path)
        return
    temporary = files.temporary(".upload")
    try:
        await in_thread(_write_decoded, given.data or "", temporary)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _write_decoded(data: str, path: Path) -> None:
    if not data:
        raise InvalidParams.about("data", "There is nothing in it; give the bytes of a recording in base64.")
    try:
        path.write_bytes(base64.b64decode(data, validate=True))
    except ValueError as fault:
        raise InvalidParams.about("data", f"The audio is not base64: {fault}.") from None
