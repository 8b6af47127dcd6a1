"""Prints how long the lists, searches and looks take in libraries that are empty, small and large, side by side.

`python -m tests.benchmarks.load [--generations 1000000] [--keep FOLDER]`. Nothing here asserts on a time. A library
that `--keep` holds from an earlier run is used again. Start-up is measured from the spawn until the ready line, and
until the first answer.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.library import Size, fill
from tests.process.sidecar_process import SidecarProcess

ROUNDS = 12
STARTS = 3
WORKING_AFTER_S = 2.0
Times = dict[str, list[float]]
Ask = tuple[str, dict[str, Any]]

LOOKS: dict[str, Ask] = {
    "profiles.list": ("profiles.list", {}),
    "profiles.list, by name, deep": ("profiles.list", {"sort": "name", "offset": 9_900}),
    "profiles.list, searched": ("profiles.list", {"search": "voice 0042"}),
    "history.list": ("history.list", {}),
    "history.list, oldest first": ("history.list", {"sort": "created_at"}),
    "history.list, by title": ("history.list", {"sort": "title"}),
    "history.list, deep": ("history.list", {"offset": 90_000}),
    "history.list, failed": ("history.list", {"status": "failed"}),
    "history.list, favourites": ("history.list", {"favorite": True}),
    "history.list, completed favourites": ("history.list", {"status": "completed", "favorite": True}),
    "history.list, since": ("history.list", {"since": "2020-02-01T00:00:00Z"}),
    "history.list, rare word": ("history.list", {"search": "title 990"}),
    "history.list, common word": ("history.list", {"search": "kel"}),
    "history.list, two letters": ("history.list", {"search": "天気"}),
    "history.list, word and status": ("history.list", {"search": "kel", "status": "failed"}),
    "history.stats": ("history.stats", {}),
    "jobs.list": ("jobs.list", {}),
    "jobs.list, failed": ("jobs.list", {"status": "failed"}),
    "jobs.list, a status and a kind": ("jobs.list", {"status": "completed", "kind": "transcription"}),
    "transcription.list": ("transcription.list", {}),
    "projects.list": ("projects.list", {}),
    "usage.get": ("usage.get", {}),
    "usage.get, by profile": ("usage.get", {"group_by": "profile"}),
    "voices.list": ("voices.list", {}),
    "models.list": ("models.list", {}),
    "settings.get": ("settings.get", {}),
    "system.health": ("system.health", {}),
    "system.info": ("system.info", {}),
}
"""What is asked of every library, by the name that the table gives it."""


def main() -> None:
    """Make the libraries, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--generations", type=int, default=1_000_000)
    parser.add_argument("--profiles", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    wanted = parser.parse_args()
    full = Size(wanted.profiles, wanted.generations, wanted.jobs)
    with tempfile.TemporaryDirectory() as folder:
        kept = wanted.keep or Path(folder)
        _print_table([_measured(kept / size.name, size) for size in (Size(0, 0, 0), Size(1_000, 1_000, 1_000), full)])


def _measured(data_dir: Path, size: Size) -> tuple[str, Times]:
    if not data_dir.exists():
        started = time.perf_counter()
        fill(data_dir, size)
        print(f"{size.name} was made in {time.perf_counter() - started:.0f} s", flush=True)
    times: Times = {"spawn to ready": [], "spawn to first answer": [], "spawn to resting, MB": []}
    for _ in range(STARTS):
        started = time.perf_counter()
        with SidecarProcess(data_dir) as sidecar:
            sidecar.event("sidecar.ready")
            times["spawn to ready"].append(time.perf_counter() - started)
            sidecar.call("history.list", limit=1)
            times["spawn to first answer"].append(time.perf_counter() - started)
            _wait_until_it_rests(sidecar)
            times["spawn to resting, MB"].append(psutil.Process(sidecar.process.pid).memory_info().rss / 1e9)
    with SidecarProcess(data_dir) as sidecar:
        times |= {name: _timed(sidecar, *ask) for name, ask in (LOOKS | _looks_at_one(sidecar)).items()}
        # With an end to the memory of answers before each, as if somebody wrote all the time.
        times |= {
            f"{name}, after a change": _timed(sidecar, *LOOKS[name], lambda: _change(sidecar))
            for name in ("history.list", "history.stats", "jobs.list", "history.list, common word")
        }
    return size.name, times


def _looks_at_one(sidecar: SidecarProcess) -> dict[str, Ask]:
    """What is asked about one row, where there is one."""
    found: dict[str, Ask] = {}
    for row in sidecar.call("history.list", limit=1)["items"]:
        found["history.get"] = "history.get", {"generation_id": row["id"]}
        found["history.list, a profile's"] = "history.list", {"profile_id": row["profile_id"]}
        found["profiles.get"] = "profiles.get", {"profile_id": row["profile_id"]}
        found["profiles.get, by name"] = "profiles.get", {"profile_id": row["profile_name"]}
    for row in sidecar.call("jobs.list", limit=1)["items"]:
        found["jobs.get"] = "jobs.get", {"job_id": row["id"]}
    return found


def _timed(
    sidecar: SidecarProcess, method: str, params: dict[str, Any], before: Callable[[], None] = lambda: None
) -> list[float]:
    """Seconds of each of many calls."""
    times = []
    for _ in range(ROUNDS):
        before()
        started = time.perf_counter()
        sidecar.call(method, **params)
        times.append(time.perf_counter() - started)
    return times


def _change(sidecar: SidecarProcess) -> None:
    name = f"Passing {time.perf_counter_ns()}"
    voice = {"kind": "preset", "engine": "kokoro", "voice_id": "af_heart"}
    made = sidecar.call("profiles.create", name=name, voice=voice)["profile"]
    sidecar.call("profiles.delete", profile_id=made["id"])


def _wait_until_it_rests(sidecar: SidecarProcess) -> None:
    """Return when it has computed nothing for a while."""
    process, used = psutil.Process(sidecar.process.pid), -1.0
    while (now := sum(process.cpu_times()[:2])) > used:
        used = now
        time.sleep(WORKING_AFTER_S / 4)


def _print_table(libraries: list[tuple[str, Times]]) -> None:
    names = dict.fromkeys(name for _, times in libraries for name in times)
    print(f"{'p50/p95 in ms':46}" + "".join(f"{size:>24}" for size, _ in libraries) + f"{'ratio':>8}")
    for name in names:
        cells = [_quantiles(times.get(name)) for _, times in libraries]
        first, last = cells[0], cells[-1]
        ratio = f"{last[0] / first[0]:8.1f}" if first and last else f"{'':8}"
        print(
            f"{name:46}" + "".join(f"{f'{cell[0]:.1f} / {cell[1]:.1f}' if cell else '-':>24}" for cell in cells) + ratio
        )


def _quantiles(times: list[float] | None) -> tuple[float, float] | None:
    """The median and the 95th percentile, in milliseconds."""
    if not times:
        return None
    return 1000 * statistics.median(times), 1000 * statistics.quantiles(times, n=20, method="inclusive")[-1]


if __name__ == "__main__":
    main()
