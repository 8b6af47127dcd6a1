"""Measures what surrounds the engine and prints a table: `python -m tests.benchmarks.speech`.

Kokoro speaks the same text unchecked, checked by its length, and heard by Whisper, in turns, so that what else the
machine does falls on all alike; then a text of four sentences is streamed. Only shares mean anything.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import MODELS
from tests.long_text import paragraphs, sentences
from tests.process.conftest import PRESET
from tests.process.sidecar_process import Message, SidecarProcess

CHARS = 500
STREAMED_CHARS = 280
ROUNDS = 3
PATIENCE_S = 600.0
STRICTNESS = ("off", "length", "full")


@dataclass(frozen=True)
class Spoken:
    """One generation's seconds: all of them, the engine's, and those until something was heard."""

    total_s: float
    engine_s: float
    first_audio_s: float | None

    @property
    def rest(self) -> float:
        """The share that is not the engine's."""
        return 1.0 - self.engine_s / self.total_s


def main() -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SidecarProcess(Path(folder) / "data", VOICEBOX_MODELS_DIR=str(MODELS)) as sidecar,
    ):
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        text = paragraphs(sentences(CHARS))
        for verify in STRICTNESS:
            _speak(sidecar, "Everything is loaded.", verify)
        spoken: dict[str, list[Spoken]] = {verify: [] for verify in STRICTNESS}
        for _ in range(ROUNDS):
            for verify in STRICTNESS:
                spoken[verify].append(_speak(sidecar, text, verify))
        streamed = [_speak(sidecar, paragraphs(sentences(STREAMED_CHARS)), "length", True) for _ in range(ROUNDS)]
    _print(spoken, streamed)


def _speak(sidecar: SidecarProcess, text: str, verify: str, stream: bool = False) -> Spoken:
    began = time.perf_counter()
    request = sidecar.request(
        "generation.create", profile_id="Heart", text=text, verify=verify, stream=stream, wait=True
    )
    first_audio_s = None
    if stream:
        heard = len(sidecar.events("generation.audio"))
        sidecar.wait_for(lambda: sidecar.events("generation.audio")[heard:] or None)
        first_audio_s = time.perf_counter() - began
    generation: Message = sidecar.answer(request, PATIENCE_S)["result"]["generation"]
    total_s = time.perf_counter() - began
    return Spoken(total_s, generation["timings"]["compute_s"] + generation["timings"]["load_s"], first_audio_s)


def _print(spoken: dict[str, list[Spoken]], streamed: list[Spoken]) -> None:
    unchecked_s = _median([one.total_s for one in spoken["off"]])
    print(f"{CHARS} characters, {ROUNDS} rounds, medians")
    print(f"{'verify':10}{'total':>10}{'not the engine':>16}{'against off':>14}")
    for verify, rounds in spoken.items():
        total_s, rest = _median([one.total_s for one in rounds]), _median([one.rest for one in rounds])
        print(f"{verify:10}{total_s:>8.2f} s{rest:>15.1%}{total_s / unchecked_s - 1:>+14.1%}")
    shares = [one.first_audio_s / one.total_s for one in streamed if one.first_audio_s is not None]
    print(f"streamed, four sentences: the first audio after {_median(shares):.0%} of the whole time")


def _median(values: list[float]) -> float:
    return statistics.median(values)


if __name__ == "__main__":
    main()
