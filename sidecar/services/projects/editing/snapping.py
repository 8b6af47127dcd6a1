"""Times that are moved to where a cut or a beginning does least harm: a zero crossing, or the edge of a word."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import Conflict, InvalidParams
from sidecar.services.projects.editing.clips import require_length
from sidecar.services.projects.editing.edit import project_of
from sidecar.services.projects.lengths import clip_end
from sidecar.services.projects.rendering.plan import preparation_key
from sidecar.services.projects.rendering.preparing import keeping_prepared, prepare_clip
from sidecar.store import projects as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import project_clips
from sidecar.store.values import Row

Snap = Literal["none", "zero_crossing", "word"]

UNKNOWN_LANGUAGE = "en"
REACH_S = 0.05
"""How far away a zero crossing may be: a period of 20 Hz, the lowest sound that is heard."""


class Words(Protocol):
    """Knows when words are said."""

    async def words_in(self, audio_path: str, text: str, language: str) -> list[Row]:
        """Every word of the text with `start_s` and `end_s`, from the beginning of a stored file."""


class Snapping:
    """Finds places to snap to."""

    def __init__(self, database: Database, files: FileStore, audio: EnginePool, words: Words) -> None:
        self._database = database
        self._files = files
        self._audio = audio
        self._words = words

    async def cut(self, clip_id: str, at_s: float, snap: Snap) -> float:
        """The place within a clip nearest to this time of the timeline at which to cut it in two.

        Raises:
            NotFound: there is no such clip.
            Conflict: it has no audio yet or no text, or no word begins or ends in it.
            InvalidParams: it is silence, and zero crossings are asked for.
            Unsupported: the packages for its effects or its speed are not installed.

        """
        return await self._snapped(clip_id, at_s, snap, beyond=False)

    async def edge(self, clip_id: str, at_s: float, snap: Snap) -> float:
        """The place nearest to this time at which a clip may begin or end, be it in what is cut off now.

        Raises what `cut` raises.
        """
        return await self._snapped(clip_id, at_s, snap, beyond=True)

    async def beside(self, clip_id: str, at_s: float) -> float:
        """The edge of a word nearest to this time, of the other clips that play then.

        Raises:
            NotFound: there is no such clip.
            Conflict: no clip with words plays then.

        """
        heard, rate = await self._database.read(lambda connection: _heard_at(connection, clip_id, at_s))
        edges = [edge for clip in heard for edge in await self._word_edges(clip, rate, beyond=False)]
        return _nearest(at_s, edges)

    async def _snapped(self, clip_id: str, at_s: float, snap: Snap, beyond: bool) -> float:
        if snap == "none":
            return at_s
        clip, rate = await self._database.read(lambda connection: _clip_and_rate(connection, clip_id))
        require_length(clip, rate)
        if snap == "word":
            return _nearest(at_s, await self._word_edges(clip, rate, beyond))
        return await self._zero_crossing(clip, rate, at_s)

    async def _word_edges(self, clip: Row, rate: int, beyond: bool) -> list[float]:
        """Where words begin and end on the timeline: those that the clip plays, or all of its source."""
        if clip["audio_path"] is None or not clip["text"]:
            raise Conflict("Only what was spoken here has words to snap to.", resource="clip", id=clip["id"])
        words = await self._words.words_in(clip["audio_path"], clip["text"], clip["language"] or UNKNOWN_LANGUAGE)
        beginning = (clip["start"] - clip["trim_start"]) / rate
        edges = [beginning + word[edge] / clip["speed"] for word in words for edge in ("start_s", "end_s")]
        return [edge for edge in edges if beyond or clip["start"] < round(edge * rate) < clip_end(clip, rate)]

    async def _zero_crossing(self, clip: Row, rate: int, at_s: float) -> float:
        with keeping_prepared(self._files, [clip]):
            path, source_rate = await self._heard_file(clip)
            beginning = (clip["start"] - clip["trim_start"]) / rate
            place = {"at": max(0, round((at_s - beginning) * source_rate)), "reach": round(REACH_S * source_rate)}
            found = await self._audio.call("timeline.zero_crossing", {"path": str(path)} | place)
        return float(beginning + found["at"] / source_rate)

    async def _heard_file(self, clip: Row) -> tuple[Path, int]:
        """The file that the clip plays, through its effects and at its speed, and its sample rate."""
        if clip["audio_path"] is None:
            raise InvalidParams.about("snap", "The clip is silence, which can be cut anywhere.")
        if key := preparation_key(clip):
            prepared = await prepare_clip(self._files, self._audio, key, clip)
            return prepared.path, prepared.sample_rate
        return self._files.absolute(clip["audio_path"]), clip["sample_rate"]


def _clip_and_rate(connection: Connection, clip_id: str) -> tuple[Row, int]:
    project = store.project(connection, project_of(connection, project_clips, clip_id))
    (clip,) = store.clips_named(connection, project["id"], [clip_id])
    return clip, project["sample_rate"]


def _heard_at(connection: Connection, clip_id: str, at_s: float) -> tuple[list[Row], int]:
    """The other clips with a text that play at a time, those of the clip's group left out."""
    clip, rate = _clip_and_rate(connection, clip_id)
    at = round(at_s * rate)
    others = [
        other
        for other in store.clips_of(connection, clip["project_id"], project_clips.c.start <= at)
        if other["id"] != clip_id
        and (clip["group_id"] is None or other["group_id"] != clip["group_id"])
        and other["audio_path"]
        and other["text"]
        and at < clip_end(other, rate)
    ]
    return others, rate


def _nearest(at_s: float, places: Iterable[float]) -> float:
    found = min(places, key=lambda place: abs(place - at_s), default=None)
    if found is None:
        raise Conflict(f"No word is said near {at_s:g} s; ask without snap.", resource="project")
    return found
