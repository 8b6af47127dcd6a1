"""Giving a finished file its name so that it survives a power cut."""

from __future__ import annotations

from pathlib import Path

from sidecar.operating_system import replace, sync, sync_folder


def publish(temporary: Path, final: Path) -> None:
    """Fsync a file, rename it over its final name, fsync the folder: it is there whole, or not at all."""
    sync(temporary)
    final.parent.mkdir(parents=True, exist_ok=True)
    replace(temporary, final)
    sync_folder(final.parent)
