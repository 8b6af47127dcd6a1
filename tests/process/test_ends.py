from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import SidecarProcess

pytestmark = pytest.mark.process

SENTENCES = "This is one sentence of six. Every one of them is spoken on its own, and kept. " * 3


def hang_up(sidecar: SidecarProcess, _parent: subprocess.Popen[bytes]) -> None:
    sidecar.close_input()


def ask(sidecar: SidecarProcess, _parent: subprocess.Popen[bytes]) -> None:
    sidecar.request("system.shutdown")


def terminate(sidecar: SidecarProcess, _parent: subprocess.Popen[bytes]) -> None:
    sidecar.process.terminate()


def press_control_c(sidecar: SidecarProcess, _parent: subprocess.Popen[bytes]) -> None:
    """A terminal sends it to every process of the group, so to the engine process too."""
    os.killpg(sidecar.process.pid, signal.SIGINT)


def let_the_parent_die(_sidecar: SidecarProcess, parent: subprocess.Popen[bytes]) -> None:
    """The pipe stays open in this process, as it does where the parent had another child; the dead is not reaped."""
    parent.kill()


@pytest.fixture
def parent() -> Iterator[subprocess.Popen[bytes]]:
    """Some process for a sidecar to call its parent."""
    with subprocess.Popen(["sleep", "600"]) as process:
        yield process
        process.kill()


End = Callable[[SidecarProcess, "subprocess.Popen[bytes]"], None]
ENDS: list[End] = [hang_up, ask, terminate, press_control_c, let_the_parent_die]


@pytest.mark.parametrize("end", ENDS)
def test_an_idle_sidecar_ends_at_once_and_leaves_nothing(
    start: Start, data_dir: Path, parent: subprocess.Popen[bytes], end: End
) -> None:
    with start(data_dir, "--parent-pid", str(parent.pid)) as sidecar:
        sidecar.event("sidecar.ready")
        end(sidecar, parent)
        sidecar.assert_ended_cleanly()
        assert sidecar.stderr == ""


@pytest.mark.models
def test_a_generation_goes_on_after_every_kind_of_end(
    start: Start, data_dir: Path, parent: subprocess.Popen[bytes]
) -> None:
    with start(data_dir) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        asked = {"profile_id": "heart", "text": SENTENCES, "chunking": {"max_chars": 100}}
        started = sidecar.call("generation.create", **asked)
    for end in ENDS:
        with start(data_dir, "--parent-pid", str(parent.pid)) as sidecar:
            sidecar.event("job.progress", job_id=started["job_id"], stage="speaking")
            end(sidecar, parent)
            sidecar.assert_ended_cleanly()
            assert sidecar.events("job.finished") == []
    with start(data_dir) as sidecar:
        assert sidecar.event("job.finished", job_id=started["job_id"])["status"] == "completed"
        assert sidecar.call("jobs.get", job_id=started["job_id"])["job"]["attempts"] > len(ENDS)
        generation = sidecar.call("history.get", generation_id=started["generation"]["id"])["generation"]
        assert sidecar.call("audio.probe", path=generation["audio_path"])["duration_s"] == generation["duration_s"]


@pytest.mark.models
def test_a_request_that_waits_is_answered_before_the_end(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        waiting = sidecar.request("generation.create", profile_id="heart", text=SENTENCES, wait=True)
        sidecar.event("job.progress", stage="speaking")
        sidecar.process.terminate()
        assert sidecar.answer(waiting)["error"]["code"] == -32800
        sidecar.assert_ended_cleanly()


def test_a_second_process_on_one_data_folder_says_so_and_exits_with_3(start: Start, data_dir: Path) -> None:
    with start(data_dir) as first:
        first.event("sidecar.ready")
        second = start(data_dir)
        assert second.wait_ended() == 3
        assert second.messages == []
        assert second.stderr.count("\n") == 1
        assert str(data_dir) in second.stderr
        assert first.call("system.health")["status"] == "ok"


def test_the_next_process_starts_after_a_kill(start: Start, data_dir: Path) -> None:
    killed = start(data_dir)
    killed.event("sidecar.ready")
    killed.kill()
    with start(data_dir) as sidecar:
        assert sidecar.call("system.health")["status"] == "ok"


def test_what_a_kill_leaves_of_a_file_for_the_user_goes_at_the_next_start(
    start: Start, data_dir: Path, tmp_path: Path
) -> None:
    recording, place = tmp_path / "recording.wav", tmp_path / "place"
    soundfile.write(recording, np.random.default_rng(1).normal(0, 0.1, 24_000 * 1_200), 24_000, "PCM_16")
    place.mkdir()
    killed = start(data_dir)
    killed.event("sidecar.ready")
    killed.request("audio.convert", path=str(recording), format="mp3", path_out=str(place / "mine.mp3"))
    while not list(place.iterdir()):
        killed.call("system.health")
    killed.kill()
    assert not (place / "mine.mp3").exists()
    with start(data_dir) as sidecar:
        sidecar.call("system.health")
        assert list(place.iterdir()) == []
        assert list((data_dir / "tmp").iterdir()) == []


def newer(data_dir: Path) -> None:
    data_dir.mkdir()
    with closing(sqlite3.connect(data_dir / "voicebox.db")) as database:
        database.execute("PRAGMA user_version = 9999")


def no_database(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "voicebox.db").write_bytes(b"This is a shopping list, and it is quite a long one. " * 100)


def a_folder_instead_of_the_database(data_dir: Path) -> None:
    (data_dir / "voicebox.db").mkdir(parents=True)


def a_file_instead_of_the_folder(data_dir: Path) -> None:
    data_dir.write_text("I was here first.")


def a_read_only_folder(data_dir: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    data_dir.mkdir(mode=0o500)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (newer, "newer"),
        (no_database, "not a database"),
        (a_folder_instead_of_the_database, "cannot be opened"),
        (a_file_instead_of_the_folder, "cannot be used"),
        (a_read_only_folder, "cannot be used"),
    ],
)
def test_a_data_folder_that_cannot_be_used_is_refused_in_one_line_and_left_alone(
    start: Start, data_dir: Path, spoil: Callable[[Path], None], says: str
) -> None:
    spoil(data_dir)
    spoilt = data_dir if data_dir.is_file() else data_dir / "voicebox.db"
    before = spoilt.read_bytes() if spoilt.is_file() else None
    sidecar = start(data_dir)
    assert sidecar.wait_ended() == 1
    assert sidecar.messages == []
    assert sidecar.stderr.count("\n") == 1
    assert says in sidecar.stderr
    assert (spoilt.read_bytes() if spoilt.is_file() else None) == before


def test_what_was_asked_before_hanging_up_is_answered(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        asked = [sidecar.request("history.stats") for _ in range(2_000)]
        sidecar.close_input()
        sidecar.assert_ended_cleanly()
        answers = [sidecar.answer(number) for number in asked]
    assert {answer.get("error", {}).get("code") for answer in answers} <= {None, -32800}


def test_a_request_at_work_in_an_engine_process_is_told_that_it_was_cancelled_and_not_that_it_failed(
    start: Start, data_dir: Path, recordings: Path
) -> None:
    path = str(min(recordings.glob("en_*.wav")))
    with start(data_dir) as sidecar:
        sidecar.call("audio.probe", path=path)
        (audio,) = sidecar.descendants()
        audio.suspend()
        at_work = sidecar.request("audio.probe", path=path)
        sidecar.close_input()
        assert sidecar.answer(at_work)["error"]["data"]["kind"] == "cancelled"
        sidecar.assert_ended_cleanly()
