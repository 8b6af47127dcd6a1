"""Approximate voice matching: the mixture of stock voices that lies nearest to a recorded speaker.

A speaker is heard as an embedding and a median pitch. Of the stock voices near his pitch, non-negative least squares
finds the mixture whose embeddings add up to his. How high a mixture speaks follows only roughly from its parts, so it
is tried on a sentence or two, and the pitch that is aimed for is corrected by what was measured.

An optimiser on top of this (CMA-ES was tried) deceives the encoder: likeness rises while pitch and spectrum get worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.optimize import nnls

from sidecar.engines.base import Control, Samples
from sidecar.engines.kokoro.encoder import Embedding, SpeakerEncoder
from sidecar.engines.kokoro.pitch import median_pitch, pitch_track
from sidecar.errors import InvalidAudio

STOCK_TABLE = Path(__file__).with_name("stock_voices.npz")
PROBE_TEXTS = (
    "The boat left the harbour before sunrise, and nobody saw it go.",
    "We will meet at the station after lunch, unless the weather turns cold again.",
)
"""What the stock voices spoke when the table was made, and what a mixture speaks when it is tried."""
GATE_SEMITONES = 4.0
FEWEST_VOICES = 4
"""For a speaker outside the stock voices' range, the nearest ones by pitch stand in."""
PITCH_PULL = 0.04
"""What a semitone off the aim costs in the least squares, in units of embedding distance. Every further trial triples
it: likeness comes first, and the pitch is insisted on only where it was heard to be off."""
CLOSE_ENOUGH_SEMITONES = 0.4
MOST_TRIALS = 3
LEAST_WEIGHT = 0.01
LEAST_VOICED_FRAMES = 30
"""Voiced 10 ms frames without which a recording holds too little speech to tell a pitch."""

Weights = dict[str, float]
Trial = Callable[[Weights], Samples]


@dataclass(frozen=True)
class Speaker:
    """A voice as it was heard: a unit vector (256,) and a median pitch in Hz."""

    embedding: Embedding
    pitch_hz: float


@dataclass(frozen=True)
class StockVoices:
    """The stock voices as they were heard once: `embeddings` (voices, 256), `pitches_hz` (voices,)."""

    names: tuple[str, ...]
    embeddings: NDArray[np.float32]
    pitches_hz: NDArray[np.float64]

    @classmethod
    def load(cls, table: Path = STOCK_TABLE) -> StockVoices:
        """Read the table that `build/stock_voices.py` makes."""
        with np.load(table) as stored:
            return cls(tuple(map(str, stored["names"])), stored["embeddings"], stored["pitches_hz"])


@dataclass(frozen=True)
class Match:
    """The weights of the stock voices, adding up to 1, and the pitch (Hz) that their mixture was heard to have."""

    weights: Weights
    pitch_hz: float
    speaker_pitch_hz: float

    @property
    def error(self) -> float:
        """How far the mixture's pitch lies above the speaker's, in semitones."""
        return float(semitones(self.pitch_hz, self.speaker_pitch_hz))

    def details(self) -> dict[str, Any]:
        """The match as it is kept with a voice prompt."""
        return {
            "weights": {name: round(weight, 4) for name, weight in self.weights.items()},
            "pitch_hz": round(self.pitch_hz, 1),
            "speaker_pitch_hz": round(self.speaker_pitch_hz, 1),
        }


def hear_speaker(references: Sequence[Path], encoder: SpeakerEncoder) -> Speaker:
    """The speaker of one or more mono recordings.

    Raises:
        InvalidAudio: they hold too little voiced speech.

    """
    recordings = [soundfile.read(path, dtype="float32") for path in references]
    track = np.concatenate([np.empty(0), *(pitch_track(audio, rate) for audio, rate in recordings)])
    if len(track) < LEAST_VOICED_FRAMES:
        raise InvalidAudio(
            f"The recordings hold {len(track) / 100:.2f} s of voiced speech; matching a voice needs at least "
            f"{LEAST_VOICED_FRAMES / 100:.2f} s. Record a few sentences, nearer to the microphone.",
            reason="too_little_speech",
            measured=len(track) / 100,
            limit=LEAST_VOICED_FRAMES / 100,
        )
    mean = np.mean([encoder.embed(audio, rate) for audio, rate in recordings], axis=0)
    return Speaker(np.asarray(mean / np.linalg.norm(mean), np.float32), float(np.median(track)))


def match_speaker(speaker: Speaker, stock: StockVoices, trial: Trial, sample_rate: int, control: Control) -> Match:
    """The mixture nearest to `speaker`; `trial` speaks the probe texts with given weights, at `sample_rate` Hz.

    Raises:
        Cancelled: `control` said so.

    """
    matches: list[Match] = []
    aim_hz = speaker.pitch_hz
    while len(matches) < MOST_TRIALS and not any(abs(match.error) < CLOSE_ENOUGH_SEMITONES for match in matches):
        control.progress("matching", len(matches), MOST_TRIALS, "trials")
        weights = mix_voices(speaker.embedding, aim_hz, stock, PITCH_PULL * 3 ** len(matches))
        heard_hz = median_pitch(trial(weights), sample_rate) or aim_hz
        matches.append(Match(weights, heard_hz, speaker.pitch_hz))
        aim_hz *= speaker.pitch_hz / heard_hz
    return min(matches, key=lambda match: abs(match.error))


def mix_voices(embedding: Embedding, aim_hz: float, stock: StockVoices, pitch_pull: float = PITCH_PULL) -> Weights:
    """Weights of the stock voices near `aim_hz` whose weighted embeddings come nearest to `embedding`."""
    distance = semitones(stock.pitches_hz, aim_hz)
    allowed = np.flatnonzero(np.abs(distance) <= GATE_SEMITONES)
    if len(allowed) < FEWEST_VOICES:
        allowed = np.argsort(np.abs(distance))[:FEWEST_VOICES]
    pitch_row = pitch_pull * distance[np.newaxis, allowed]
    solution, _ = nnls(np.vstack([stock.embeddings[allowed].T, pitch_row]), np.append(embedding, 0.0))
    solution[solution < LEAST_WEIGHT * solution.sum()] = 0.0
    shares = solution / solution.sum()
    return {stock.names[index]: float(share) for index, share in zip(allowed, shares, strict=True) if share > 0}


def mix_styles(weights: Weights, styles: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """The styles (510, 1, 256) of the weighted voices added up, as (510, 256)."""
    mixed = np.sum([weight * styles[name] for name, weight in weights.items()], axis=0)
    return np.asarray(mixed, np.float32).reshape(len(mixed), -1)


def semitones(pitch_hz: Any, reference_hz: float) -> Any:
    """How far a pitch, or an array of them, lies above `reference_hz`."""
    return 12 * np.log2(pitch_hz / reference_hz)
