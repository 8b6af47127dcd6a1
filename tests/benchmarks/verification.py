"""Prints which faults verification catches, how many sound takes it accepts, and what it costs.

    python -m tests.benchmarks.verification [--takes 200] [--whisper whisper-base]

Every take is spoken by Kokoro, once as it should be and once with a fault; the faults take turns, and so do five voices
and forty texts. `full` should catch 95 % of the faults and accept 98 % of the sound takes; `length` should catch every
runaway and every silence.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from sidecar.engines.base import Samples, SpeechEngine, Utterance, Voice
from sidecar.engines.kokoro.adapter import KokoroEngine
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.models import LoadedModels
from sidecar.engines.worker.verification_ops import VerificationOperations
from tests.faulty_engine import Fault, FaultyEngine
from tests.speech_metrics import MODELS, Quiet
from tests.spoken_texts import TEXTS

VOICES = ("af_heart", "am_michael", "bf_emma", "bm_george", "af_bella")
TEXT_STRIDE = 7
SOUND = "sound"


@dataclass(frozen=True)
class Take:
    """One take: the fault's name, or that it is sound, the text it should say, (samples,) at `sample_rate`."""

    kind: str
    text: str
    samples: Samples
    sample_rate: int


@dataclass
class Tally:
    """How many takes of a kind there were, and how many each check let pass."""

    takes: int = 0
    passed_length: int = 0
    passed_full: int = 0


@dataclass
class Verdicts:
    """The tallies by kind of take, what went against expectation, and the seconds that it all took."""

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    surprises: list[str] = field(default_factory=list)
    length_s: float = 0.0
    full_s: float = 0.0
    audio_s: float = 0.0


class Judge:
    """The two operations, as the engine process runs them."""

    def __init__(self, whisper: str, scratch: Path) -> None:
        self._operations = VerificationOperations(LoadedModels())
        self._path = scratch / "take.wav"
        model_dir = str(MODELS / whisper)
        self._equipment = {"whisper": whisper, "whisper_dir": model_dir, "whisper_bytes": {"cpu": 0}, "device": "cpu"}
        self._control = OperationControl(lambda progress: None)

    def judge(self, take: Take, verdicts: Verdicts) -> None:
        """Add one take to the verdicts."""
        soundfile.write(self._path, take.samples, take.sample_rate, subtype="FLOAT")
        params = {"path": str(self._path), "text": take.text, "language": "en"}
        started = time.perf_counter()
        length = self._operations.length(params, self._control)
        middle = time.perf_counter()
        full = self._operations.full(params | self._equipment, self._control)
        verdicts.length_s += middle - started
        verdicts.full_s += time.perf_counter() - middle
        verdicts.audio_s += take.samples.size / take.sample_rate
        tally = verdicts.tallies[take.kind]
        tally.takes += 1
        tally.passed_length += length["passed"]
        tally.passed_full += full["passed"]
        if full["passed"] != (take.kind == SOUND):
            verdicts.surprises.append(_surprise(take, full))


def takes(engine: SpeechEngine, count: int) -> Iterator[Take]:
    """So many sound takes, and as many with a fault."""
    prompts = [engine.prepare(Voice("preset", voice), Quiet()) for voice in VOICES]
    faults = list(Fault)
    for number in range(count):
        text, fault = TEXTS[number * TEXT_STRIDE % len(TEXTS)], faults[number % len(faults)]
        prompt = prompts[(number + number // len(TEXTS)) % len(prompts)]
        for kind, speaker in ((SOUND, engine), (fault.value, FaultyEngine(engine, fault))):
            pieces = speaker.speak(prompt, Utterance(text, "en", seed=number), Quiet())
            yield Take(kind, text, np.concatenate(list(pieces)), engine.sample_rate)


def print_table(verdicts: Verdicts) -> None:
    """One line a fault and one for the sound takes, then the sums, the costs and the surprises."""
    faulty = [tally for kind, tally in verdicts.tallies.items() if kind != SOUND]
    rows = [(fault.value, verdicts.tallies[fault.value]) for fault in Fault if fault.value in verdicts.tallies]
    rows.append(("all faults", Tally(*(sum(column) for column in zip(*map(_columns, faulty), strict=True)))))
    print(f"{'':20} {'takes':>6} {'caught by length':>17} {'caught by full':>15}")
    for name, tally in rows:
        length, full = tally.takes - tally.passed_length, tally.takes - tally.passed_full
        print(f"{name:20} {tally.takes:6} {length / tally.takes:17.1%} {full / tally.takes:15.1%}")
    sound = verdicts.tallies[SOUND]
    accepted = f"{sound.passed_length / sound.takes:8.1%} accepted {sound.passed_full / sound.takes:6.1%} accepted"
    print(f"{SOUND:20} {sound.takes:6} {accepted}")
    per_second = f"{verdicts.length_s / verdicts.audio_s:.4f} s, full {verdicts.full_s / verdicts.audio_s:.3f} s"
    print(f"\nOf a second of speech, length takes {per_second}.")
    print(*verdicts.surprises, sep="\n")


def _columns(tally: Tally) -> tuple[int, int, int]:
    return tally.takes, tally.passed_length, tally.passed_full


def _surprise(take: Take, full: dict[str, Any]) -> str:
    why = "; ".join(reason["message"] for reason in full["reasons"]) or "accepted"
    return f"{take.kind}: {take.text[:50]!r}, heard {(full['heard'] or '')[-50:]!r}: {why}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--takes", type=int, default=200)
    parser.add_argument("--whisper", default="whisper-base")
    arguments = parser.parse_args()
    engine, verdicts = KokoroEngine(MODELS / "kokoro-82m", "cpu"), Verdicts()
    with tempfile.TemporaryDirectory() as scratch:
        judge = Judge(arguments.whisper, Path(scratch))
        for take in takes(engine, arguments.takes):
            judge.judge(take, verdicts)
    print_table(verdicts)
    engine.close()


if __name__ == "__main__":
    main()
