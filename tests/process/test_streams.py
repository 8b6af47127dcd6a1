from __future__ import annotations

import base64
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import FROZEN

pytestmark = pytest.mark.process

BABBLE = """
import ctypes, os, subprocess, sys, threading, time

def same_place():
    one, two = os.fstat(1), os.fstat(2)
    return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)

def babble():
    while not same_place():
        time.sleep(0.001)
    from tqdm import tqdm
    c = ctypes.CDLL(None)
    while True:
        print("a word by print", flush=True)
        c.puts(b"a word by puts")
        c.fflush(None)
        subprocess.run(["echo", "a word by a child"], env={})
        for _ in tqdm(range(3), desc="a word by tqdm", file=sys.stdout):
            pass
        time.sleep(0.05)

threading.Thread(target=babble, daemon=True).start()
"""
WORDS = [f"a word by {speaker}" for speaker in ("print", "puts", "a child", "tqdm")]
MEGABYTE = 1 << 20


@pytest.mark.models
@pytest.mark.skipif(FROZEN is not None, reason="the frozen program looks at no PYTHONPATH")
def test_nothing_that_libraries_print_reaches_stdout(start: Start, data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(BABBLE)
    with start(data_dir, PYTHONPATH=str(tmp_path)) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        sidecar.call("generation.create", profile_id="heart", text="Not a word.", wait=True)
        assert sidecar.impurities == []
        engine_logs = "".join(path.read_text("utf-8") for path in (data_dir / "logs").glob("*.log"))
        for word in WORDS:
            assert word in sidecar.stderr
            assert word in engine_logs


@pytest.fixture
def full_pipe() -> Iterator[int]:
    """The writing end of a pipe that takes no more, and that nobody will ever empty."""
    undrained, full = os.pipe()
    os.set_blocking(full, False)
    with suppress(BlockingIOError):
        while True:
            os.write(full, bytes(4096))
    os.set_blocking(full, True)
    yield full
    os.close(full)
    os.close(undrained)


@pytest.mark.models
def test_a_stderr_that_nobody_drains_blocks_nothing(start: Start, data_dir: Path, full_pipe: int) -> None:
    with start(data_dir, stderr=full_pipe) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        job_id = sidecar.call("generation.create", profile_id="heart", text="Warnings go to stderr.")["job_id"]
        sidecar.event("job.progress", job_id=job_id, stage="loading")
        sidecar.engine().kill()
        assert sidecar.event("job.finished", job_id=job_id)["status"] == "completed"
        assert "is tried again" in (data_dir / "logs" / "sidecar.log").read_text("utf-8")


@pytest.mark.models
def test_a_client_that_stops_reading_loses_no_answer_and_costs_bounded_memory(
    start: Start, data_dir: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a megabyte"
    file.write_bytes(os.urandom(MEGABYTE))
    with start(data_dir) as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
    with start(data_dir, reading=False) as sidecar:
        sidecar.request("generation.create", profile_id="heart", text="Nobody listens to this. " * 6)
        asked = [sidecar.request("audio.read", path=str(file)) for _ in range(200)]
        wait_until_a_job_has_ended(data_dir / "voicebox.db")
        sidecar.start_reading()
        for number in asked:
            assert base64.b64decode(sidecar.result(number)["data"]) == file.read_bytes()
        assert sidecar.event("job.finished")["status"] == "completed"
        assert len(sidecar.events("job.progress")) < 10
        assert peak_memory(sidecar.process.pid) < 250 * MEGABYTE


def wait_until_a_job_has_ended(path: Path) -> None:
    """Look into the database, since there is no other way to hear of it."""
    deadline = time.monotonic() + 60.0
    ended = 0
    while not ended:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path)) as database:
            (ended,) = database.execute("SELECT count(*) FROM jobs WHERE status = 'completed'").fetchone()


def peak_memory(pid: int) -> int:
    """The largest resident size that a process ever had, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text("ascii")
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(kilobytes) << 10
