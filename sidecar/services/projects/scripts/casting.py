"""Who speaks each line of a script, in whose voice, and what of the script nobody speaks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sidecar.errors import InvalidParams
from sidecar.text.dialogue.cues import Names, name_key
from sidecar.text.dialogue.lines import Dialogue, DialogueLine

NARRATOR = "Narrator"
LONGEST_NAME = 200
MOST_NOTES = 100
LINES_TOLD = 5


@dataclass(frozen=True)
class Cast:
    """The voices of a script, as profiles' ids or names.

    `speakers` are theirs by the names of the speakers; None says nothing of who there is, an empty one that nobody but
    the narrator speaks. `default_profile` speaks for all that have no voice of their own.
    """

    speakers: Mapping[str, str] | None = None
    narrator: str | None = None
    default_profile: str | None = None

    @property
    def names(self) -> Names:
        """The speakers that a script may name; None if any name may be one."""
        return None if self.speakers is None else frozenset(map(name_key, self.speakers))


@dataclass(frozen=True)
class CastLine:
    """A line, its speaker as the project calls him, and the profile that speaks."""

    line: DialogueLine
    speaker: str
    profile_id: str


def cast_lines(dialogue: Dialogue, cast: Cast) -> list[CastLine]:
    """Give every line its voice.

    Raises:
        InvalidParams: speakers have no voice, or a name is too long; `data.errors` tells of each, with its first line.

    """
    voices = {name_key(name): (name, profile) for name, profile in (cast.speakers or {}).items()}
    if cast.narrator is not None:
        voices.setdefault(name_key(NARRATOR), (NARRATOR, cast.narrator))
    found: list[CastLine] = []
    voiceless: defaultdict[str, list[int]] = defaultdict(list)
    for line in dialogue.lines:
        name = line.speaker or NARRATOR
        speaker, profile_id = voices.get(name_key(name), (name, cast.default_profile))
        if profile_id is None or not _is_fit(speaker):
            voiceless[line.speaker or ""].append(line.number)
        else:
            found.append(CastLine(line, speaker, profile_id))
    if voiceless:
        raise InvalidParams.listing([_fault(name, numbers) for name, numbers in voiceless.items()])
    return found


def notes_of(dialogue: Dialogue, cast: Cast, unfollowed: Iterable[CastLine]) -> list[str]:
    """What a reader of the script may miss in what is spoken, a sentence each, a hundred and a count at most."""
    speaking = {name_key(line.speaker) for line in dialogue.lines if line.speaker}
    silent = [name for name in cast.speakers or () if name_key(name) not in speaking | {name_key(NARRATOR)}]
    notes = [f"{name!r} is given a voice, but says nothing in the script." for name in silent]
    notes += [f"Line {unsaid.number}: {unsaid.what}." for unsaid in dialogue.unsaid]
    notes += [
        f"Line {one.line.number}: {one.speaker}'s voice follows no directions, so "
        f"{'; '.join(one.line.directions)!r} is neither spoken nor followed."
        for one in unfollowed
    ]
    more = len(notes) - MOST_NOTES
    return notes if more <= 0 else [*notes[:MOST_NOTES], f"{more} more notes of this kind are left out."]


def _is_fit(name: str) -> bool:
    """Whether a track can be called so."""
    return len(name) <= LONGEST_NAME and name.isprintable()


def _fault(name: str, numbers: list[int]) -> dict[str, Any]:
    told = ", ".join(map(str, numbers[:LINES_TOLD])) + (" …" if len(numbers) > LINES_TOLD else "")
    where = f"line {told}" if len(numbers) == 1 else f"lines {told}"
    if not name:
        message = f"Nobody is named for the text on {where}; name a narrator, or a default_profile."
        return {"loc": ["narrator"], "message": message, "type": "missing", "line": numbers[0]}
    if not _is_fit(name):
        message = f"{name[:LONGEST_NAME]!r}, on {where}, is no name; {LONGEST_NAME} printable characters are allowed."
        return {"loc": ["text"], "message": message, "type": "value_error", "line": numbers[0]}
    message = (
        f"{name!r}, on {where}, has no voice: add the name to speakers, or give a default_profile. If it is no "
        "speaker, write a backslash before the colon; if nobody but the narrator speaks, give empty speakers."
    )
    return {"loc": ["speakers", name], "message": message, "type": "missing", "line": numbers[0]}
