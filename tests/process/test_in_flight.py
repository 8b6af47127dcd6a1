"""Ten thousand requests in one breath: each is answered once, in little memory, and none waits for a longer one."""

from __future__ import annotations

import json
import random
import sqlite3
import sys
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from sidecar.store.files import DATABASE
from tests import scripted_engine
from tests.process.sidecar_process import FROZEN, SidecarProcess
from tests.process.test_streams import MEGABYTE, peak_memory
from tests.torture.hostile_engine import GATE

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(FROZEN is not None, reason="the frozen program has no scripted engine"),
    pytest.mark.skipif(sys.platform != "linux", reason="peaks of memory are read from /proc"),
]

PROGRAM = [sys.executable, "-m", "tests.torture.program"]
ROWS = 4_000
WORDS = ("wind", "river", "stone", "light", "house", "winter", "voice", "paper", "seven", "garden")
SEARCHES, WAITS, CREATIONS, LOOKS = 120, 300, 10, 500
ALL = 10_000
FEW = 10
"""More than there are threads that read."""
MOST_MORE_MEMORY = 120 * MEGABYTE
"""Twelve kilobytes a request; what is in flight at once are the waiting ones, and the lines that were read."""


@pytest.fixture
def studio(data_dir: Path, tmp_path: Path) -> Iterator[SidecarProcess]:
    """A sidecar with a profile, a gate that holds the engine back, and a history of thousands of rows."""
    models = tmp_path / "models"
    scripted_engine.install(models)
    environment = {
        "VOICEBOX_MODELS_DIR": str(models),
        "TORTURE_ADAPTER": "tests.torture.hostile_engine:HostileEngine",
    }
    with SidecarProcess(data_dir, command=PROGRAM, **environment) as sidecar:
        sidecar.call("profiles.create", name="Tone", voice=scripted_engine.VOICE)
        sidecar.call("generation.create", profile_id="tone", text="The first one.", wait=True)
        multiply(data_dir / DATABASE)
        yield sidecar


def multiply(database: Path) -> None:
    """Put copies of the one generation into the history, each with a text of its own."""
    chance = random.Random(8)
    with closing(sqlite3.connect(database)) as connection, connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(generations)")]
        kept = ", ".join(name for name in names if name not in ("seq", "id", "text"))
        connection.executemany(
            f"INSERT INTO generations (id, text, {kept}) SELECT ?, ?, {kept} FROM generations WHERE seq = 1",
            ((str(uuid.uuid4()), " ".join(chance.choices(WORDS, k=30))) for _ in range(ROWS)),
        )


def lines_of(requests: list[tuple[str, str, dict[str, Any]]]) -> bytes:
    """Requests with their ids as they are sent."""
    return b"".join(
        json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"
        for number, method, params in requests
    )


def answers(sidecar: SidecarProcess, count: int) -> list[str]:
    """The ids of the first answers of those that were asked here, in their order, as soon as there are so many."""

    def heard() -> list[str] | None:
        found = [message["id"] for message in sidecar.messages if isinstance(message.get("id"), str)]
        return found if len(found) >= count else None

    return sidecar.wait_for(heard)


def test_ten_thousand_at_once_are_all_answered_and_no_short_one_waits_for_a_long_one(
    studio: SidecarProcess, tmp_path: Path
) -> None:
    before = psutil.Process(studio.process.pid).memory_info().rss
    held = studio.call("generation.create", profile_id="tone", text="This waits at the gate.")["job_id"]
    first = studio.call("jobs.list", status="completed")["items"][0]["id"]
    say = {"profile_id": "tone", "text": "And this one after it.", "wait": True}
    search = {"search": "w", "limit": 50}
    long = [
        *((f"wait {number}", "jobs.wait", {"job_id": held}) for number in range(WAITS)),
        *((f"create {number}", "generation.create", say) for number in range(CREATIONS)),
        *((f"search {number}", "history.list", search) for number in range(SEARCHES)),
    ]
    short = [
        *((f"look {number}", "jobs.get", {"job_id": first}) for number in range(LOOKS)),
        *((f"health {number}", "system.health", {}) for number in range(ALL - len(long) - LOOKS)),
    ]
    studio.send(lines_of([*long, *short]))

    # The engine is held back until everything else is answered: nothing waits for what waits.
    order = answers(studio, SEARCHES + len(short))
    assert not [number for number in order if number.startswith(("wait", "create"))]
    looks = [place for place, number in enumerate(order) if number.startswith("look")]
    searches = [place for place, number in enumerate(order) if number.startswith("search")]
    assert looks[FEW] < searches[-FEW], "a look at one row waits for the searches that were asked before it"

    (tmp_path / "models" / "scripted" / GATE).touch()
    order = answers(studio, ALL)
    assert Counter(order) == Counter(number for number, _, _ in (*long, *short))
    assert not [message for message in studio.messages if "error" in message]
    assert peak_memory(studio.process.pid) - before < MOST_MORE_MEMORY
