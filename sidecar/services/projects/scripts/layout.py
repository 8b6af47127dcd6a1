"""Where the lines of a script lie on the timeline: one after another with their gaps, whatever tracks they are on.

A line's room is from its start to the start of the next one: what it plays, and the gap after it. A line without
audio takes none.
"""

from __future__ import annotations

from sidecar.errors import NotFound
from sidecar.services.projects.editing.clips import add_clip
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.editing.tracks import add_track
from sidecar.services.projects.lengths import clip_end, clip_length
from sidecar.store import project_lines
from sidecar.store import projects as store
from sidecar.store.tables import project_clips, project_markers
from sidecar.store.tables import project_lines as lines_table
from sidecar.store.values import Row
from sidecar.text.dialogue.cues import name_key
from sidecar.text.dialogue.gaps import gap_after
from sidecar.text.dialogue.lines import DialogueLine


class Layout:
    """The lines and clips of a project within one edit of it; each method changes what the edit will write."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit
        self._lines = edit.lines()
        clips = edit.clips()
        self._clips = {clip["id"]: clip for clip in clips}
        self._at = {(clip["track_id"], clip["generation_id"], clip["start"]): clip for clip in clips}
        self._markers = {marker["id"]: marker for marker in edit.markers()}
        self._sounding = project_lines.with_audio(edit.connection, edit.project["id"])
        self._tracks = {name_key(track["name"]): track["id"] for track in reversed(edit.tracks())}

    def lay_out(self, lead_s: float | None) -> None:
        """Put all lines one after another, from `lead_s` seconds on, or, if None, from where the first clip lies.

        A line that has audio and never had a clip gets one; one whose clip was removed stays out.
        """
        at = self._first_start() if lead_s is None else self._edit.samples(lead_s)
        for line in self._lines:
            pieces = self._pieces(line) or self._first_take(line, at)
            self._move(pieces, at - pieces[0]["start"] if pieces else 0)
            self._mark(line, at)
            at += self._room(line, pieces)

    def change(self, line_id: str, values: Row) -> None:
        """Change columns of a line; what comes after it moves by as much as it grows or shrinks.

        Another `generation_id` is another take: it is played from the line's start, whole, in the place of all the
        pieces that the old one was split into. Another `speaker` is another track. Raises `NotFound`.
        """
        place = self._place(line_id)
        old = self._lines[place]
        line = old | values
        pieces = self._pieces(old)
        room = self._room(old, pieces)
        if line["speaker"] != old["speaker"]:
            pieces = self._on_track(pieces, self._track(line["speaker"]))
        if line["generation_id"] != old["generation_id"]:
            pieces = self._retaken(line, pieces, self._start(place))
            line["clip_id"] = pieces[0]["id"]
        self._edit.put(lines_table, line)
        self._move_later(place, self._room(line, pieces) - room)

    def insert(self, line: Row, after_id: str | None) -> None:
        """Put a new line, which has audio, behind another or before all; later ones make room. Raises `NotFound`.

        A gap that is not said becomes a natural one: the new line's (None), and the last one's (0) if it goes on now.
        """
        place = 0 if after_id is None else self._place(after_id) + 1
        if place and place == len(self._lines) and not self._lines[-1]["gap_after_s"]:
            self._lines[-1] |= {"gap_after_s": _natural_gap(self._lines[-1], line)}
            self._edit.put(lines_table, self._lines[-1])
        if line["gap_after_s"] is None:
            following = self._lines[place] if place < len(self._lines) else None
            line = line | {"gap_after_s": _natural_gap(line, following)}
        start = self._start(place)
        pieces = self._retaken(line, [], start)
        self._lines.insert(place, line | {"clip_id": pieces[0]["id"], "position": place})
        for position, other in enumerate(self._lines[place:], place):
            self._edit.put(lines_table, other | {"position": position})
        self._move_later(place, self._room(line, pieces))

    def remove(self, line_id: str) -> None:
        """Take a line out with its clip; later ones close up, the next one begins its chapter. Raises `NotFound`."""
        place = self._place(line_id)
        line = self._lines.pop(place)
        pieces = self._pieces(line)
        for piece in pieces:
            self._edit.remove(project_clips, piece["id"])
        self._edit.remove(lines_table, line_id)
        self._move_later(place - 1, -self._room(line, pieces))
        self._pass_on_marker(line, place)
        for position, other in enumerate(self._lines[place:], place):
            self._edit.put(lines_table, other | {"position": position})

    def _place(self, line_id: str) -> int:
        for place, line in enumerate(self._lines):
            if line["id"] == line_id:
                return place
        raise NotFound(
            f"There is no line {line_id!r}; projects.list_lines says which there are.", resource="line", id=line_id
        )

    def _pieces(self, line: Row) -> list[Row]:
        """The clip of a line, and those that a split has made of it, as long as they lie end to end on its track."""
        clip = self._clips.get(line["clip_id"])
        pieces: list[Row] = []
        while clip is not None:
            pieces.append(clip)
            start, end = clip["start"], clip_end(clip, self._edit.rate)
            may_go_on = end > start and line["generation_id"] is not None
            clip = self._at.get((clip["track_id"], line["generation_id"], end)) if may_go_on else None
        return pieces

    def _room(self, line: Row, pieces: list[Row]) -> int:
        length = sum(clip_length(piece, self._edit.rate) for piece in pieces)
        return length + self._edit.samples(line["gap_after_s"]) if length else 0

    def _start(self, place: int) -> int:
        """Where the line at a place begins, or would, had it a clip: behind the last one before it that has."""
        if place < len(self._lines) and (pieces := self._pieces(self._lines[place])):
            return int(pieces[0]["start"])
        for line in reversed(self._lines[:place]):
            if pieces := self._pieces(line):
                return int(pieces[0]["start"]) + self._room(line, pieces)
        return self._first_start()

    def _first_start(self) -> int:
        return min((pieces[0]["start"] for line in self._lines if (pieces := self._pieces(line))), default=0)

    def _first_take(self, line: Row, start: int) -> list[Row]:
        """A clip for a line that has audio and no clip; it is the line's from now on."""
        if line["clip_id"] is not None or line["generation_id"] not in self._sounding:
            return []
        pieces = self._retaken(line, [], start)
        self._edit.put(lines_table, line | {"clip_id": pieces[0]["id"]})
        return pieces

    def _retaken(self, line: Row, pieces: list[Row], start: int) -> list[Row]:
        """The line's generation, whole, in the first of its pieces, or in a new clip if it has none."""
        source_id = self._edit.generation_source(line["generation_id"], None)
        if not pieces:
            return [add_clip(self._edit, self._track(line["speaker"]), source_id, start=start)]
        for piece in pieces[1:]:
            self._edit.remove(project_clips, piece["id"])
        whole = {"source_id": source_id, "trim_start": 0, "trim_end": 0, "fade_in_offset": 0, "fade_out_offset": 0}
        clip = pieces[0] | whole | store.played(self._edit.connection, source_id)
        length = clip_length(clip, self._edit.rate)
        clip |= {fade: min(clip[fade], length) for fade in ("fade_in", "fade_out")}
        self._edit.put(project_clips, clip)
        return [clip]

    def _on_track(self, pieces: list[Row], track_id: str) -> list[Row]:
        moved = [piece | {"track_id": track_id} for piece in pieces]
        for piece in moved:
            self._edit.put(project_clips, piece)
        return moved

    def _track(self, speaker: str) -> str:
        """The track of a speaker, a new one if there is none."""
        key = name_key(speaker)
        if key not in self._tracks:
            self._tracks[key] = add_track(self._edit, name=speaker)["id"]
        return str(self._tracks[key])

    def _move(self, pieces: list[Row], shift: int) -> None:
        for piece in pieces:
            self._edit.put(project_clips, piece | {"start": max(0, piece["start"] + shift)})

    def _mark(self, line: Row, at: int) -> None:
        if marker := self._markers.get(line["marker_id"]):
            self._edit.put(project_markers, marker | {"at": max(0, at)})

    def _move_later(self, place: int, shift: int) -> None:
        """Move what is said after the line at a place, and the marks of the chapters that begin there."""
        if shift == 0:
            return
        for line in self._lines[place + 1 :]:
            self._move(self._pieces(line), shift)
            if marker := self._markers.get(line["marker_id"]):
                self._mark(line, marker["at"] + shift)

    def _pass_on_marker(self, line: Row, place: int) -> None:
        if line["marker_id"] not in self._markers:
            return
        if place < len(self._lines) and self._lines[place]["marker_id"] is None:
            self._lines[place] |= {"marker_id": line["marker_id"]}
            return
        self._edit.remove(project_markers, line["marker_id"])


def _natural_gap(line: Row, following: Row | None) -> float:
    return gap_after(_spoken(line), None if following is None else _spoken(following))


def _spoken(line: Row) -> DialogueLine:
    return DialogueLine(line["number"] or 0, line["speaker"], line["text"])
