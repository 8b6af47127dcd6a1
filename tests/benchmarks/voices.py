"""Prints how well every English stock voice is understood, and how near matched voices come to real speakers.

    python -m tests.benchmarks.voices [--voices af_heart …] [--speakers en_andrew …]

Needs the model folder with its recordings: `python build/models.py`, and again with `--only recordings`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sidecar.engines.base import Voice
from sidecar.engines.kokoro.adapter import KokoroEngine
from sidecar.engines.kokoro.voices import VOICES
from sidecar.engines.speaker_encoder import SpeakerEncoder
from tests.speech_metrics import (
    MODELS,
    SENTENCES,
    SPEAKERS,
    Nearness,
    Quiet,
    judge_match,
    load_whisper,
    speak,
    wrong_words,
)

ENGLISH_VOICES = [voice.voice_id for voice in VOICES if voice.language == "en"]


def print_understood(engine: KokoroEngine, voice_ids: Sequence[str]) -> None:
    """One line a voice: the share of wrong words over the ten sentences, and compute time per audio time."""
    whisper = load_whisper()
    print(f"{'voice':12} {'wrong words':>11} {'audio s':>8} {'compute s / audio s':>20}")
    rates = []
    for voice_id in voice_ids:
        started = time.process_time()
        speech = speak(engine, engine.prepare(Voice("preset", voice_id), Quiet()), SENTENCES)
        took, audio_s = time.process_time() - started, len(speech) / engine.sample_rate
        rates.append(wrong_words(whisper, speech, engine.sample_rate, SENTENCES))
        print(f"{voice_id:12} {rates[-1]:11.1%} {audio_s:8.1f} {took / audio_s:20.2f}", flush=True)
    print(f"{'mean':12} {np.mean(rates):11.1%}   worst {np.max(rates):.1%}\n")


def print_matched(engine: KokoroEngine, speakers: Sequence[str]) -> None:
    """One line a speaker: the matched voice beside the nearest stock voice, on sentences and audio it did not hear."""
    encoder = SpeakerEncoder(MODELS / "speaker-encoder" / "encoder.onnx")
    columns = f"{'pitch off':>9} {'spectrum':>9} {'likeness':>9}"
    print(f"{'':18} {'':8} | {'matched':^29} | {'nearest stock voice':^29} |")
    print(f"{'speaker':18} {'pitch':>8} | {columns} | {columns} |")
    judgements = []
    with tempfile.TemporaryDirectory() as scratch:
        for name in speakers:
            judgement = judge_match(engine, encoder, name, Path(scratch))
            judgements.append(judgement)
            sides = f"{_row(judgement.matched)} | {_row(judgement.nearest)} | {judgement.nearest_name}"
            print(f"{name:18} {judgement.pitch_hz:5.0f} Hz | {sides}", flush=True)
    sides = " | ".join(_row(_mean(side)) for side in zip(*((j.matched, j.nearest) for j in judgements), strict=True))
    print(f"{'mean (pitch: abs.)':18} {'':8} | {sides} |")


def _row(nearness: Nearness) -> str:
    return f"{nearness.pitch_off:+6.2f} st {nearness.spectrum_db:6.2f} dB {nearness.likeness:9.3f}"


def _mean(side: Sequence[Nearness]) -> Nearness:
    return Nearness(
        float(np.mean([abs(each.pitch_off) for each in side])),
        float(np.mean([each.spectrum_db for each in side])),
        float(np.mean([each.likeness for each in side])),
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--voices", nargs="*", default=ENGLISH_VOICES)
    parser.add_argument("--speakers", nargs="*", default=SPEAKERS)
    arguments = parser.parse_args()
    engine = KokoroEngine(MODELS / "kokoro-82m", "cpu")
    if arguments.voices:
        print_understood(engine, arguments.voices)
    if arguments.speakers:
        print_matched(engine, arguments.speakers)
    engine.close()


if __name__ == "__main__":
    main()
