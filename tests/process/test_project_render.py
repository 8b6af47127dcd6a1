from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.process.conftest import Start
from tests.process.sidecar_process import SidecarProcess

pytestmark = pytest.mark.process

RATE = 48_000
SENTENCE = "The quick brown fox jumps over the lazy dog."


def arranged(sidecar: SidecarProcess, **clip: object) -> str:
    """A project with one clip; gives its id."""
    project_id = str(sidecar.call("projects.create", name="Talk")["project"]["id"])
    track_id = sidecar.call("projects.add_track", project_id=project_id)["track"]["id"]
    sidecar.call("projects.add_clip", project_id=project_id, track_id=track_id, **clip)
    return project_id


def test_a_render_that_a_kill_interrupts_is_made_whole_at_the_next_start(start: Start, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    given = np.random.default_rng(0).normal(0.0, 0.1, 30 * RATE)
    soundfile.write(tmp_path / "given.wav", given, RATE)
    with start(tmp_path / "data") as sidecar:
        project_id = arranged(sidecar, path=str(tmp_path / "given.wav"), start_s=0.0)
        how = {"project_id": project_id, "format": "wav", "path": str(out / "talk.wav"), "stems": True}
        job_id = sidecar.call("projects.render", **how)["job_id"]
        sidecar.event("job.progress", job_id=job_id, stage="writing")
        sidecar.kill()
    assert not (out / "talk.wav").exists()
    with start(tmp_path / "data") as sidecar:
        ended = sidecar.call("jobs.wait", job_id=job_id)
    assert ended["job"]["status"] == "completed"
    assert {path.name for path in out.iterdir()} == {"talk.wav", "talk.1 Track 1.wav"}
    made = soundfile.read(out / "talk.wav", dtype="int16")[0]
    assert np.array_equal(made[:, 0], soundfile.read(tmp_path / "given.wav", dtype="int16")[0])


@pytest.mark.models
def test_the_subtitles_of_a_render_say_what_is_heard_when_it_is_heard(sidecar: SidecarProcess, tmp_path: Path) -> None:
    spoken = sidecar.call("generation.create", profile_id="heart", text=SENTENCE, seed=1, wait=True)["generation"]
    project_id = arranged(sidecar, generation_id=spoken["id"], start_s=1.0)
    path = tmp_path / "talk.mp3"
    how = {"format": "mp3", "path": str(path), "preset": "podcast", "subtitles": True, "wait": True}
    told = sidecar.call("projects.render", project_id=project_id, **how)
    assert told["loudness_lufs"] == pytest.approx(-16.0, abs=0.1)
    assert told["true_peak_db"] <= -1.0
    words = json.loads((tmp_path / "talk.json").read_text("utf-8"))["words"]
    assert " ".join(word["word"] for word in words) == SENTENCE
    assert 1.0 <= words[0]["start_s"] < words[-1]["end_s"] <= told["duration_s"]
    for kind in ("srt", "vtt"):
        assert SENTENCE in " ".join((tmp_path / f"talk.{kind}").read_text("utf-8").split())
