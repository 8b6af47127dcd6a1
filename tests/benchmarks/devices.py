"""Prints what several devices gain: `python -m tests.benchmarks.devices [--devices cpu:0,cpu:1] [--texts 16]`.

The same texts are spoken by one engine process and by one for each device, which all compute with one thread; once by
Kokoro, once by the scripted engine, which costs next to nothing and so shows what all the rest costs. On a machine with
two cards: `--devices cuda:0,cuda:1 --voice preset/qwen/Ryan`. Nothing here asserts on a time.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from tests import scripted_engine
from tests.conftest import MODELS
from tests.process.conftest import PRESET
from tests.process.sidecar_process import SidecarProcess
from tests.services.studio import Studio

DEVICES = "cpu:0,cpu:1"
TEXTS = 16
TEXT = "The harbour was quiet that morning, and number {} of the boats had not come back since the day before."
PATIENCE_S = 1_800.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", default=DEVICES)
    parser.add_argument("--texts", type=int, default=TEXTS)
    parser.add_argument("--voice", default="/".join(PRESET.values()), help="kind/engine/voice_id")
    wanted = parser.parse_args()
    voice = dict(zip(PRESET, wanted.voice.split("/"), strict=True))
    os.environ["OMP_NUM_THREADS"] = "1"
    names = wanted.devices.split(",")
    print(f"{'':10} {'processes':>9} {'seconds':>8} {'audio s/s':>10} {'ratio':>6}")
    for engine, measure in ((voice["engine"], with_models), ("scripted", scripted)):
        alone = 0.0
        for count in range(1, len(names) + 1):
            took_s, audio_s = measure(",".join(names[:count]), wanted.texts, voice)
            alone = alone or took_s
            print(f"{engine:10} {count:9} {took_s:8.2f} {audio_s / took_s:10.2f} {alone / took_s:6.2f}")


def with_models(devices: str, count: int, voice: dict[str, Any]) -> tuple[float, float]:
    """Seconds that real engine processes take, all loaded before, and seconds of speech that they make."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SidecarProcess(Path(folder) / "data", VOICEBOX_MODELS_DIR=str(MODELS), VOICEBOX_DEVICE=devices) as sidecar,
    ):
        sidecar.call("profiles.create", name="Voice", voice=voice)
        speak(sidecar, 2 * len(devices.split(",")))
        return speak(sidecar, count)


def speak(sidecar: SidecarProcess, count: int) -> tuple[float, float]:
    """Have so many texts spoken, all asked for at once."""
    started = time.perf_counter()
    asked = [sidecar.request("generation.create", profile_id="voice", text=TEXT.format(n)) for n in range(count)]
    told = [sidecar.result(request) for request in asked]
    ends = [sidecar.event("job.finished", PATIENCE_S, job_id=one["job_id"]) for one in told]
    took_s = time.perf_counter() - started
    return took_s, sum(end["result"]["generation"]["duration_s"] for end in ends)


def scripted(devices: str, count: int, _voice: dict[str, Any]) -> tuple[float, float]:
    """The same with the scripted engine."""
    return asyncio.run(_scripted(devices, count))


async def _scripted(devices: str, count: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        async with Studio(Path(folder), (scripted_engine.spec(),)) as studio:
            await studio.call("settings.update", device=devices)
            await studio.call("profiles.create", name="Voice", voice=scripted_engine.VOICE)
            await _speak(studio, 2 * len(devices.split(",")))
            return await _speak(studio, count)


async def _speak(studio: Studio, count: int) -> tuple[float, float]:
    started = time.perf_counter()
    wishes = [
        studio.call("generation.create", profile_id="voice", text=TEXT.format(n), wait=True) for n in range(count)
    ]
    told = await asyncio.gather(*wishes)
    return time.perf_counter() - started, sum(one["generation"]["duration_s"] for one in told)


if __name__ == "__main__":
    main()
