"""A scene for three voices, from its script to a finished file and a picture of its timeline.

    python3 build/studio.py [--picture FILE]

Sets everything up first, if need be. What it makes lies in .demo; the README shows build/pictures/timeline.png.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from setup import REPOSITORY, run_inside

EXTRAS = ("kokoro", "studio", "demo")
FOLDER = REPOSITORY / ".demo"
MODELS = REPOSITORY / ".models"
VOICES = {"Narrator": "bm_george", "Anna": "af_heart", "Ben": "am_michael"}
SCRIPT = """# The harbour

The boats had not moved for a week. Anna sat on the wall and counted them, as she did every morning.

Anna: Eleven. There were twelve yesterday.

Ben: You always count the lighthouse keeper's twice.

Anna: Not today. Look! The blue one is gone.

# The lamp

That night the lamp went out for the first time in forty years.

Ben: Somebody has to climb up there.

Anna: Somebody?

Ben: You are the one who counts.
"""
RATE = 24_000
CHORD_HZ = (110.0, 164.8, 220.0, 277.2)
BEAT_S = 4.0


def main() -> None:
    """Make the scene."""
    run_inside(EXTRAS, Path(__file__))
    from models import assemble
    from terminal import Session

    parser = argparse.ArgumentParser(description="Make a scene of three voices, with music below.")
    parser.add_argument("--picture", type=Path, default=FOLDER / "timeline.png", help="where to draw the timeline")
    picture = parser.parse_args().picture.resolve()
    assemble(MODELS)
    FOLDER.mkdir(exist_ok=True)
    with Session(FOLDER / "studio", MODELS) as sidecar:
        speakers = {name: _profile(sidecar, name, voice) for name, voice in VOICES.items()}
        narrator = speakers.pop("Narrator")
        script = {"name": "The lamp in the harbour", "text": SCRIPT, "format": "markdown", "speakers": speakers}
        project = sidecar.call("projects.from_script", **script, narrator=narrator, wait=True)["project"]
        _add_music(sidecar, project)
        finished = {"format": "m4b", "path": str(FOLDER / "harbour.m4b"), "preset": "audiobook", "subtitles": ["vtt"]}
        sidecar.call("projects.render", project_id=project["id"], **finished, wait=True)
        sidecar.call("projects.picture", project_id=project["id"], path=str(picture))
        sidecar.say(f"The scene: {FOLDER / 'harbour.m4b'}. Its timeline: {picture}")


def _profile(sidecar: Any, name: str, voice: str) -> str:
    """The id of a speaker's profile: that of an earlier run, or a new one."""
    found = sidecar.call("profiles.list", search=name)["items"]
    if found:
        return str(found[0]["id"])
    preset = {"kind": "preset", "engine": "kokoro", "voice_id": voice}
    return str(sidecar.call("profiles.create", name=name, voice=preset)["profile"]["id"])


def _add_music(sidecar: Any, project: dict[str, Any]) -> None:
    """A chord that swells and fades below the voices, and gives way to them."""
    import numpy as np
    import soundfile

    length_s = sidecar.call("projects.get", project_id=project["id"])["project"]["duration_s"] + BEAT_S
    time = np.arange(round(length_s * RATE)) / RATE
    swell = 0.55 - 0.45 * np.cos(2 * np.pi * time / BEAT_S)
    chord = sum(np.sin(2 * np.pi * pitch * time) for pitch in CHORD_HZ) / len(CHORD_HZ)
    soundfile.write(FOLDER / "music.flac", 0.2 * swell * chord, RATE)
    track = sidecar.call("projects.add_track", project_id=project["id"], name="Music", gain_db=-6, duck_db=-10)["track"]
    fades = {"fade_in_s": BEAT_S, "fade_out_s": BEAT_S, "fade_in_curve": "s_curve", "fade_out_curve": "s_curve"}
    where = {"project_id": project["id"], "track_id": track["id"], "start_s": 0.0}
    sidecar.call("projects.add_clip", **where, path=str(FOLDER / "music.flac"), label="Music", **fades)


if __name__ == "__main__":
    main()
