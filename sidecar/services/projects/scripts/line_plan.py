"""What is to be spoken when a line of a script is changed or added, and what of it stays as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Conflict, InvalidParams
from sidecar.services.projects.scripts.rows import BETWEEN_DIRECTIONS
from sidecar.services.speech.generation import SpeechRequest, require_pauses
from sidecar.store import profiles, rows
from sidecar.store import projects as store
from sidecar.store.tables import generations
from sidecar.store.values import Row
from sidecar.text.dialogue.cues import name_key, said
from sidecar.text.dialogue.parts import Pause, Said

OF_THE_LINE = ("text", "speaker", "direction", "profile_id", "gap_after_s")
"""What a line itself has of all that may be changed; the rest is how it is spoken."""
_OF_ANY_VOICE = ("speed", "loudness_lufs", "verify", "normalise", "chunking")
_OF_ONE_VOICE = ("sampling", "effects")
"""What is kept of how a line was spoken: by whoever speaks it next, and only by the same voice."""


@dataclass(frozen=True)
class LinePlan:
    """The columns that a line gets, and what is to be spoken for it, None if nothing is, with its directions."""

    columns: Row
    speech: SpeechRequest | None
    directions: tuple[str, ...] = ()


def plan_line(connection: Connection, line: Row, changes: Mapping[str, Any], usual: Mapping[str, Any]) -> LinePlan:
    """What changes of a line come to, be they of its columns or of how it is spoken, in fields of `SpeechRequest`.

    How it is spoken stays as it was, or is as in the speaker's other lines, or in any; `usual` is for want of those.

    Raises:
        NotFound: there is no such profile.
        Conflict: nobody is known who could speak it.
        InvalidParams: there is nothing to say in the text, or a pause before it.

    """
    columns = {name: changes[name] for name in OF_THE_LINE if name in changes}
    manner = {name: value for name, value in changes.items() if name not in OF_THE_LINE and value is not None}
    if "text" in columns:
        columns |= _read(line, columns)
    if "speaker" in columns or "profile_id" in columns:
        columns["profile_id"] = _voice(connection, line, columns)
    whole = line | columns
    is_other = any(whole[name] != line[name] for name in ("profile_id", "direction"))
    if "text" not in columns and not manner and not is_other:
        return LinePlan(columns, None)
    if whole["profile_id"] is None:
        raise Conflict(
            f"Nobody is known who speaks for {whole['speaker']}; name a profile_id.", resource="line", id=line["id"]
        )
    said_so = {"profile_id": whole["profile_id"], "text": whole["text"]}
    directions = tuple(whole["direction"].split(BETWEEN_DIRECTIONS)) if whole["direction"] else ()
    kept = _kept(connection, line, whole)
    return LinePlan(columns, SpeechRequest(**{**usual, **kept, **manner, **said_so}), directions)


def _read(line: Row, columns: Row) -> Row:
    """The columns that a text gives: its words, what stands in brackets, and the pause behind it."""
    require_pauses(columns["text"])
    parts = list(said(line["number"] or 1, columns.get("speaker") or line["speaker"], columns["text"]))
    if len(parts) > 1 and isinstance(parts[0], Pause):
        raise InvalidParams.about("text", "It begins with a pause; set gap_after_s of the line before instead.")
    speech = next((part for part in parts if isinstance(part, Said)), None)
    if speech is None:
        raise InvalidParams.about("text", "There is nothing to say in it; remove the line with projects.remove_line.")
    found: Row = {"text": speech.text}
    if speech.directions:
        given = [columns["direction"]] if columns.get("direction") else []
        found["direction"] = BETWEEN_DIRECTIONS.join([*given, *speech.directions])
    if isinstance(parts[-1], Pause) and "gap_after_s" not in columns:
        found["gap_after_s"] = parts[-1].seconds
    return found


def _voice(connection: Connection, line: Row, columns: Row) -> str | None:
    """The id of the profile that is asked for, else that of the speaker's other lines, else the line's own so far."""
    if columns.get("profile_id") is not None:
        return str(profiles.resolve(connection, columns["profile_id"])["id"])
    key = name_key(columns.get("speaker") or line["speaker"])
    lines = reversed(store.lines_of(connection, line["project_id"]))
    others = (other["profile_id"] for other in lines if name_key(other["speaker"]) == key)
    known: str | None = next((profile_id for profile_id in others if profile_id is not None), line["profile_id"])
    return known


def _kept(connection: Connection, line: Row, whole: Row) -> dict[str, Any]:
    """How the line was spoken so far, or others were, as far as that goes with the voice that it has now."""
    others = store.lines_of(connection, line["project_id"])
    of_the_voice = [other for other in others if other["profile_id"] == whole["profile_id"]]
    for spoken in (line, *reversed(of_the_voice), *reversed(others)):
        generation = rows.find(connection, generations, spoken["generation_id"] or "")
        if generation is not None:
            return _manner(generation, spoken["direction"], profiles.resolve(connection, whole["profile_id"]))
    return {}


def _manner(generation: Row, direction: str | None, profile: Row) -> dict[str, Any]:
    """How a generation was spoken that had this direction, as far as it is for another one in a profile's voice."""
    settings = generation["settings"]
    kept = {name: settings[name] for name in _OF_ANY_VOICE} | {"language": generation["language"]}
    if profile["id"] != generation["profile_id"]:
        return kept
    same = {name: settings[name] for name in _OF_ONE_VOICE}
    # A bundle may have put a stock voice of another engine in the place of the profile's.
    if profile["voice"].get("engine", generation["engine"]) == generation["engine"]:
        same |= {name: generation[name] for name in ("engine", "model")}
    return kept | same | {"instruct": _without_direction(settings["instruct"], direction)}


def _without_direction(instruct: str | None, direction: str | None) -> str | None:
    """What the line was told beside its own direction, which may be another now."""
    if instruct is None or direction is None:
        return instruct
    return instruct.removesuffix(direction).removesuffix(BETWEEN_DIRECTIONS) or None
