"""Prints how fast projects render, and at what memory: `python -m tests.benchmarks.projects [--hours 1 10]`.

A project is 48 kHz stereo of 24 kHz mono sources: on one track a clip after the other of a few short files, panned and
faded, and under them one file as long as all of it. Each length is rendered in a process of its own, as the engine
process does it, to WAV. Nothing here asserts on a time. A project of ten hours needs 9 GB in the temporary folder.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from sidecar.audio.timeline.render import render
from sidecar.timeline import Delivery, Fade, PlannedClip, PlannedTrack, RenderPlan

HOURS = (1.0, 10.0)
RATE, SOURCE_RATE = 48_000, 24_000
SHORT_SOURCES = 8
CLIP_S = 5
FADE = Fade(length=RATE // 10, curve="equal_power")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, nargs="+", default=HOURS)
    parser.add_argument("--loudness", type=float, help="level to so many LUFS as well")
    options = parser.parse_args()
    print(f"{'hours':>6} {'clips':>7} {'seconds':>8} {'processor s':>12} {'x real time':>12} {'peak memory':>12}")
    for hours in options.hours:
        with tempfile.TemporaryDirectory() as folder:
            clips, seconds, busy_s, peak_bytes = measured(Path(folder), hours, options.loudness)
        speed, mebibytes = hours * 3600 / seconds, peak_bytes / 2**20
        print(f"{hours:6g} {clips:7} {seconds:8.0f} {busy_s:12.0f} {speed:12.0f} {mebibytes:8.0f} MiB", flush=True)


def measured(folder: Path, hours: float, loudness_lufs: float | None) -> tuple[int, float, float, int]:
    """How many clips; how many seconds the render took, and its processors; the most memory it held, in bytes."""
    made = plan(folder, round(hours * 3600))
    ours, theirs = multiprocessing.Pipe()
    delivery = Delivery(
        path=str(folder / "mix.wav"),
        format="wav",
        sample_rate=RATE,
        channels=2,
        loudness_lufs=loudness_lufs,
        true_peak_db=None if loudness_lufs is None else -1.0,
    )
    child = multiprocessing.get_context("spawn").Process(target=run, args=(made, delivery, theirs))
    child.start()
    seconds, busy_s, peak_bytes = ours.recv()
    child.join()
    return sum(len(track.clips) for track in made.tracks), seconds, busy_s, peak_bytes


def run(made: RenderPlan, delivery: Delivery, theirs: Connection) -> None:
    """Render, in a process of its own."""
    started, busy_before_s = time.perf_counter(), time.process_time()
    render(made, delivery, lambda stage, completed_s, total_s: None)
    seconds, busy_s = time.perf_counter() - started, time.process_time() - busy_before_s
    theirs.send((seconds, busy_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))


def plan(folder: Path, seconds: int) -> RenderPlan:
    """The project, and the sources in the folder."""
    shorts = [folder / f"{number}.wav" for number in range(SHORT_SOURCES)]
    for number, path in enumerate(shorts):
        soundfile.write(path, syllables(number, CLIP_S), SOURCE_RATE)
    long = folder / "long.wav"
    with soundfile.SoundFile(long, "w", SOURCE_RATE, 1, "PCM_16", format="RF64") as file:
        minute = 0.2 * syllables(SHORT_SOURCES, 60)
        for _ in range(-(-seconds // 60)):
            file.write(minute)
    size = CLIP_S * RATE
    voices = tuple(
        clip(f"{number}", shorts[number % SHORT_SOURCES], number * size, size) for number in range(seconds // CLIP_S)
    )
    tracks = (
        PlannedTrack(id="voices", name="Voices", clips=voices),
        PlannedTrack(id="room", name="Room", gain_db=-6.0, clips=(clip("room", long, 0, seconds * RATE),)),
    )
    return RenderPlan(sample_rate=RATE, channels=2, start=0, end=seconds * RATE, tracks=tracks)


def syllables(seed: int, seconds: int) -> NDArray[np.float64]:
    """Noise that comes and goes four times a second, at levels as speech has them."""
    random = np.random.default_rng(seed)
    time_s = np.arange(seconds * SOURCE_RATE) / SOURCE_RATE
    level = np.interp(time_s, np.arange(0.0, seconds, 0.125), random.uniform(0.0, 0.2, seconds * 8) ** 2 / 0.2)
    return level * random.normal(0.0, 1.0, len(time_s))


def clip(name: str, path: Path, start: int, length: int) -> PlannedClip:
    """A whole file on the timeline."""
    return PlannedClip(
        id=name,
        place=name,
        path=str(path),
        file_frames=length // (RATE // SOURCE_RATE),
        start=start,
        length=length,
        pan=0.2,
        fade_in=FADE,
        fade_out=FADE,
    )


if __name__ == "__main__":
    main()
