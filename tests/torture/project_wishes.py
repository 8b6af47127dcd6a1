"""Wishes about projects: arranging, undoing, rendering, bundles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.torture.ledger import Key, Wish
from tests.torture.wishes import Chances

LATEST_S = 20.0
RENDER_FORMATS = ("wav", "flac", "mp3")


def create_project(chances: Chances) -> Wish:
    """An empty one."""
    return Wish("projects.create", {"name": chances.name()})


def name_project(chances: Chances) -> Wish:
    """Another name."""
    key, to = chances.any("projects"), {"name": chances.name()}
    return Wish("projects.update", {"project_id": key[1]} | to, key, to, uses=(key,))


def duplicate_project(chances: Chances) -> Wish:
    """Without its history."""
    key = chances.any("projects")
    return Wish("projects.duplicate", {"project_id": key[1]}, uses=(key,))


def delete_project(chances: Chances) -> Wish:
    """With the recordings that were copied in."""
    key = chances.any("projects")
    return Wish("projects.delete", {"project_id": key[1]}, deletes=(key,))


def add_track(chances: Chances) -> Wish:
    """One more."""
    key = chances.any("projects")
    return Wish("projects.add_track", {"project_id": key[1]}, uses=(key,))


def add_clip(chances: Chances) -> Wish:
    """Of a generation, of a recording, of silence."""
    track = chances.any("project_tracks")
    project = chances.parent_of(track)
    params: dict[str, Any] = {"project_id": project[1], "track_id": track[1], "start_s": _moment(chances)}
    uses: tuple[Key, ...] = (project, track)
    source = chances.rng.choice(("generation", "generation", "recording", "silence"))
    if source == "generation":
        generation = chances.any("generations")
        params["generation_id"], uses = generation[1], (*uses, generation)
    elif source == "recording":
        params["path"] = chances.recording()
    else:
        params["silence_s"] = 1.0
    return Wish("projects.add_clip", params, uses=uses)


def turn_clip(chances: Chances) -> Wish:
    """Louder or softer."""
    key = chances.any("project_clips")
    to = {"gain_db": round(chances.rng.uniform(-20, 6), 1), "muted": chances.often(0.1)}
    return Wish("projects.update_clip", {"clip_id": key[1]} | to, key, to, uses=(chances.parent_of(key), key))


def split_clip(chances: Chances) -> Wish:
    """Somewhere; refused where it does not play."""
    key = chances.any("project_clips")
    params = {"clip_id": key[1], "at_s": _moment(chances)}
    return Wish("projects.split_clip", params, uses=(chances.parent_of(key), key))


def remove_clip(chances: Chances) -> Wish:
    """One, or what closes the gap too."""
    key = chances.any("project_clips")
    params = {"clip_id": key[1], "ripple": chances.rng.choice(("none", "track", "all"))}
    return Wish("projects.remove_clip", params, deletes=(key,), uses=(chances.parent_of(key),))


def undo(chances: Chances) -> Wish:
    """Some edits."""
    key = chances.any("projects")
    return Wish("projects.undo", {"project_id": key[1], "steps": 1}, uses=(key,), unsettles=True)


def redo(chances: Chances) -> Wish:
    """What was undone."""
    key = chances.any("projects")
    return Wish("projects.redo", {"project_id": key[1], "steps": 1}, uses=(key,), unsettles=True)


def from_script(chances: Chances) -> Wish:
    """A play for two, rendered when it is spoken."""
    one, other = chances.any("profiles"), chances.any("profiles")
    params = {
        "name": chances.name(),
        "text": "\n".join(f"{who}: {chances.text()[:90]}" for who in ("ANN", "BOB", "ANN")),
        "speakers": {"ANN": one[1], "BOB": other[1]},
        "engine": "scripted",
    }
    if chances.often(0.5):
        params["render"] = {"format": "wav", "path": chances.target("wav")}
    return Wish("projects.from_script", params, uses=(one, other))


def render(chances: Chances) -> Wish:
    """The mix, perhaps with stems and subtitles."""
    key, ending = chances.parent_of(chances.any("project_clips")), chances.rng.choice(RENDER_FORMATS)
    params = {"project_id": key[1], "format": ending, "path": chances.target(ending)}
    return Wish("projects.render", params | {"stems": chances.often(0.2)}, uses=(key,))


def export_project(chances: Chances) -> Wish:
    """A bundle."""
    key = chances.any("projects")
    return Wish("projects.export", {"project_id": key[1], "path": chances.target("project")}, uses=(key,))


def import_project(chances: Chances) -> Wish:
    """A bundle that was written before."""
    return Wish("projects.import", {"path": chances.exported("project")})


def draw(chances: Chances) -> Wish:
    """The outlines of its tracks."""
    key = chances.any("projects")
    return Wish("projects.waveform", {"project_id": key[1], "buckets": 100}, uses=(key,))


def _moment(chances: Chances) -> float:
    return round(chances.rng.uniform(0, LATEST_S), 2)


WEIGHTS: dict[Callable[[Chances], Wish], int] = {
    create_project: 3,
    name_project: 1,
    duplicate_project: 1,
    delete_project: 1,
    add_track: 3,
    add_clip: 12,
    turn_clip: 4,
    split_clip: 2,
    remove_clip: 1,
    undo: 1,
    redo: 1,
    from_script: 1,
    render: 5,
    export_project: 1,
    import_project: 1,
    draw: 1,
}
TIDYING: dict[str, tuple[int, Callable[[Chances], Wish]]] = {"projects": (6, delete_project)}
"""Of how many rows on the user tidies up, and how."""
