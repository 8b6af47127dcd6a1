"""Measures what stays in memory: `python -m tests.benchmarks.memory [ROUNDS]`. Nothing here asserts on a number.

Short sentences are spoken by Kokoro in turn with one second being transcribed; then the idle time is made short, and
the engine processes are waited for to end.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import soundfile

from tests.conftest import MODELS
from tests.process.conftest import PRESET
from tests.process.sidecar_process import SidecarProcess

ROUNDS = 200
EVERY = 20
IDLE_S = 2.0
RECORDING = "en_sarah.wav"
SENTENCES = ("Yes.", "No.", "Thank you.", "Not today.", "Come in.")
MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Memory:
    """Resident bytes after so many rounds."""

    rounds: int
    sidecar: int
    model: int
    audio: int

    @property
    def row(self) -> str:
        """One line of the table, in megabytes."""
        return "".join(f"{size / MEGABYTE:>14.1f}" for size in (self.sidecar, self.model, self.audio))


def main() -> None:
    """Print a row now and then, and the growth at the end."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    print(f"{'MB after rounds':<18}{'sidecar':>14}{'model engine':>14}{'audio engines':>14}")
    with tempfile.TemporaryDirectory() as folder:
        recording = one_second(Path(folder))
        with SidecarProcess(Path(folder) / "data", VOICEBOX_MODELS_DIR=str(MODELS)) as sidecar:
            measured = []
            for memory in measurements(sidecar, recording, rounds, EVERY):
                measured.append(memory)
                print(f"{memory.rounds:<18}{memory.row}", flush=True)
            first, last = measured[0], measured[-1]
            print(f"{'growth':<18}{last.model / first.model - 1:>28.1%} of the model engine")
            print(f"{'growth':<18}{(last.sidecar - first.sidecar) / MEGABYTE:>14.1f} MB of the sidecar")
            print(f"{'engine gone':<18}{seconds_until_gone(sidecar, recording):>14.1f} s after its idle time")


def measurements(sidecar: SidecarProcess, recording: Path, rounds: int, every: int) -> Iterator[Memory]:
    """Speak and listen in turn, and measure after every so many rounds."""
    sidecar.call("profiles.create", name="Heart", voice=PRESET)
    for done in range(1, rounds + 1):
        sidecar.call("generation.create", profile_id="heart", text=SENTENCES[done % len(SENTENCES)], wait=True)
        listen(sidecar, recording)
        if done % every == 0:
            yield measure(sidecar, done)


def measure(sidecar: SidecarProcess, rounds: int) -> Memory:
    """What every process holds now."""
    sizes = {"model": 0, "audio": 0}
    for engine in sidecar.call("system.health")["engines"]:
        sizes[engine["role"]] += psutil.Process(engine["pid"]).memory_info().rss
    return Memory(rounds, psutil.Process(sidecar.process.pid).memory_info().rss, **sizes)


def one_second(folder: Path) -> Path:
    """A second of a person's speech as a file."""
    samples, rate = soundfile.read(MODELS / "recordings" / RECORDING)
    path = folder / "second.wav"
    soundfile.write(path, samples[:rate], rate)
    return path


def listen(sidecar: SidecarProcess, recording: Path) -> None:
    """Have a recording transcribed."""
    sidecar.call("transcription.create", path=str(recording), model="whisper-tiny.en", language="en", wait=True)


def seconds_until_gone(sidecar: SidecarProcess, recording: Path) -> float:
    """How much longer than a short idle time the engine process lives on when nothing is asked of it any more."""
    sidecar.call("settings.update", engine_idle_s=IDLE_S)
    listen(sidecar, recording)
    engine, started = sidecar.engine(), time.monotonic()
    _, alive = psutil.wait_procs([engine], 10 * IDLE_S)
    return float("inf") if alive else time.monotonic() - started - IDLE_S


if __name__ == "__main__":
    main()
