"""Whether a clip can be heard at all."""

from __future__ import annotations

from sidecar.errors import Conflict
from sidecar.store.values import Row


def name_of(clip: Row) -> str | None:
    """What a clip, a row as `clips_of` gives it, is called; None for silence without a label."""
    name: str | None = clip["label"] or clip["source_name"]
    return name


def require_audio(clip: Row) -> None:
    """Raise `Conflict` if what a clip plays has no audio yet; silence needs none."""
    if clip["source_id"] is not None and clip["audio_path"] is None:
        raise Conflict(
            f"The clip {name_of(clip)!r} has no audio: its generation is {clip['status']}. Wait for its job, retry it, "
            "or mute the clip.",
            resource="clip",
            id=clip["id"],
        )
