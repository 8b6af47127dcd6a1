"""Prints what a batch saves: `python -m tests.benchmarks.batch [--items 50]`. Nothing here asserts on a time.

The same short texts are spoken twice by a sidecar whose engine has loaded the model before: as that many calls of
`generation.create`, all sent at once, and as one `generation.batch`. Taking in a thousand items is timed as well.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.conftest import MODELS
from tests.process.conftest import PRESET
from tests.process.sidecar_process import SidecarProcess

ITEMS = 50
THOUSAND = 1_000
PATIENCE_S = 600.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=ITEMS)
    count = parser.parse_args().items
    texts = [f"This is line number {number}." for number in range(count)]
    with (
        tempfile.TemporaryDirectory() as folder,
        SidecarProcess(Path(folder) / "data", VOICEBOX_MODELS_DIR=str(MODELS)) as sidecar,
    ):
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        speak_one_by_one(sidecar, texts[:1])
        single = speak_one_by_one(sidecar, texts)
        batch = speak_as_batch(sidecar, texts)
        print(f"{'':24} {'until all are queued':>20} {'until all are spoken':>20} {'ratio':>6}")
        for name, (queued_s, spoken_s) in {f"{count} single calls": single, f"a batch of {count}": batch}.items():
            print(f"{name:24} {queued_s:18.2f} s {spoken_s:18.1f} s {spoken_s / single[1]:6.2f}")
        taken_s, cancelled_s = take_and_cancel(sidecar, THOUSAND)
        print(f"{f'a batch of {THOUSAND:,}':24} {taken_s:18.2f} s   cancelled as a whole in {cancelled_s:.2f} s")


def speak_one_by_one(sidecar: SidecarProcess, texts: list[str]) -> tuple[float, float]:
    """Seconds until all are queued, and until all are spoken."""
    started = time.perf_counter()
    asked = [sidecar.request("generation.create", **one) for one in items(texts)]
    jobs = [sidecar.result(request)["job_id"] for request in asked]
    queued_s = time.perf_counter() - started
    for job_id in jobs:
        sidecar.event("job.finished", PATIENCE_S, job_id=job_id)
    return queued_s, time.perf_counter() - started


def speak_as_batch(sidecar: SidecarProcess, texts: list[str]) -> tuple[float, float]:
    """The same for one call."""
    started = time.perf_counter()
    job_id = sidecar.call("generation.batch", items=items(texts))["job_id"]
    queued_s = time.perf_counter() - started
    sidecar.event("job.finished", PATIENCE_S, job_id=job_id)
    return queued_s, time.perf_counter() - started


def take_and_cancel(sidecar: SidecarProcess, count: int) -> tuple[float, float]:
    """Seconds until so many items are queued, and until all of them are cancelled."""
    started = time.perf_counter()
    job_id = sidecar.call("generation.batch", items=items(["One."] * count))["job_id"]
    taken_at = time.perf_counter()
    sidecar.call("jobs.cancel", job_id=job_id)
    return taken_at - started, time.perf_counter() - taken_at


def items(texts: list[str]) -> list[dict[str, Any]]:
    """What both calls are given."""
    return [{"profile_id": "heart", "text": text, "seed": 1} for text in texts]


if __name__ == "__main__":
    main()
