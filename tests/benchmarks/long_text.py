"""Speaks a long text with Kokoro, hears all of it, and prints what was found: `python -m tests.benchmarks.long_text`.

`--chars 100000` is two hours of speech, and takes about as long on two cores; 10,000 is the default. Every sentence is
another one, so that one that is lost, doubled or out of place is found by comparing what Whisper hears with the text.
The engine process is killed once in the middle. Nothing asserts on a time.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import psutil

from sidecar.text.comparison import compare
from tests.conftest import MODELS
from tests.long_text import paragraphs, sentences
from tests.process.conftest import PRESET
from tests.process.sidecar_process import Message, SidecarProcess

PATIENCE_S = 6 * 3_600.0
EARLY, LATE, KILL = 0.2, 0.9, 0.5
MEGABYTE = 1 << 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chars", type=int, default=10_000)
    chosen = sentences(parser.parse_args().chars)
    with (
        tempfile.TemporaryDirectory() as folder,
        SidecarProcess(Path(folder) / "data", VOICEBOX_MODELS_DIR=str(MODELS)) as sidecar,
    ):
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        started = sidecar.call("generation.create", profile_id="Heart", text=paragraphs(chosen), verify="length")
        early = _memory(sidecar, started["job_id"], EARLY)
        _memory(sidecar, started["job_id"], KILL)
        sidecar.engine().kill()
        late = _memory(sidecar, started["job_id"], LATE)
        finished = sidecar.event("job.finished", PATIENCE_S, job_id=started["job_id"])
        generation: Message = finished["result"]["generation"]
        heard = sidecar.request("transcription.create", path=generation["audio_path"], language="en", wait=True)
        transcription = sidecar.answer(heard, PATIENCE_S)["result"]["transcription"]
    _print(chosen, generation, transcription["text"], early, late)


def _memory(sidecar: SidecarProcess, job_id: str, fraction: float) -> tuple[int, int]:
    """The sidecar's and its engine processes' RSS in bytes once so much of the job is done."""

    def reached() -> bool | None:
        told = sidecar.events("job.progress")
        return any(one["fraction"] >= fraction for one in told if one["job_id"] == job_id) or None

    sidecar.wait_for(reached, PATIENCE_S)
    process = psutil.Process(sidecar.process.pid)
    return process.memory_info().rss, sum(child.memory_info().rss for child in process.children())


def _print(chosen: list[str], generation: Message, heard: str, early: tuple[int, int], late: tuple[int, int]) -> None:
    comparison = compare(" ".join(chosen), heard, "en")
    quality, timings = generation["quality"], generation["timings"]
    chars, chunks = len(generation["text"]), len(quality["chunks"])
    print(f"{chars} characters, {len(chosen)} sentences, {chunks} chunks, {generation['duration_s'] / 60:.1f} minutes")
    print(
        f"passed: {quality['passed']}, retakes: {quality['retakes']}, compute: {timings['compute_s'] / 60:.1f} minutes"
    )
    print(f"heard otherwise: {comparison.wer:.1%} of the words; letters missing in a row: {comparison.missing} at most")
    print(f"letters added in a row: {comparison.added} at most")
    for name, before, after in zip(("sidecar", "engine processes"), early, late, strict=True):
        print(f"{name:18}{before / MEGABYTE:>8.0f} MB at {EARLY:.0%}{after / MEGABYTE:>8.0f} MB at {LATE:.0%}")


if __name__ == "__main__":
    main()
