"""Where a file may be written for the user."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sidecar.durable import publish
from sidecar.errors import InvalidParams, NotFound, from_os_error


def require_target(path: str, data_dir: Path, parameter: str = "path") -> None:
    """Raise unless a file can be put there: its folder exists, it is no folder itself, and nothing of ours is near.

    Raises:
        NotFound: there is no such folder.
        InvalidParams: something that is no file is there, or it lies in the data folder.

    """
    target = Path(path)
    if not target.parent.is_dir():
        raise NotFound(f"There is no folder {target.parent}; make it first.", resource="folder", id=str(target.parent))
    if target.exists() and not target.is_file():
        raise InvalidParams.about(parameter, f"{target} is there already and is no ordinary file; choose another name.")
    if _lies_in(target.parent.resolve(), data_dir):
        raise InvalidParams.about(parameter, f"{target} lies in the data folder; choose a place outside of {data_dir}.")


def _lies_in(folder: Path, data_dir: Path) -> bool:
    """Asked of the file system and not of the names: case and mounts give one folder several that do not look alike."""
    return data_dir.is_dir() and any(parent.samefile(data_dir) for parent in (folder, *folder.parents))


async def write_target(path: str, content: str | bytes) -> None:
    """Write a file, text as UTF-8, where `require_target` has found that one can be put; whole, or not at all.

    What was there before stays until then, whatever ends the program or fills the disk meanwhile.

    Raises:
        StorageError: it could not be written.

    """
    data = content.encode() if isinstance(content, str) else content
    try:
        await asyncio.to_thread(_write, Path(path), data)
    except OSError as fault:
        raise from_os_error(fault, f"Writing {path}") from fault


def _write(target: Path, data: bytes) -> None:
    # Always the same name, so that the next write takes away what a kill leaves.
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(data)
        publish(part, target)
    finally:
        part.unlink(missing_ok=True)
