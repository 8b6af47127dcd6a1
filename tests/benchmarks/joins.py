"""Prints how chunks of real speech are joined, and draws a join of three.

    python -m tests.benchmarks.joins [--picture joins.png]

Every row is one take of Kokoro through `audio.join`: its length to the sample, its loudness and true peak, and the
largest step from one sample to the next where parts meet, beside the largest within the speech.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import spectrogram

from sidecar.engines.base import Samples, Utterance, Voice
from sidecar.engines.kokoro.adapter import KokoroEngine
from sidecar.engines.worker.audio_ops import OPERATIONS
from sidecar.engines.worker.control import OperationControl
from tests.join_metrics import joints, largest_jump, lufs, true_peak_db
from tests.speech_metrics import MODELS, Quiet
from tests.spoken_texts import TEXTS

VOICES = ("af_heart", "am_michael", "bf_emma")
CHUNKS = 3
LOUDEST_DB, RANGE_DB = -30.0, 90.0
HEIGHT = 400


@dataclass(frozen=True)
class Join:
    """How a row is joined."""

    pause_s: float
    crossfade_s: float
    target_lufs: float | None


JOINS = (
    Join(0.3, 0.0, None),
    Join(0.0, 0.0, None),
    Join(0.0, 0.05, None),
    Join(0.3, 0.2, None),
    Join(0.3, 0.0, -30.0),
    Join(0.3, 0.0, -23.0),
    Join(0.3, 0.05, -18.0),
    Join(0.3, 0.0, -16.0),
    Join(0.0, 0.05, -14.0),
    Join(0.3, 0.0, -10.0),
)


def speak_chunks(engine: KokoroEngine, voice: str, folder: Path) -> list[str]:
    """Three chunks of one voice, each in a file as the engine leaves it."""
    prompt = engine.prepare(Voice("preset", voice), Quiet())
    paths = []
    for text in TEXTS[VOICES.index(voice) * CHUNKS :][:CHUNKS]:
        path = folder / f"{voice}-{len(paths)}.wav"
        take = np.concatenate(list(engine.speak(prompt, Utterance(text, "en", seed=1), Quiet())))
        soundfile.write(path, take, engine.sample_rate, subtype="FLOAT")
        paths.append(str(path))
    return paths


def joined(parts: list[str], join: Join, out_path: Path) -> tuple[dict[str, Any], Samples, float]:
    """What `audio.join` tells, the samples that it wrote, and the seconds of processor time that it took."""
    params = {
        "parts": parts,
        "pauses_s": [join.pause_s] * (len(parts) - 1),
        "crossfade_s": join.crossfade_s,
        "loudness_lufs": join.target_lufs,
        "out_path": str(out_path),
    }
    started = time.process_time()
    told = OPERATIONS["audio.join"](params, OperationControl(lambda progress: None))
    seconds = time.process_time() - started
    return told, soundfile.read(out_path, dtype="float32")[0], seconds


def row(voice: str, join: Join, told: dict[str, Any], samples: Samples, seconds: float) -> str:
    """One line of the table."""
    rate = told["sample_rate"]
    sizes = [round(part["duration_s"] * rate) for part in told["parts"]]
    starts = [round(part["start_s"] * rate) for part in told["parts"]]
    ends = [start + size for start, size in zip(starts, sizes, strict=True)]
    planned = sum(sizes) + round((told["paused_s"] - told["overlapped_s"]) * rate)
    levels = [lufs(samples[start:end], rate) for start, end in zip(starts, ends, strict=True)]
    target = "-" if join.target_lufs is None else f"{join.target_lufs:.0f}"
    return (
        f"{voice:10} {join.pause_s:5.2f} {join.crossfade_s:9.2f} {samples.size / rate:7.3f} "
        f"{samples.size - planned:+4d} {target:>6} {lufs(samples, rate):8.2f} {max(levels) - min(levels):6.2f} "
        f"{true_peak_db(samples):6.2f} {largest_jump(samples, joints(told['parts'], rate)):7.4f} "
        f"{np.abs(np.diff(samples)).max():6.3f} {seconds / samples.size * rate:8.4f}"
    )


def draw(samples: Samples, rate: int, path: Path) -> None:
    """A spectrogram from 0 Hz to half the rate, 5 ms a column, black at -120 dB and white at -30 dB."""
    step = rate // 200
    _, _, power = spectrogram(samples, rate, nperseg=4 * step, noverlap=3 * step, nfft=1_024)
    levels = 10 * np.log10(power + 1e-20)
    grey: NDArray[np.float64] = np.clip((levels - LOUDEST_DB) / RANGE_DB + 1.0, 0.0, 1.0)
    image = Image.fromarray((255 * grey[::-1]).astype(np.uint8))
    image.resize((image.width, HEIGHT)).save(path)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--picture", type=Path, help="where to draw the first join as a PNG")
    arguments = parser.parse_args()
    engine = KokoroEngine(MODELS / "kokoro-82m", "cpu")
    print("voice      pause crossfade    s     off target loudness spread   dBTP  joints speech cost s/s")
    with tempfile.TemporaryDirectory() as scratch:
        for voice in VOICES:
            parts = speak_chunks(engine, voice, Path(scratch))
            for join in JOINS:
                told, samples, seconds = joined(parts, join, Path(scratch) / "take.wav")
                print(row(voice, join, told, samples, seconds), flush=True)
                if arguments.picture and (voice, join) == (VOICES[0], JOINS[0]):
                    draw(samples, told["sample_rate"], arguments.picture)
    engine.close()


if __name__ == "__main__":
    main()
