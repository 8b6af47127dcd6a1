"""The same short day in the studio, every time: each step is asked for when the one before it has been answered."""

from __future__ import annotations

import random
from typing import Any

from tests.process.sidecar_process import Message
from tests.scripted_engine import VOICE
from tests.torture.ledger import Wish
from tests.torture.studio import TortureStudio
from tests.torture.wishes import EFFECTS, Chances

TEXT = "The quick brown fox jumps over the lazy dog near the bank of the river, and rests. " * 3
"""Three chunks."""
TRIES = 2
"""A request whose engine process is killed is refused once; the user asks again."""


class Over(Exception):
    """What the story needs was refused, or the sidecar is gone."""


def tell(studio: TortureStudio) -> None:
    """Have the running sidecar live through it, as far as it comes."""
    try:
        _Story(studio).tell()
    except Over:
        return


class _Story:
    def __init__(self, studio: TortureStudio) -> None:
        self._studio = studio
        self._chances = Chances(studio.ledger, studio.folder, random.Random(1))

    def tell(self) -> None:
        recording = self._chances.recording()
        voice = self._make("profile", "profiles.create", name="Tone", voice=VOICE)
        self._make("profile", "profiles.create", name="Mine", samples=[{"path": recording, "text": "La la la."}])
        spoken = self._make("generation", "generation.create", profile_id=voice, text=TEXT, wait=True)
        self._do("history.export", generation_id=spoken, format="flac", path=self._target("flac"), wait=True)
        self._do("generation.apply_effects", generation_id=spoken, effects=EFFECTS[0], wait=True)
        taken_in = self._make("generation", "history.import_audio", path=recording, title="A recording", wait=True)
        self._edit_project(spoken)
        gone = ("generations", taken_in)
        self._want(Wish("history.delete", {"generation_ids": [taken_in]}, deletes=(gone,)))
        to = {"title": "The fox"}
        self._want(Wish("history.update", {"generation_id": spoken} | to, changes=("generations", spoken), to=to))
        self._do("system.backup", path=self._target("voicebox"), wait=True)

    def _edit_project(self, spoken: str) -> None:
        project = self._make("project", "projects.create", name="A play")
        within = (("projects", project),)
        added = self._want(Wish("projects.add_track", {"project_id": project}, uses=within))
        where = {"project_id": project, "track_id": added["track"]["id"], "start_s": 0.0}
        added = self._want(Wish("projects.add_clip", where | {"generation_id": spoken}, uses=within))
        clip, to = added["clip"]["id"], {"gain_db": -3.0}
        self._want(Wish("projects.update_clip", {"clip_id": clip} | to, ("project_clips", clip), to, uses=within))

    def _target(self, ending: str) -> str:
        return str(self._studio.folder / "exports" / f"story.{ending}")

    def _make(self, thing: str, method: str, **params: Any) -> str:
        return str(self._do(method, **params)[thing]["id"])

    def _do(self, method: str, **params: Any) -> Message:
        return self._want(Wish(method, params))

    def _want(self, wish: Wish) -> Message:
        for _ in range(TRIES):
            if (result := self._studio.ask(wish)) is not None:
                return result
        raise Over
