"""Hears every stock voice of Kokoro once and writes the table that voice matching mixes from (about two minutes).

    .venv/bin/python build/stock_voices.py [MODELS_DIR]

Run it again only when the model, its voices, the probe texts or the encoder's front end change.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from sidecar.engines.base import Utterance, Voice  # noqa: E402
from sidecar.engines.kokoro.adapter import KokoroEngine  # noqa: E402
from sidecar.engines.kokoro.matching import PROBE_TEXTS, STOCK_TABLE  # noqa: E402
from sidecar.engines.kokoro.pitch import median_pitch  # noqa: E402
from sidecar.engines.kokoro.voices import VOICE_IDS  # noqa: E402
from sidecar.engines.speaker_encoder import SpeakerEncoder  # noqa: E402


class Unhurried:
    """A control that never cancels and tells nobody."""

    def check(self) -> None:
        """Never cancelled."""

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        """Nobody listens."""


def main(models: Path) -> None:
    """Write the table for the model folder `models`."""
    engine = KokoroEngine(models / "kokoro-82m", "cpu")
    encoder = SpeakerEncoder(models / "speaker-encoder" / "encoder.onnx")
    control = Unhurried()
    embeddings, pitches = [], []
    for voice_id in VOICE_IDS:
        prompt = engine.prepare(Voice("preset", voice_id), control)
        utterances = (Utterance(text, "en", seed=0) for text in PROBE_TEXTS)
        speech = np.concatenate([piece for each in utterances for piece in engine.speak(prompt, each, control)])
        pitch = median_pitch(speech, engine.sample_rate)
        if pitch is None:
            sys.exit(f"{voice_id} made no voiced sound.")
        embeddings.append(encoder.embed(speech, engine.sample_rate))
        pitches.append(pitch)
        print(f"{voice_id:16} {pitch:6.1f} Hz", flush=True)
    np.savez_compressed(
        STOCK_TABLE, names=np.array(VOICE_IDS), embeddings=np.array(embeddings), pitches_hz=np.array(pitches)
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / ".models")
