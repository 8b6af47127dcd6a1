"""How fast Qwen3-TTS speaks here: the library against our loop, on random weights of real size.

    python -m tests.benchmarks.qwen [--size 1.7b] [--frames 63] [--rounds 1] [--folder DIR]

The three ways (library, ours, ours with int8 weights) take turns in one run, on one thread, in CPU time: what else the
machine does matters little. Random weights cost what trained ones cost. Needs about 8 GB of memory and 3 GB of disk at
0.6B, 16 and 5 GB at 1.7B; `--folder` keeps the checkpoint for the next run. Prints Markdown.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal, Protocol

import numpy as np
import soundfile
import torch

from sidecar.engines.base import Reference, Sampling, Voice
from sidecar.engines.qwen.adapter import FIRST_PIECES, LATER_PIECES
from sidecar.engines.qwen.checkpoint import LoadedCheckpoint, load_checkpoint
from sidecar.engines.qwen.codec import CodecDecoder
from sidecar.engines.qwen.device import Device
from sidecar.engines.qwen.fast_loop import FastLoop, Take
from sidecar.engines.qwen.library import load_library
from sidecar.engines.qwen.linear import ExactLinear, Int8Linear, MakeLinear
from sidecar.engines.qwen.memory import give_back
from sidecar.engines.qwen.prompt import build_clone, cloned_voice
from sidecar.engines.qwen.sampling import recipe
from sidecar.engines.qwen.script import ScriptWriter
from tests.engines.qwen.checkpoints import make_checkpoint
from tests.engines.qwen.shapes import REAL_SHAPES

SENTENCE = "The quick brown fox jumps over the lazy dog, and nobody minds at all."
REFERENCE_TEXT = "This is how I sound when nothing much is happening."
REFERENCE_S = 5.0
SENTENCE_FRAMES = 63
"""A sentence of 5 s, at 12.5 frames a second."""

BANDWIDTH_BYTES = 512 * 2**20
BANDWIDTH_COLUMNS = 8192
"""Larger than any cache."""

WAYS = ("library", "ours", "ours int8")


@dataclass
class Figures:
    """What one way of speaking costs: CPU ms a frame and its parts, CPU seconds of the rest."""

    frame_ms: list[float] = field(default_factory=list)
    talker_ms: list[float] = field(default_factory=list)
    predictor_ms: list[float] = field(default_factory=list)
    codec_ms: float = 0.0
    prepare_s: float = 0.0
    first_sound_s: list[float] = field(default_factory=list)
    total_s: list[float] = field(default_factory=list)


class Way(Protocol):
    """One way of speaking."""

    figures: Figures

    def prepare(self, recording: Path) -> None:
        """Make the voice prompt that `speak` uses."""

    def speak(self, frames: int, seed: int) -> None:
        """Speak that many frames, and note what they cost."""


class Silent:
    """A `Control` that nobody listens to."""

    def check(self) -> None:
        """Never cancelled."""

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        """Nobody asks."""


class Clock:
    """CPU seconds of every call of what it is wound round."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._started = 0.0

    def start(self, *_: Any) -> None:
        """Begin a call; usable as a forward pre-hook."""
        self._started = time.process_time()

    def stop(self, *_: Any) -> None:
        """End a call; usable as a forward hook."""
        self.seconds.append(time.process_time() - self._started)

    def round(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, timed."""

        def timed(*arguments: Any) -> Any:
            self.start()
            result = function(*arguments)
            self.stop()
            return result

        return timed

    def take_ms(self, calls_a_frame: int) -> list[float]:
        """Milliseconds a frame since the last question, leaving out what does not fill a frame."""
        frames = len(self.seconds) // calls_a_frame
        summed = np.reshape(self.seconds[len(self.seconds) - frames * calls_a_frame :], (frames, calls_a_frame))
        self.seconds = []
        return [float(seconds) * 1e3 for seconds in summed.sum(axis=1)]


class Library:
    """The library's blocking `generate_voice_clone`."""

    def __init__(self, checkpoint: LoadedCheckpoint) -> None:
        self.figures = Figures()
        self._tts = load_library().Qwen3TTSModel(checkpoint.model, checkpoint.tokenizer, checkpoint.defaults)
        self._talker = checkpoint.model.talker
        self._clocks = {"talker": Clock(), "predictor": Clock()}
        modules = {"talker": self._talker.model, "predictor": self._talker.code_predictor.model}
        for name, module in modules.items():
            module.register_forward_pre_hook(self._clocks[name].start)
            module.register_forward_hook(self._clocks[name].stop)

    def prepare(self, recording: Path) -> None:
        samples, rate = soundfile.read(recording, dtype="float32")
        started = time.process_time()
        self._prompt = self._tts.create_voice_clone_prompt((samples, rate), REFERENCE_TEXT)
        self.figures.prepare_s = time.process_time() - started

    def speak(self, frames: int, seed: int) -> None:
        ticks: list[float] = []
        hook = self._talker.register_forward_hook(lambda *_: ticks.append(time.process_time()))
        torch.manual_seed(seed)
        started = time.process_time()
        self._tts.generate_voice_clone(SENTENCE, "english", voice_clone_prompt=self._prompt, max_new_tokens=frames + 1)
        ended = time.process_time()
        hook.remove()
        figures, made = self.figures, len(ticks) - 1
        figures.frame_ms += [step * 1e3 for step in np.diff(ticks)]
        figures.talker_ms += self._clocks["talker"].take_ms(1)[1:]
        figures.predictor_ms += self._clocks["predictor"].take_ms(15)
        figures.codec_ms = (ended - ticks[-1]) * 1e3 / (made + len(self._prompt[0].ref_code))
        figures.first_sound_s.append(ended - started)
        figures.total_s.append(ended - started)


class Ours:
    """Our loop and streaming codec, exact or with int8 weights."""

    def __init__(self, checkpoint: LoadedCheckpoint, make_linear: MakeLinear) -> None:
        self.figures = Figures()
        self._checkpoint = checkpoint
        self._writer = ScriptWriter(checkpoint.model, checkpoint.tokenizer)
        self._loop = FastLoop(checkpoint.model.talker, make_linear)
        give_back()
        self._decoder = CodecDecoder(checkpoint.codec.decoder)
        self._clocks = {"talker": Clock(), "predictor": Clock()}
        for stack, clock in ((self._loop.talker, "talker"), (self._loop.predictor, "predictor")):
            stack.run = self._clocks[clock].round(stack.run)  # type: ignore[method-assign]

    def prepare(self, recording: Path) -> None:
        voice = Voice("cloned", references=(Reference(recording, REFERENCE_TEXT),))
        started = time.process_time()
        self._prompt = build_clone(voice, self._checkpoint.model, self._decoder, Silent())
        self.figures.prepare_s = time.process_time() - started

    def speak(self, frames: int, seed: int) -> None:
        figures, started = self.figures, time.process_time()
        voice = cloned_voice(self._prompt, torch.empty(self._checkpoint.model.config.talker_config.hidden_size))
        script = self._writer.clone(SENTENCE, "en", voice.speaker, voice.reference)
        take = Take(script, recipe(Sampling(), self._checkpoint.defaults), seed, frames)
        waiting: list[torch.Tensor] = []
        size, last, decoding = FIRST_PIECES[0], 0.0, 0.0
        for frame in self._loop.run([take], lambda: None):
            now = time.process_time()
            if last:
                figures.frame_ms.append((now - last) * 1e3)
            waiting.append(frame)
            if len(waiting) == size:
                self._decoder.decode(torch.cat(waiting), voice.codec)
                decoding += time.process_time() - now
                size, waiting = LATER_PIECES, []
                if take.frames == FIRST_PIECES[0]:
                    figures.first_sound_s.append(time.process_time() - started)
            last = time.process_time()
        before = time.process_time()
        if waiting:
            self._decoder.decode(torch.cat(waiting), voice.codec)
        ended = time.process_time()
        figures.codec_ms = (decoding + ended - before) * 1e3 / take.frames
        figures.talker_ms += self._clocks["talker"].take_ms(1)[1:]
        figures.predictor_ms += self._clocks["predictor"].take_ms(15)
        figures.total_s.append(ended - started)


class Memory:
    """How fast one thread reads memory: as the product of a large matrix and a vector does, the fastest reader here."""

    def __init__(self) -> None:
        self._seconds: list[float] = []

    def read(self) -> None:
        """Read what no cache holds, some times."""
        matrix = torch.ones(BANDWIDTH_BYTES // 4 // BANDWIDTH_COLUMNS, BANDWIDTH_COLUMNS)
        vector = torch.ones(BANDWIDTH_COLUMNS)
        for _ in range(5):
            started = time.process_time()
            torch.mv(matrix, vector)
            self._seconds.append(time.process_time() - started)

    @property
    def bytes_a_second(self) -> float:
        """The median, as every figure here: other work on the machine slows all alike."""
        return BANDWIDTH_BYTES / median(self._seconds)


def weights_a_frame(config: Any) -> int:
    """Weights that a frame reads: the talker's once, the predictor's for each of the other 15 codes."""
    talker, predictor = config.talker_config, config.talker_config.code_predictor_config
    passes: int = talker.num_code_groups - 1
    heads: int = talker.hidden_size * talker.vocab_size + passes * predictor.hidden_size * predictor.vocab_size
    return _layer_weights(talker) + passes * _layer_weights(predictor) + heads


def _layer_weights(config: Any) -> int:
    attention = 2 * config.hidden_size * config.head_dim * (config.num_attention_heads + config.num_key_value_heads)
    return int(config.num_hidden_layers * (attention + 3 * config.hidden_size * config.intermediate_size))


def make_way(name: str, folder: Path) -> Way:
    """One way of speaking, with a model of its own."""
    checkpoint = load_checkpoint(folder, Device("cpu", torch.float32, threads=1))
    if name == "library":
        return Library(checkpoint)
    return Ours(checkpoint, Int8Linear if name == "ours int8" else ExactLinear)


def make_ways(folder: Path) -> tuple[dict[str, Way], Any]:
    """All three, and the configuration.

    The library and our exact loop share one set of weights, and int8 weights shrink before that set is loaded: so 1.7B
    fits into 16 GB.
    """
    int8 = make_way("ours int8", folder)
    shared = load_checkpoint(folder, Device("cpu", torch.float32, threads=1))
    exact = Ours(shared, ExactLinear)
    return {"library": Library(shared), "ours": exact, "ours int8": int8}, shared.model.config


def peak_bytes(name: str, folder: Path) -> int:
    """The most memory that a process of its own takes which loads, prepares and speaks for a few frames that way."""
    command = [sys.executable, "-m", __spec__.name, "--folder", str(folder), "--peak-of", name]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def print_own_peak(name: str, folder: Path) -> None:
    """What `peak_bytes` asks its process for."""
    way = make_way(name, folder)
    way.prepare(folder / "reference.wav")
    way.speak(FIRST_PIECES[0], seed=0)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def write_reference(path: Path) -> None:
    """Five seconds of noise that swells and fades: what is encoded makes no difference to the time."""
    time_s = np.arange(round(REFERENCE_S * 24_000)) / 24_000
    noise = np.random.default_rng(0).standard_normal(len(time_s))
    soundfile.write(path, 0.1 * noise * np.abs(np.sin(np.pi * time_s)), 24_000)


def report(ways: dict[str, Way], config: Any, peaks: dict[str, int], bytes_a_second: float) -> str:
    """The figures as Markdown tables."""
    base = ways["library"].figures
    weights = weights_a_frame(config)
    lines = [
        f"Memory bandwidth of one thread {bytes_a_second / 1e9:.1f} GB/s, {weights / 1e9:.3f} G weights a frame.",
        "",
        "| CPU ms a frame of 80 ms | talker | predictor | other | together | x library | limit | x limit | codec |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, way in ways.items():
        figures = way.figures
        frame, talker, predictor = map(median, (figures.frame_ms, figures.talker_ms, figures.predictor_ms))
        limit = weights * (1 if name == "ours int8" else 4) / bytes_a_second * 1e3
        lines.append(
            f"| {name} | {talker:.0f} | {predictor:.0f} | {frame - talker - predictor:.0f} | {frame:.0f} "
            f"| {median(base.frame_ms) / frame:.2f} | {limit:.0f} | {frame / limit:.2f} | {figures.codec_ms:.0f} |"
        )
    lines += [
        "",
        f"| CPU s, {len(base.frame_ms) // len(base.total_s)} frames | first sound | all, prompt cached "
        "| all, not cached | peak memory, GiB |",
        "|---|---|---|---|---|",
    ]
    for name, way in ways.items():
        figures = way.figures
        total = median(figures.total_s)
        lines.append(
            f"| {name} | {median(figures.first_sound_s):.2f} | {total:.1f} | {total + figures.prepare_s:.1f} "
            f"| {peaks[name] / 2**30:.2f} |"
        )
    return "\n".join(lines)


def run(folder: Path, size: str, frames: int, rounds: int) -> str:
    """Measure everything and return the tables."""
    if not (folder / "config.json").exists():
        name: Literal["0b6", "1b7"] = "0b6" if size == "0.6b" else "1b7"
        make_checkpoint(folder, "base", size=name, shape=REAL_SHAPES[size], dtype=torch.bfloat16)
        write_reference(folder / "reference.wav")
    peaks = {name: peak_bytes(name, folder) for name in WAYS}
    memory = Memory()
    ways, config = make_ways(folder)
    for way in ways.values():
        way.prepare(folder / "reference.wav")
    for number in range(rounds):
        for way in ways.values():
            memory.read()
            way.speak(frames, seed=number)
    return report(ways, config, peaks, memory.bytes_a_second)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=sorted(REAL_SHAPES), default="0.6b")
    parser.add_argument("--frames", type=int, default=SENTENCE_FRAMES)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the checkpoint is, or will be kept")
    parser.add_argument("--peak-of", choices=WAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.peak_of:
        print_own_peak(options.peak_of, options.folder)
        return
    with tempfile.TemporaryDirectory() as temporary:
        print(run(options.folder or Path(temporary), options.size, options.frames, options.rounds))


if __name__ == "__main__":
    main()
