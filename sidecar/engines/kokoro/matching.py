"""Approximate voice matching: the mixture of stock voices that lies nearest to a recorded speaker.

A speaker is heard as an embedding and a median pitch. Of the stock voices near his pitch, non-negative least squares
finds the mixture whose embeddings add up to his. A style has two halves, one for the sound of the voice and one for
its melody, and each half is mixed by its own weights. How high a mixed melody lies follows only roughly from its parts,
so it is tried on two sentences, and the pitch that is aimed for is corrected by what was heard.

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
from sidecar.engines.kokoro.pitch import median_pitch, pitch_track
from sidecar.engines.speaker_encoder import Embedding, SpeakerEncoder
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
SOUND_PULL, MELODY_PULL = 0.04, 1.0
"""What a semitone off the aim costs in the least squares, in units of embedding distance: next to nothing where
likeness is wanted, nearly everything where pitch is."""
SOUND_NUMBERS = 128
"""The first half of a style goes to the model's decoder, the second to its predictor of durations and pitch."""
CLOSE_ENOUGH_SEMITONES = 0.4
MOST_TRIALS = 4
LEAST_WEIGHT = 0.01
LEAST_VOICED_FRAMES = 30
"""Voiced 10 ms frames without which a recording holds too little speech to tell a pitch."""

Weights = dict[str, float]


@dataclass(frozen=True)
class Mixture:
    """The weights of stock voices in each half of a style; each adds up to 1."""

    sound: Weights
    melody: Weights

    def style(self, styles: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """The styles (510, 1, 256) of the stock voices, mixed: (510, 256)."""
        sound, melody = (
            np.sum([weight * styles[name][:, 0] for name, weight in weights.items()], axis=0)
            for weights in (self.sound, self.melody)
        )
        return np.asarray(np.hstack([sound[:, :SOUND_NUMBERS], melody[:, SOUND_NUMBERS:]]), np.float32)


Trial = Callable[[Mixture], Samples]


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
        with np.load(table, allow_pickle=False) as stored:
            return cls(tuple(map(str, stored["names"])), stored["embeddings"], stored["pitches_hz"])


@dataclass(frozen=True)
class Match:
    """A mixture, the pitch (Hz) that it was heard to have, and the speaker's."""

    mixture: Mixture
    pitch_hz: float
    speaker_pitch_hz: float

    @property
    def error(self) -> float:
        """How far the mixture's pitch lies above the speaker's, in semitones."""
        return float(semitones(self.pitch_hz, self.speaker_pitch_hz))

    def details(self) -> dict[str, Any]:
        """The match as it is kept with a voice prompt."""
        return {
            "sound": {name: round(weight, 4) for name, weight in self.mixture.sound.items()},
            "melody": {name: round(weight, 4) for name, weight in self.mixture.melody.items()},
            "pitch_hz": round(self.pitch_hz, 1),
            "speaker_pitch_hz": round(self.speaker_pitch_hz, 1),
        }


def hear_speaker(references: Sequence[Path], encoder: SpeakerEncoder) -> Speaker:
    """The speaker of one or more mono recordings.

    Raises:
        InvalidAudio: they hold too little voiced speech.

    """
    recordings = [soundfile.read(path, dtype="float32") for path in references]
    tracks = [pitch_track(audio, rate) for audio, rate in recordings]
    track = np.concatenate([np.empty(0), *tracks])
    if len(track) < LEAST_VOICED_FRAMES:
        raise InvalidAudio(
            f"The recordings hold {len(track) / 100:.2f} s of voiced speech; matching a voice needs at least "
            f"{LEAST_VOICED_FRAMES / 100:.2f} s. Record a few sentences, nearer to the microphone.",
            reason="too_little_speech",
            measured=len(track) / 100,
            limit=LEAST_VOICED_FRAMES / 100,
        )
    voiced = [encoder.embed(*recording) for recording, pitches in zip(recordings, tracks, strict=True) if len(pitches)]
    mean = np.mean(voiced, axis=0)
    return Speaker(np.asarray(mean / np.linalg.norm(mean), np.float32), float(np.median(track)))


def match_speaker(speaker: Speaker, stock: StockVoices, trial: Trial, sample_rate: int, control: Control) -> Match:
    """The mixture nearest to `speaker`; `trial` speaks the probe texts with it, at `sample_rate` Hz.

    Raises:
        Cancelled: `control` said so.

    """
    sound = mix_voices(speaker.embedding, speaker.pitch_hz, stock, SOUND_PULL)
    matches: list[Match] = []
    aim_hz = speaker.pitch_hz
    while len(matches) < MOST_TRIALS and not any(abs(match.error) < CLOSE_ENOUGH_SEMITONES for match in matches):
        control.progress("matching", len(matches), MOST_TRIALS, "trials")
        mixture = Mixture(sound, mix_voices(speaker.embedding, aim_hz, stock, MELODY_PULL))
        heard_hz = median_pitch(trial(mixture), sample_rate) or aim_hz
        matches.append(Match(mixture, heard_hz, speaker.pitch_hz))
        aim_hz *= speaker.pitch_hz / heard_hz
    return min(matches, key=lambda match: abs(match.error))


def mix_voices(embedding: Embedding, aim_hz: float, stock: StockVoices, pitch_pull: float) -> Weights:
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


def semitones(pitch_hz: Any, reference_hz: float) -> Any:
    """How far a pitch, or an array of them, lies above `reference_hz`."""
    return 12 * np.log2(pitch_hz / reference_hz)
