"""A user's life with one commit of the program, cut off in the middle: what a data folder of that time holds.

    python -m tests.upgrades.life CHECKOUT DATA_DIR

Runs the sidecar that lies in the folder CHECKOUT, with the real models, and leaves DATA_DIR as a kill has left it:
with something of everything that this commit could make, with work that is under way and with work that waits.
"""

from __future__ import annotations

import sys
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.conftest import MODELS
from tests.process.sidecar_process import Message, Refused, SidecarProcess

VOICE = {"kind": "preset", "engine": "kokoro", "voice_id": "af_heart"}
RECORDING = MODELS / "recordings" / "en_david.wav"
SPOKEN_S = {"start_s": 0.3, "end_s": 2.5}
LONG = " [pause 1s] ".join(["Six.", "Seven.", "Eight."])
"""Each of these is a chunk of its own, so that the kill comes between two of them."""
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
"""A PNG file of one dot, in base64."""
SCRIPT = "HEART: One.\nHEART: Two."


class Life:
    """One program, asked only for what it can do."""

    def __init__(self, sidecar: SidecarProcess) -> None:
        self._sidecar = sidecar
        self._methods = {method["name"] for method in sidecar.call("rpc.discover")["methods"]}

    def ask(self, method: str, /, **params: Any) -> Message:
        """Call a method; nothing comes back from one that this commit has not, or refuses."""
        if method not in self._methods:
            return {}
        try:
            return self._sidecar.call(method, **params)
        except Refused as refusal:
            sys.stderr.write(f"{method}: {refusal}\n")
            return {}

    def live(self) -> None:
        """Make something of everything."""
        self.ask("settings.update", queue_limit=500)
        heart = self.ask("profiles.create", name="Heart", voice=VOICE, language="en")["profile"]["id"]
        sample = {"path": str(RECORDING), "text": "What a recording says.", **SPOKEN_S}
        anna = self.ask("profiles.create", name="Anna", description="Äöü, 漢字", samples=[sample])["profile"]["id"]
        picture = self._sidecar.data_dir.with_suffix(".png")
        picture.write_bytes(b64decode(DOT))
        self.ask("profiles.set_avatar", profile_id=anna, path=str(picture))
        self.ask("effects.presets_create", name="Deep", effects=_chain())
        spoken = self.ask("generation.create", profile_id=heart, text="One.", seed=7, title="First", wait=True)
        generation = spoken["generation"]["id"]
        self.ask("generation.regenerate", generation_id=generation, seed=8, wait=True)
        self.ask("generation.apply_effects", generation_id=generation, effects=_chain(), wait=True)
        self.ask("history.update", generation_id=generation, favorite=True)
        audio = Path(self.ask("history.get", generation_id=generation)["generation"]["audio_path"])
        self.ask("history.import_audio", path=str(audio), title="Brought", wait=True)
        self.ask(
            "generation.batch", items=[{"profile_id": heart, "text": text} for text in ("Two.", "Three.")], wait=True
        )
        self.ask("transcription.create", path=str(audio), model="whisper-tiny.en", language="en", wait=True)
        self._fail(generation, audio)
        self._arrange(generation, audio)
        self.ask("projects.from_script", name="Play", text=SCRIPT, default_profile=heart, wait=True)
        self._leave_in_the_middle(heart)

    def _fail(self, generation_id: str, audio: Path) -> None:
        aside = audio.with_suffix(".aside")
        audio.rename(aside)
        out = str(self._sidecar.data_dir.with_suffix(".flac"))
        self.ask("history.export", generation_id=generation_id, format="flac", path=out, wait=True)
        aside.rename(audio)

    def _arrange(self, generation_id: str, audio: Path) -> None:
        if not (made := self.ask("projects.create", name="Talk")):
            return
        project_id = made["project"]["id"]
        track_id = self.ask("projects.add_track", project_id=project_id, name="Voices", duck_db=-6)["track"]["id"]
        place = {"project_id": project_id, "track_id": track_id}
        clip = self.ask("projects.add_clip", **place, generation_id=generation_id, start_s=0.5, gain_db=-3)["clip"]
        self.ask("projects.add_clip", **place, path=str(audio), start_s=3.0)
        self.ask("projects.add_clip", **place, silence_s=1.0, start_s=6.0)
        self.ask("projects.split_clip", clip_id=clip["id"], at_s=0.9)
        self.ask("projects.add_marker", project_id=project_id, at_s=1.0, title="Chapter")
        self.ask("projects.undo", project_id=project_id)

    def _leave_in_the_middle(self, profile_id: str) -> None:
        long = {"profile_id": profile_id, "text": LONG}
        cancelled = self.ask("generation.create", **long)["job_id"]
        self._sidecar.event("job.progress", job_id=cancelled)
        self.ask("jobs.cancel", job_id=cancelled)
        self._sidecar.event("job.finished", job_id=cancelled)
        self.ask("generation.create", **long)
        self.ask("generation.create", profile_id=profile_id, text="Four.")
        self.ask("generation.batch", items=[{"profile_id": profile_id, "text": "Five."}])
        chunks = self._sidecar.data_dir / "audio" / "chunks"
        self._sidecar.wait_for(lambda: next(chunks.iterdir(), None))


def _chain() -> list[Message]:
    return [{"type": "gain", "params": {"gain_db": -3}}]


@contextmanager
def running(checkout: Path, data_dir: Path) -> Iterator[SidecarProcess]:
    """The sidecar of a commit; at the end it is killed."""
    surroundings = {"PYTHONPATH": str(checkout), "VOICEBOX_MODELS_DIR": str(MODELS), "VOICEBOX_OFFLINE": "1"}
    command = [sys.executable, "-m", "sidecar"]
    with SidecarProcess(data_dir, command=command, cwd=checkout, **surroundings) as sidecar:
        try:
            yield sidecar
        finally:
            sidecar.kill()


if __name__ == "__main__":
    with running(Path(sys.argv[1]), Path(sys.argv[2])) as started:
        Life(started).live()
