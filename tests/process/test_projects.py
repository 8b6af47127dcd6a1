from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.process.conftest import Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = pytest.mark.process

RATE = 44_100


@pytest.fixture
def project(sidecar: SidecarProcess) -> Message:
    """An empty project of one track."""
    made = sidecar.call("projects.create", name="Talk")["project"]
    sidecar.call("projects.add_track", project_id=made["id"])
    return dict(sidecar.call("projects.get", project_id=made["id"])["project"])


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a tone on two channels, which crosses zero every 441 samples."""
    path = tmp_path_factory.mktemp("music") / "song.ogg"
    time = np.arange(2 * RATE) / RATE
    soundfile.write(path, np.stack([0.5 * np.sin(2 * np.pi * 50 * time)] * 2, axis=1), RATE)
    return path


@pytest.mark.parametrize("seed", range(2))
def test_a_kill_in_the_middle_of_editing_loses_no_edit_that_was_answered(
    start: Start, data_dir: Path, seed: int
) -> None:
    with start(data_dir) as sidecar:
        project_id = sidecar.call("projects.create", name="Talk")["project"]["id"]
        before = sidecar.call("projects.get", project_id=project_id)
        place = {
            "project_id": project_id,
            "track_id": sidecar.call("projects.add_track", project_id=project_id)["track"]["id"],
        }
        requests = [
            sidecar.request("projects.add_clip", **place, start_s=number, silence_s=1.0, label=str(number))
            for number in range(100)
        ]
        answered = random.Random(seed).randrange(len(requests) // 2)
        sidecar.answer(requests[answered])
        sidecar.process.kill()
        sidecar.wait_ended()
        acknowledged = {
            message["result"]["clip"]["label"]
            for message in sidecar.messages
            if message.get("id") in requests and "result" in message
        }
    with start(data_dir) as sidecar:
        shown = sidecar.call("projects.get", project_id=project_id)["project"]
        clips = shown["tracks"][0]["clips"]
        assert acknowledged <= {clip["label"] for clip in clips}
        assert len(acknowledged) > answered // 2
        edits = sidecar.call("projects.edits", project_id=project_id)
        assert edits["total"] == len(clips) + 1
        undone = sidecar.call("projects.undo", project_id=project_id, steps=edits["total"])
        assert undone["project"] == before["project"]
        redone = sidecar.call("projects.redo", project_id=project_id, steps=edits["total"])
        assert redone["project"] == shown


def test_a_recording_is_copied_in_and_plays_from_the_copy(
    sidecar: SidecarProcess, project: Message, song: Path
) -> None:
    track_id = project["tracks"][0]["id"]
    clip = sidecar.call("projects.add_clip", project_id=project["id"], track_id=track_id, path=str(song), start_s=1.0)[
        "clip"
    ]
    assert (clip["source"]["kind"], clip["source"]["name"]) == ("file", "song.ogg")
    assert clip["duration_s"] == pytest.approx(2.0, abs=0.05)
    copy = Path(clip["source"]["audio_path"])
    assert copy.parent == sidecar.data_dir / "audio" / "projects"
    info = soundfile.info(copy)
    assert (info.samplerate, info.channels) == (RATE, 2)
    sidecar.call("projects.delete", project_id=project["id"])
    assert not copy.exists()


def test_what_is_no_recording_or_has_no_track_leaves_nothing(
    sidecar: SidecarProcess, project: Message, song: Path, tmp_path: Path
) -> None:
    (tmp_path / "letter.wav").write_text("Dear grandmother")
    folder = sidecar.data_dir / "audio" / "projects"
    before = set(folder.iterdir())
    track_id = project["tracks"][0]["id"]
    for path, track, kind in (
        (tmp_path / "letter.wav", track_id, "invalid_audio"),
        (tmp_path / "gone.wav", track_id, "not_found"),
        (song, "nobody", "not_found"),
    ):
        place = {"project_id": project["id"], "track_id": track, "start_s": 0.0}
        with pytest.raises(Refused) as refused:
            sidecar.call("projects.add_clip", **place, path=str(path))
        assert refused.value.data["kind"] == kind
    with pytest.raises(Refused):
        sidecar.call(
            "projects.add_clip",
            project_id=project["id"],
            track_id=track_id,
            path=str(song),
            start_s=0.0,
            trim_start_s=9.0,
        )
    assert set(folder.iterdir()) == before
    assert sidecar.call("projects.get", project_id=project["id"])["project"] == project


def test_a_cut_snaps_to_the_nearest_zero_crossing(sidecar: SidecarProcess, project: Message, song: Path) -> None:
    place = {"project_id": project["id"], "track_id": project["tracks"][0]["id"]}
    clip = sidecar.call("projects.add_clip", **place, path=str(song), start_s=1.0)["clip"]
    cut = sidecar.call("projects.split_clip", clip_id=clip["id"], at_s=1.503, snap="zero_crossing")["clip"]
    assert cut["end_s"] == pytest.approx(1.5, abs=0.0002)
    quieter = [{"type": "gain", "params": {"gain_db": -6}}]
    sidecar.call("projects.update_clip", clip_id=cut["id"], effects=quieter)
    trimmed = sidecar.call("projects.trim_clip", clip_id=cut["id"], end_s=1.203, snap="zero_crossing")["clip"]
    assert trimmed["end_s"] == pytest.approx(1.2, abs=0.0002)
    silence = sidecar.call("projects.add_clip", **place, silence_s=1.0, start_s=5.0)["clip"]
    with pytest.raises(Refused) as refused:
        sidecar.call("projects.split_clip", clip_id=silence["id"], at_s=5.5, snap="zero_crossing")
    assert refused.value.data["errors"][0]["loc"] == ["snap"]


@pytest.mark.models
def test_cuts_and_moves_snap_to_the_edges_of_words(sidecar: SidecarProcess, project: Message) -> None:
    text = "One two three four five."
    spoken = sidecar.call("generation.create", profile_id="heart", text=text, wait=True)["generation"]["id"]
    words = sidecar.call("generation.words", generation_id=spoken)["words"]
    track_id = project["tracks"][0]["id"]
    place = {"project_id": project["id"], "track_id": track_id}
    clip = sidecar.call("projects.add_clip", **place, generation_id=spoken, start_s=1.0)["clip"]
    beat = sidecar.call("projects.add_clip", **place, silence_s=0.1, start_s=9.0)["clip"]
    third = words[2]
    moved = sidecar.call("projects.move_clip", clip_id=beat["id"], start_s=1.0 + third["start_s"] - 0.01, snap="word")
    assert moved["clip"]["start_s"] == pytest.approx(1.0 + third["start_s"], abs=1e-4)
    left, right = sidecar.call("projects.split_clip", clip_id=clip["id"], at_s=moved["clip"]["start_s"], snap="word")[
        "clips"
    ]
    assert left["end_s"] == right["start_s"] == moved["clip"]["start_s"]
    longer = sidecar.call("projects.trim_clip", clip_id=left["id"], end_s=1.01 + third["end_s"], snap="word")["clip"]
    assert longer["end_s"] == pytest.approx(1.0 + third["end_s"], abs=1e-4)
    with pytest.raises(Refused) as refused:
        sidecar.call("projects.move_clip", clip_id=beat["id"], start_s=30.0, snap="word")
    assert refused.value.data["kind"] == "conflict"
