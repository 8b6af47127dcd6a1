"""What the sidecar has acknowledged, to be held against what is there after a fault.

A *thing* is a row, known by its table and id. Whatever an answer or the end of a job has shown is there until its
deletion is asked for; from then on it is in doubt until that is answered. What is in doubt when the sidecar dies may
be either way, and is settled by looking.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Key = tuple[str, str]
"""A table and the id of a row of it."""
Row = Mapping[str, Any]
Rows = Mapping[str, Mapping[str, Row]]
"""The rows of each table by their ids."""

SHOWN_AS = {
    "profile": "profiles",
    "sample": "samples",
    "generation": "generations",
    "version": "versions",
    "preset": "effect_presets",
    "project": "projects",
    "track": "project_tracks",
    "clip": "project_clips",
}
"""Under which name of a result a row of which table is shown."""
GOES_WITH = {
    "samples": ("profiles", "profile_id"),
    "versions": ("generations", "generation_id"),
    "project_tracks": ("projects", "project_id"),
    "project_clips": ("projects", "project_id"),
}
"""With which row of which table a row is deleted, and the column that tells."""
MOST_UNNOTED = 20
"""How many ends may be told before it is noted of the first that it was told: they are noted several at once."""
UNKNOWN = object()
"""Whatever a column held before the ledger first heard of it."""
TABLES = (*SHOWN_AS.values(), "settings")


class Fate(Enum):
    """Whether a row is there."""

    THERE = 1
    IN_DOUBT = 2
    GONE = 3


@dataclass(frozen=True)
class Wish:
    """A request, and what it does to which rows if it is granted."""

    method: str
    params: Mapping[str, Any]
    changes: Key | None = None
    to: Mapping[str, Any] = field(default_factory=dict)
    """Columns of what it changes, and their values then."""
    deletes: tuple[Key, ...] = ()
    uses: tuple[Key, ...] = ()
    """What is not to be deleted meanwhile. What is made in a project goes with the first of these."""
    unsettles: bool = False
    """Whether the tracks, clips and the name of the project that it uses may change by it, as by undoing."""
    revives: tuple[str, ...] = ()
    """Tables of which it may bring rows back under their old ids, as a bundle does where those are free."""

    @property
    def keys(self) -> set[Key]:
        """All that it has to do with."""
        return {*self.deletes, *self.uses, *([self.changes] if self.changes else [])}


@dataclass
class Thing:
    """A row that was shown once, and for some of its columns the values that it may have."""

    fate: Fate = Fate.THERE
    parent: Key | None = None
    columns: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class Job:
    """A job that was shown once, and how it was told to have ended."""

    told: str | None = None


class Ledger:
    """Hears every request and everything that the sidecar writes, over any number of its lives."""

    def __init__(self) -> None:
        self.things: dict[Key, Thing] = {}
        self.jobs: dict[str, Job] = {}
        self.untold: dict[str, None] = {}
        """The jobs whose end was not told, oldest first."""
        self.errors: list[tuple[str, str]] = []
        """The kind of every error that was heard, and where it came from with its message."""
        self.wrong: list[str] = []
        """What was heard and never should be."""
        self._open: dict[int, Wish] = {}
        self._refused: list[Wish] = []
        """What was refused or cancelled since the last comparison."""
        self._revived: set[str] = set()
        self._newest_ends: deque[str] = deque(maxlen=MOST_UNNOTED)
        self._perhaps_untold: set[str] = set()
        """What was told so shortly before a sudden end that nobody may have noted it; it is told once more, perhaps."""

    @property
    def unanswered(self) -> list[int]:
        """The ids of the requests that have not been answered."""
        return list(self._open)

    def is_open(self, request_id: int) -> bool:
        """Whether a request was not answered yet."""
        return request_id in self._open

    def known(self, table: str) -> list[str]:
        """The ids of what is there for certain, and has to do with no open request; oldest first."""
        busy = {key for wish in self._open.values() for key in wish.keys}
        return [
            key[1]
            for key, thing in self.things.items()
            if key[0] == table and thing.fate is Fate.THERE and key not in busy and self._parent_is_there(thing, busy)
        ]

    def ask(self, request_id: int, wish: Wish) -> None:
        """A request is about to be sent."""
        self._open[request_id] = wish
        self._revived.update(wish.revives)
        for key in wish.deletes:
            self._doom(key, Fate.IN_DOUBT)
        if wish.unsettles:
            self.things = {key: thing for key, thing in self.things.items() if thing.parent != wish.uses[0]}
            self.things[wish.uses[0]].columns.clear()
        if wish.changes:
            changed = self.things.setdefault(wish.changes, Thing(Fate.IN_DOUBT))
            for name, value in wish.to.items():
                changed.columns.setdefault(name, [UNKNOWN]).append(value)

    def hear(self, message: Mapping[str, Any]) -> None:
        """The sidecar has written this."""
        if message.get("method") == "job.finished":
            self._hear_end(message["params"])
        elif "method" not in message and (wish := self._open.pop(message["id"], None)):
            if "error" in message:
                self._note_error(wish.method, message["error"])
                self._refused.append(wish)
                for key in wish.deletes:
                    # A deletion of several may have been refused for one that went with something else.
                    self.things[key].fate = Fate.IN_DOUBT
            else:
                self._grant(wish, message["result"])

    def lose(self, cleanly: bool) -> None:
        """The sidecar has ended, and all that it wrote was heard."""
        self._open.clear()
        if cleanly:
            self._perhaps_untold.clear()
        else:
            self._perhaps_untold.update(self._newest_ends)
        self._newest_ends.clear()

    def compare(self, rows: Rows) -> Iterator[str]:
        """Tell what of all that was acknowledged is not so. From then on whatever is there counts as acknowledged."""
        for key, thing in self.things.items():
            row = rows[key[0]].get(key[1])
            if row is None:
                if thing.fate is Fate.THERE and not self._went_with_parent(thing, rows):
                    yield f"{key} was acknowledged and is not there"
            elif thing.fate is Fate.GONE and key[0] not in self._revived:
                yield f"the deletion of {key} was acknowledged, and it is there"
            elif thing.fate is Fate.THERE or (thing.fate is Fate.IN_DOUBT and key[0] not in self._revived):
                # What was perhaps deleted may be there again as it was when a bundle was made of it.
                for name, values in thing.columns.items():
                    if UNKNOWN not in values and row[name] not in values:
                        yield f"{name} of {key} is {row[name]!r}, acknowledged was {values}"
        for job_id, job in self.jobs.items():
            status = rows["jobs"][job_id]["status"] if job_id in rows["jobs"] else "not there"
            if status == "not there" or job.told not in (None, status):
                yield f"job {job_id} is {status}, told was {job.told}"
        self._adopt(rows)

    def _hear_end(self, end: Mapping[str, Any]) -> None:
        job = self._job(end["job_id"])
        self.untold.pop(end["job_id"], None)
        may_repeat = end["job_id"] in self._perhaps_untold and job.told == end["status"]
        if job.told is not None and not may_repeat:
            self.wrong.append(f"the end of job {end['job_id']} ({end['status']}) was told before, as {job.told}")
        self._perhaps_untold.discard(end["job_id"])
        job.told = end["status"]
        self._newest_ends.append(end["job_id"])
        if "error" in end:
            self._note_error(f"{end['kind']} job", end["error"])
        else:
            self._show(end["result"] or {})

    def _grant(self, wish: Wish, result: Mapping[str, Any]) -> None:
        for key in wish.deletes:
            self._doom(key, Fate.GONE)
        if wish.changes:
            thing = self.things[wish.changes]
            thing.fate = Fate.THERE
            others = [other.to for other in (*self._open.values(), *self._refused) if other.changes == wish.changes]
            for name, value in wish.to.items():
                # What is asked at the same time may come after this, and what was cancelled may be done all the same.
                thing.columns[name] = [value, *(to[name] for to in others if name in to)]
        self._show(result, wish.uses[0] if wish.uses else None)

    def _doom(self, key: Key, fate: Fate) -> None:
        """A row that is deleted takes with it what goes with it, whether or not a row of its id comes back later."""
        for other, thing in self.things.items():
            if other == key or thing.parent == key:
                thing.fate = fate

    def _show(self, result: Mapping[str, Any], project: Key | None = None) -> None:
        if job_id := result.get("job_id"):
            self._job(job_id)
        for name, table in SHOWN_AS.items():
            shown = result.get(name)
            if not isinstance(shown, dict):
                continue
            parent = project
            if table in GOES_WITH and GOES_WITH[table][1] in shown:
                parent = (GOES_WITH[table][0], shown[GOES_WITH[table][1]])
            self.things.setdefault((table, shown["id"]), Thing(parent=parent if table in GOES_WITH else None))
        for track in (result.get("project") or {}).get("tracks", ()):
            arranged = ("projects", result["project"]["id"])
            self.things.setdefault(("project_tracks", track["id"]), Thing(parent=arranged))
            for clip in track["clips"]:
                self.things.setdefault(("project_clips", clip["id"]), Thing(parent=arranged))
        for part in result.get("generations") or ():
            self.things.setdefault(("generations", part["id"]), Thing())
            self._job(part["job_id"])

    def _job(self, job_id: str) -> Job:
        if job_id not in self.jobs:
            self.jobs[job_id] = Job()
            self.untold[job_id] = None
        return self.jobs[job_id]

    def _note_error(self, source: str, error: Mapping[str, Any]) -> None:
        self.errors.append((error.get("kind") or error["data"]["kind"], f"{source}: {error['message']}"))

    def _parent_is_there(self, thing: Thing, busy: set[Key]) -> bool:
        if thing.parent is None:
            return True
        parent = self.things.get(thing.parent)
        return parent is not None and parent.fate is Fate.THERE and thing.parent not in busy

    def _went_with_parent(self, thing: Thing, rows: Rows) -> bool:
        if thing.parent is None:
            return False
        parent = self.things.get(thing.parent)
        # A parent that should be there is complained of itself.
        return thing.parent[1] not in rows[thing.parent[0]] and parent is not None

    def _adopt(self, rows: Rows) -> None:
        if not self.untold:
            self._revived.clear()
        self._refused.clear()
        known, self.things = self.things, {}
        for table in TABLES:
            for row_id, row in rows[table].items():
                columns = known.get((table, row_id), Thing()).columns
                parent = (GOES_WITH[table][0], row[GOES_WITH[table][1]]) if table in GOES_WITH else None
                self.things[table, row_id] = Thing(Fate.THERE, parent, {name: [row[name]] for name in columns})
        for job_id, row in rows["jobs"].items():
            job = self._job(job_id)
            if row["announced"]:
                job.told = row["status"]
                self.untold.pop(job_id, None)
