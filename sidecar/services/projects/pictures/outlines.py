"""A project's clips as the engine process draws them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sidecar.services.projects.lengths import clip_length, fade_of, source_length
from sidecar.store.files import FileStore
from sidecar.store.values import Row


def outlined(files: FileStore, clips: Iterable[Row], rate: int) -> dict[str, list[dict[str, Any]]]:
    """Those that have audio by the ids of their tracks, with the fields of `sidecar.audio.outline.OutlinedClip`."""
    by_track: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for clip in clips:
        if clip["audio_path"]:
            by_track[clip["track_id"]].append(_outlined(files, clip, rate))
    return by_track


def _outlined(files: FileStore, clip: Row, rate: int) -> dict[str, Any]:
    return {
        "id": clip["id"],
        "path": str(files.absolute(clip["audio_path"])),
        "start": clip["start"],
        "length": clip_length(clip, rate),
        "skipped": clip["trim_start"],
        "played": source_length(clip, rate),
        "gain_db": clip["gain_db"],
        "fade_in": fade_of(clip, "fade_in").model_dump(),
        "fade_out": fade_of(clip, "fade_out").model_dump(),
    }
