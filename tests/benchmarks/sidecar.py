"""Measures the sidecar and prints a table: `python -m tests.benchmarks.sidecar`. Nothing here asserts on a time."""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Connection, insert

from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import generations, usage, versions
from sidecar.store.values import new_id
from tests.conftest import MODELS
from tests.process.conftest import PRESET
from tests.process.sidecar_process import ROOT, SidecarProcess

STARTS = 10
CALLS = 2_000
PAGES = 30
HISTORY = 100_000
BATCH = 5_000
USED_DAYS = 1_000
USED_PROFILES = 50
MEGABYTE = 1 << 20
SENTENCE = "The sidecar answers within milliseconds while a model works, because no model ever runs in it. "

MODULES_OF_THE_SIDECAR = """
import os, sys
from pathlib import Path
from sidecar.config import Config
from sidecar.rpc.pipe import Pipe
from sidecar.run import run_sidecar
run_sidecar(Pipe(os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_WRONLY)),
            Config(Path(sys.argv[1]), ()), "info", None)
print(*(name for name, module in list(sys.modules.items())
        if "site-packages" in (getattr(module, "__file__", None) or "")), sep="\\n")
"""
IMPORT_ALL = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print("ready", flush=True)
"""

WORDS = [
    "river",
    "stone",
    "window",
    "letter",
    "garden",
    "silver",
    "morning",
    "evening",
    "quiet",
    "thunder",
    "paper",
    "mountain",
    "voice",
    "number",
    "winter",
    "summer",
    "candle",
    "harbour",
    "journey",
    "question",
    "answer",
    "shadow",
    "mirror",
    "bridge",
    "forest",
    "island",
    "market",
    "singer",
    "teacher",
    "doctor",
]
CHINESE = "今天天气很好我们一起去公园散步吧明天早上开会讨论新的计划"


def main() -> None:
    """Measure everything, one row a line."""
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measurements(Path(folder)):
            print(f"{name:<58} {value}", flush=True)


def measurements(folder: Path) -> Iterator[tuple[str, str]]:
    """Every row of the table."""
    yield from start_up(folder / "start")
    yield from work(folder / "work")
    yield from history(folder / "history")


def start_up(data_dir: Path) -> Iterator[tuple[str, str]]:
    """Spawn to the first line, beside an interpreter that only imports what the sidecar imports; idle memory."""
    first_line([sys.executable, "-m", "sidecar", "--data-dir", str(data_dir)])
    listed = subprocess.run(
        [sys.executable, "-c", MODULES_OF_THE_SIDECAR, str(data_dir)], cwd=ROOT, capture_output=True, check=True
    )
    modules = listed.stdout.decode().split()
    ready, bare = [], []
    for _ in range(STARTS):
        ready.append(first_line([sys.executable, "-m", "sidecar", "--data-dir", str(data_dir)]))
        bare.append(first_line([sys.executable, "-c", IMPORT_ALL, *modules]))
    yield "spawn to sidecar.ready, median", milliseconds(statistics.median(ready))
    yield f"bare import of its {len(modules)} third-party modules, median", milliseconds(statistics.median(bare))
    yield "ratio (aim: at most 1.5)", f"{statistics.median(ready) / statistics.median(bare):.2f}"
    with SidecarProcess(data_dir) as sidecar:
        sidecar.call("profiles.list")
        memory = psutil.Process(sidecar.process.pid).memory_full_info()
        yield "idle memory, RSS (aim: under 80 MB)", f"{memory.rss / MEGABYTE:.1f} MB"
        if pss := getattr(memory, "pss", 0):
            yield "idle memory, PSS", f"{pss / MEGABYTE:.1f} MB"


def first_line(command: list[str]) -> float:
    """Seconds from spawning a command to its first line; then it is hung up on."""
    started = time.perf_counter()
    # Wherever this runs, the spawned interpreter keeps its bytecode, as an installed program does.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        return time.perf_counter() - started


def work(data_dir: Path) -> Iterator[tuple[str, str]]:
    """Round trips while nothing and while much goes on; how fast speech is made and heard of."""
    with SidecarProcess(data_dir, VOICEBOX_MODELS_DIR=str(MODELS)) as sidecar:
        for number in range(10):
            sidecar.call("profiles.create", name=f"Voice {number}", voice=PRESET)
        yield "profiles.list, idle, p50 / p99", spread(timed(CALLS, lambda: sidecar.call("profiles.list")))
        yield "system.health, idle, p50 / p99", spread(timed(CALLS, lambda: sidecar.call("system.health")))
        yield "first progress after generation.create, cold", milliseconds(first_progress(sidecar))
        yield "first progress after generation.create, warm", milliseconds(first_progress(sidecar))
        long = sidecar.call("generation.create", profile_id="Voice 0", text=SENTENCE * 20)
        sidecar.event("job.progress", job_id=long["job_id"], stage="speaking")
        busy, health = [], []
        while not any(end["job_id"] == long["job_id"] for end in sidecar.events("job.finished")):
            busy += timed(50, lambda: sidecar.call("profiles.list"))
            health += timed(50, lambda: sidecar.call("system.health"))
        yield "profiles.list, engine busy, p50 / p99 (aim: p99 under 10 ms)", spread(busy)
        yield "system.health, engine busy, p50 / p99 (aim: under 5 ms)", spread(health)
        done = sidecar.call("history.get", generation_id=long["generation"]["id"])["generation"]
        speed = done["duration_s"] / done["timings"]["compute_s"]
        yield "audio seconds made in a second, while that was asked", f"{speed:.2f}"


def first_progress(sidecar: SidecarProcess) -> float:
    """Seconds from asking for speech to the first word about it; then its end is waited for."""
    started = time.perf_counter()
    job_id = sidecar.call("generation.create", profile_id="Voice 0", text="Hello.")["job_id"]
    sidecar.event("job.progress", job_id=job_id)
    heard = time.perf_counter() - started
    sidecar.event("job.finished", job_id=job_id)
    return heard


def history(data_dir: Path) -> Iterator[tuple[str, str]]:
    """Pages of a long history."""
    started = time.perf_counter()
    asyncio.run(fill(data_dir))
    yield f"{HISTORY} generations inserted", f"{time.perf_counter() - started:.1f} s"
    started = time.perf_counter()
    with SidecarProcess(data_dir) as sidecar:
        sidecar.event("sidecar.ready")
        yield f"spawn to sidecar.ready with {HISTORY} generations", milliseconds(time.perf_counter() - started)
        for name, params in pages().items():
            found = sidecar.call("history.list", **params)["total"]
            times = timed(PAGES, partial(sidecar.call, "history.list", **params))
            yield f"history.list {name} ({found} found), p50 / p99", spread(times)
        yield "history.stats, p50 / p99", spread(timed(PAGES, lambda: sidecar.call("history.stats")))
        for group_by in ("day", "profile"):
            times = timed(PAGES, partial(sidecar.call, "usage.get", group_by=group_by))
            yield f"usage.get by {group_by}, {USED_DAYS} days of {USED_PROFILES} profiles, p50 / p99", spread(times)


def pages() -> dict[str, dict[str, Any]]:
    """What is asked for, by what makes it hard (aim: any under 10 ms)."""
    return {
        "first page": {},
        "page of 200": {"limit": 200},
        "middle": {"offset": HISTORY // 2},
        "last page": {"offset": HISTORY - 50},
        "by title": {"sort": "title"},
        "by title, middle": {"sort": "title", "offset": HISTORY // 2},
        "favorites": {"favorite": True},
        "completed, middle": {"status": "completed", "offset": HISTORY // 2},
        "failed": {"status": "failed"},
        "status, language and engine": {"status": "completed", "language": "en", "engine": "kokoro"},
        "since": {"since": moment(HISTORY // 2)},
        "search, a word in every text": {"search": "spoken"},
        "search, that and deep": {"search": "spoken", "offset": HISTORY // 2},
        "search, one word of 32": {"search": "thunder"},
        "search, two words": {"search": "thunder harbour"},
        "search, one hit": {"search": "needle-77777"},
        "search, two Chinese characters": {"search": "公园"},
        "search, one Chinese character": {"search": "园"},
        "search, two letters": {"search": "th"},
        "search, no hit": {"search": "xylophone"},
        "search, a word and a status": {"search": "thunder", "status": "failed"},
        "search, a word in every text, favorites": {"search": "spoken", "favorite": True},
        "search, a word in every text, completed": {"search": "spoken", "status": "completed"},
        "search, a word in every text, by title": {"search": "spoken", "sort": "title"},
    }


async def fill(data_dir: Path) -> None:
    """Put a long history into a fresh data folder, through the store, without audio files."""
    database = Database(FileStore(data_dir).database)
    chance = random.Random(100_000)
    for first in range(0, HISTORY, BATCH):
        made = [made_up(number, chance) for number in range(first, first + BATCH)]

        def add(connection: Connection, made: list[tuple[dict[str, Any], dict[str, Any]]] = made) -> None:
            connection.execute(insert(generations), [generation for generation, _ in made])
            connection.execute(insert(versions), [version for _, version in made])

        await database.write(add)
    await database.write(lambda connection: connection.execute(insert(usage), used()).close())
    database.close()


def used() -> list[dict[str, Any]]:
    """The sums of a million generations."""
    count = 1_000_000 // (USED_DAYS * USED_PROFILES)
    sums = {"count": count, "characters": 60 * count, "audio_s": 4.0 * count, "compute_s": 1.0 * count}
    model = {"kind": "generation", "engine": "kokoro", "model": "kokoro-82m"}
    return [
        {"day": moment(1440 * day)[:10], "profile_id": f"profile {profile}", "profile_name": f"Voice {profile}"}
        | model
        | sums
        for day in range(USED_DAYS)
        for profile in range(USED_PROFILES)
    ]


def moment(number: int) -> str:
    """The time at which the generation with this number was made: one a minute."""
    day, minute = divmod(number, 1440)
    month, day = divmod(day, 28)
    hour, minute = divmod(minute, 60)
    return f"{2024 + month // 12}-{month % 12 + 1:02}-{day + 1:02}T{hour:02}:{minute:02}:00.000000Z"


def made_up(number: int, chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """One generation with its version."""
    generation_id, version_id, when = new_id(), new_id(), moment(number)
    words = " ".join(chance.choices(WORDS, k=12))
    text = f"Sentence {number} was spoken: {words}."
    if number % 10 == 0:
        start = chance.randrange(len(CHINESE) - 8)
        text = f"{CHINESE[start : start + 8]}。spoken"
    if number == HISTORY // 3:
        text += " needle-77777"
    status = "failed" if number % 100 == 7 else "completed"
    generation = {
        "id": generation_id,
        "profile_name": f"Voice {number % 7}",
        "title": f"Title {chance.randrange(HISTORY)}",
        "text": text,
        "language": "zh" if number % 10 == 0 else "en",
        "engine": "kokoro",
        "settings": {"speed": 1.0},
        "status": status,
        "favorite": number % 50 == 0,
        "default_version_id": version_id,
        "created_at": when,
        "finished_at": when,
    }
    version = {
        "id": version_id,
        "generation_id": generation_id,
        "label": "Take 1",
        "kind": "take",
        "audio_path": f"audio/generations/{version_id}.wav",
        "duration_s": 4.0,
        "sample_rate": 24_000,
        "created_at": when,
    }
    return generation, version


def timed(times: int, work: Callable[[], object]) -> list[float]:
    """Seconds of each of so many calls."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return taken


def spread(seconds: list[float]) -> str:
    """Median and 99th percentile, in milliseconds."""
    ordered = sorted(seconds)
    return f"{milliseconds(ordered[len(ordered) // 2])} / {milliseconds(ordered[int(len(ordered) * 0.99)])}"


def milliseconds(seconds: float) -> str:
    """Seconds for people."""
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    main()
