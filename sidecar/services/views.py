"""Rows as the wire shows them: absolute paths, no columns that are nobody's business."""

from __future__ import annotations

from typing import Any

from sidecar.store.files import FileStore
from sidecar.store.values import Row

View = dict[str, Any]


def profile_view(files: FileStore, row: Row, sample_count: int) -> View:
    """A profile."""
    shown = _without(row, "name_key")
    avatar = row["avatar_path"] and str(files.absolute(row["avatar_path"]))
    return shown | {
        "sample_count": sample_count,
        "avatar_path": avatar,
        "default_effects": row["default_effects"] or [],
    }


def sample_view(files: FileStore, row: Row) -> View:
    """A sample."""
    return _without(row, "sha256") | {"audio_path": str(files.absolute(row["audio_path"]))}


def generation_view(files: FileStore, row: Row) -> View:
    """A generation, from a row that carries its default version's audio."""
    audio_path = row["audio_path"] and str(files.absolute(row["audio_path"]))
    return _without(row, "seq", "default_version_id") | {"audio_path": audio_path}


def version_view(files: FileStore, row: Row) -> View:
    """A version, from a row that says whether it is the default one."""
    return row | {"audio_path": str(files.absolute(row["audio_path"])), "effects": row["effects"] or []}


def preset_view(row: Row) -> View:
    """A preset of effects that the user has made."""
    return _without(row, "name_key", "created_at", "updated_at") | {"builtin": False}


def transcription_view(files: FileStore, row: Row) -> View:
    """A transcription."""
    shown = _without(row, "seq", "settings")
    audio_path = str(files.absolute(row["audio_path"]))
    return shown | {"audio_path": audio_path, "segments": row["segments"] or [], "words": row["words"] or []}


def job_view(row: Row) -> View:
    """A job."""
    return _without(row, "seq", "lane", "payload", "result", "announced")


def _without(row: Row, *hidden: str) -> View:
    return {name: value for name, value in row.items() if name not in hidden}
