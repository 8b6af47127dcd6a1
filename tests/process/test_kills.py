"""The plug is pulled at random moments; whatever was asked for is there in the end, whole, and nothing else."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
import soundfile

from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

GENERATIONS = 12
KILLS = 3
KILL_WITHIN_S = 3.0
"""Long enough for a fresh process to load the model and finish a sentence."""


def ask_for_all(sidecar: SidecarProcess) -> list[str]:
    """Queue every generation; gives the jobs."""
    sidecar.call("profiles.create", name="Heart", voice=PRESET)
    asked = [
        sidecar.request(
            "generation.create", profile_id="heart", text=f"{number}." + " [pause 0.05s] Done." * (number % 4 == 0)
        )
        for number in range(GENERATIONS)
    ]
    return [sidecar.result(request)["job_id"] for request in asked]


def assert_all_is_whole(sidecar: SidecarProcess) -> None:
    """Every generation completed with a whole file; the database is sound; no file belongs to nobody."""
    listed = sidecar.call("history.list", limit=200)["items"]
    assert Counter(generation["status"] for generation in listed) == {"completed": GENERATIONS}
    for generation in listed:
        samples, rate = soundfile.read(generation["audio_path"])
        assert len(samples) / rate == pytest.approx(generation["duration_s"], abs=1e-3)
        assert abs(samples).max() > 0.01
    named = {Path(generation["audio_path"]) for generation in listed}
    assert {path for path in (sidecar.data_dir / "audio").rglob("*") if path.is_file()} == named
    assert list((sidecar.data_dir / "tmp").iterdir()) == []
    with closing(sqlite3.connect(sidecar.data_dir / "voicebox.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        assert database.execute("SELECT count(*) FROM chunks").fetchone() == (0,)


def test_a_queue_survives_the_sidecar_being_killed(start: Start, data_dir: Path) -> None:
    moments = random.Random(20)
    with start(data_dir) as sidecar:
        jobs = ask_for_all(sidecar)
    told: Counter[str] = Counter()
    in_doubt: set[str] = set()
    for _ in range(KILLS):
        sidecar = start(data_dir)
        sidecar.event("sidecar.ready")
        time.sleep(moments.uniform(0.0, KILL_WITHIN_S))
        sidecar.kill()
        ends = [end["job_id"] for end in sidecar.events("job.finished")]
        told.update(ends)
        in_doubt.update(ends[-1:])
    with start(data_dir) as sidecar:
        for job_id in jobs:
            if job_id not in told:
                assert sidecar.event("job.finished", job_id=job_id)["status"] == "completed"
        told.update(end["job_id"] for end in sidecar.events("job.finished"))
        assert_all_is_whole(sidecar)
    assert set(told) == set(jobs)
    assert {job for job, times in told.items() if times > 1} <= in_doubt


def test_a_queue_survives_the_engine_being_killed(start: Start, data_dir: Path) -> None:
    moments = random.Random(21)
    with start(data_dir) as sidecar:
        jobs = ask_for_all(sidecar)
        for job_id in jobs[::7]:
            # A job whose engine dies again and again on the spot fails, so let one be finished now and then.
            sidecar.event("job.finished", job_id=job_id)
            for _ in range(2):
                time.sleep(moments.uniform(0.0, KILL_WITHIN_S / 2))
                kill_an_engine(sidecar, moments)
        for job_id in jobs:
            assert sidecar.event("job.finished", job_id=job_id)["status"] == "completed"
        told = Counter(end["job_id"] for end in sidecar.events("job.finished"))
        assert told == dict.fromkeys(jobs, 1)
        assert_all_is_whole(sidecar)


def kill_an_engine(sidecar: SidecarProcess, moments: random.Random) -> None:
    """Kill whichever of the engine processes chance chooses, if there are any now."""
    if engines := sidecar.descendants():
        moments.choice(engines).kill()
