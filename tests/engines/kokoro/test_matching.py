"""Voice matching with a made-up table of stock voices, where the right mixture is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sidecar.engines.base import Samples
from sidecar.engines.kokoro.matching import (
    GATE_SEMITONES,
    SOUND_PULL,
    Mixture,
    Speaker,
    StockVoices,
    hear_speaker,
    match_speaker,
    mix_voices,
    semitones,
)
from sidecar.engines.kokoro.voices import VOICE_IDS
from sidecar.errors import Cancelled, InvalidAudio

RATE = 24_000
STOCK = StockVoices(
    ("low", "near", "also near", "third near", "last near", "high"),
    np.eye(6, 256, dtype=np.float32),
    np.array([80.0, 112.0, 118.0, 122.0, 128.0, 240.0]),
)


class Watched:
    """A control that remembers the stages it was told of, and cancels after as many as it is told to."""

    def __init__(self, cancel_after: int | None = None) -> None:
        self.stages: list[str] = []
        self._cancel_after = cancel_after

    def check(self) -> None:
        if self._cancel_after is not None and len(self.stages) >= self._cancel_after:
            raise Cancelled("The work was cancelled.")

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        self.stages.append(stage)
        self.check()


def speaker(pitch_hz: float, **likeness: float) -> Speaker:
    """Who resembles the stock voices by so much each; an underscore in a name stands for a space."""
    embedding = np.zeros(256, np.float32)
    for name, share in likeness.items():
        embedding[STOCK.names.index(name.replace("_", " "))] = share
    return Speaker(embedding / np.linalg.norm(embedding), pitch_hz)


def buzz(pitch_hz: float) -> Samples:
    time = np.arange(RATE) / RATE
    return np.asarray(0.1 * sum(np.sin(2 * np.pi * pitch_hz * k * time) / k for k in range(1, 9)), np.float32)


def test_a_speaker_between_two_voices_gets_both_in_his_proportions() -> None:
    weights = mix_voices(speaker(120, near=0.3, last_near=0.7).embedding, 120, STOCK, SOUND_PULL)
    assert weights == pytest.approx({"near": 0.3, "last near": 0.7}, abs=0.05)


def test_weights_add_up_to_one() -> None:
    assert sum(
        mix_voices(speaker(120, near=1, third_near=2).embedding, 120, STOCK, SOUND_PULL).values()
    ) == pytest.approx(1)


def test_a_voice_of_another_pitch_stays_out_however_much_alike() -> None:
    weights = mix_voices(speaker(120, high=0.9, low=0.9, near=0.1).embedding, 120, STOCK, SOUND_PULL)
    assert set(weights) == {"near"}


def test_a_speaker_beyond_all_voices_gets_the_nearest_by_pitch() -> None:
    beyond = 320.0
    assert min(abs(semitones(STOCK.pitches_hz, beyond))) > GATE_SEMITONES
    weights = mix_voices(speaker(beyond, high=1, last_near=0.5).embedding, beyond, STOCK, SOUND_PULL)
    assert "high" in weights
    assert "low" not in weights


def test_a_mixture_that_speaks_too_low_is_corrected_by_what_was_heard() -> None:
    heard: list[float] = []

    def a_semitone_flat(mixture: Mixture) -> Samples:
        planned = sum(share * STOCK.pitches_hz[STOCK.names.index(name)] for name, share in mixture.melody.items())
        heard.append(float(planned) * 2 ** (-1 / 12))
        return buzz(heard[-1])

    everybody = speaker(120, near=1, also_near=1, third_near=1, last_near=1)
    match = match_speaker(everybody, STOCK, a_semitone_flat, RATE, Watched())
    assert heard == sorted(heard)
    assert match.pitch_hz == pytest.approx(heard[-1], rel=0.005)
    assert abs(match.error) < 0.4


def test_the_pitch_that_was_heard_is_told_beside_the_speakers() -> None:
    match = match_speaker(speaker(120, also_near=1), STOCK, lambda _: buzz(121), RATE, Watched())
    assert match.details()["pitch_hz"] == pytest.approx(121, abs=0.5)
    assert match.details()["speaker_pitch_hz"] == 120


def test_cancelling_ends_the_trials() -> None:
    with pytest.raises(Cancelled):
        match_speaker(speaker(120, near=1), STOCK, lambda _: buzz(90), RATE, Watched(cancel_after=2))


def test_each_half_of_a_style_is_mixed_by_its_own_weights() -> None:
    styles = {"a": np.full((510, 1, 256), 1, np.float32), "b": np.full((510, 1, 256), 5, np.float32)}
    style = Mixture(sound={"a": 0.75, "b": 0.25}, melody={"b": 1.0}).style(styles)
    assert style.shape == (510, 256)
    assert np.all(style[:, :128] == 2)
    assert np.all(style[:, 128:] == 5)


def test_a_recording_of_noise_is_no_speaker(tmp_path: Path) -> None:
    path = tmp_path / "noise.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, RATE), RATE)

    class NeverAsked:
        def embed(self, audio: Samples, sample_rate: int) -> Samples:
            raise AssertionError("Noise must be refused before it is embedded.")

    with pytest.raises(InvalidAudio, match=r"0\.00 s of voiced speech") as refusal:
        hear_speaker([path], NeverAsked())  # type: ignore[arg-type]
    assert refusal.value.data["reason"] == "too_little_speech"


def test_the_table_holds_every_stock_voice_with_a_pitch_that_a_human_can_have() -> None:
    stock = StockVoices.load()
    assert stock.names == VOICE_IDS
    assert stock.embeddings.shape == (len(VOICE_IDS), 256)
    assert np.linalg.norm(stock.embeddings, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.all((stock.pitches_hz > 60) & (stock.pitches_hz < 350))
