"""How speech is judged: by the words that Whisper hears, by pitch, by average spectrum, by likeness of the speaker."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import jiwer
import numpy as np
import soundfile
import soxr
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from sidecar.engines.base import Reference, Samples, Utterance, Voice, VoicePrompt
from sidecar.engines.kokoro.adapter import KokoroEngine
from sidecar.engines.kokoro.matching import StockVoices, semitones
from sidecar.engines.kokoro.pitch import median_pitch
from sidecar.engines.speaker_encoder import SAMPLE_RATE, SpeakerEncoder, mel_filters, mel_spectrogram
from sidecar.text.normalise_en import normalise

MODELS = Path(os.environ.get("VOICEBOX_MODELS_DIR") or Path(__file__).parent.parent / ".models")

SENTENCES = (
    "The old keeper climbed the stairs every evening.",
    "Please leave your shoes by the door.",
    "She bought 3 apples and a loaf of bread for $14.50.",
    "The meeting starts at 5:45 on March 3rd.",
    "Scientists found a new kind of frog in the rain forest.",
    "Why did nobody tell me that the train was cancelled?",
    "My grandfather was born in 1936, in a village by the sea.",
    "Dr. Smith said that 75% of them felt better.",
    "The quick brown fox jumps over the lazy dog.",
    "Thank you very much, and have a wonderful day!",
)
"""Ten sentences with what text to speech stumbles over: numbers, money, a time, a date, a year, a title, a question."""

UNSEEN_SENTENCES = (
    "The children were told to stay inside until the storm had passed.",
    "Nobody could remember who had written the letter, or why it was never sent.",
)
"""What matched voices are judged on; neither the table of stock voices nor a match's trials speak these."""

SPEAKERS = ("two_cities", "en_andrew", "en_harold", "en_robert", "en_ashley", "en_jennifer", "en_karen", "en_susan")
"""Real speakers, four men and four women, whose clips tell a steady pitch: the first two thirds agree with the whole
to half a semitone. In other clips, a sentence or two long, the fall of the sentence alone moves it by more."""

HEARD_SHARE = 2 / 3
LONGEST_CLIP_S = 30
SPECTRUM_GATE_DB = 35


class Quiet:
    """A control that never cancels and tells nobody."""

    def check(self) -> None:
        """Never cancelled."""

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        """Nobody listens."""


@dataclass(frozen=True)
class Nearness:
    """How near speech is to a speaker: pitch off by semitones, distance of average spectra in dB, cosine likeness."""

    pitch_off: float
    spectrum_db: float
    likeness: float


@dataclass(frozen=True)
class Judgement:
    """One real speaker: his matched voice, and the single stock voice that the encoder finds most like him."""

    speaker: str
    pitch_hz: float
    nearest_name: str
    matched: Nearness
    nearest: Nearness


def load_whisper() -> WhisperModel:
    """Whisper base, as the judge of what is understood."""
    return WhisperModel(str(MODELS / "whisper-base"), device="cpu", compute_type="int8", local_files_only=True)


def speak(engine: KokoroEngine, prompt: VoicePrompt, texts: tuple[str, ...]) -> Samples:
    """English texts one after the other, (samples,) at the engine's rate."""
    utterances = (Utterance(text, "en", seed=0) for text in texts)
    return np.concatenate([piece for each in utterances for piece in engine.speak(prompt, each, Quiet())])


def wrong_words(whisper: WhisperModel, speech: Samples, sample_rate: int, texts: tuple[str, ...]) -> float:
    """The share of wrong words (word error rate) that Whisper hears in speech that should say `texts`."""
    segments, _ = whisper.transcribe(soxr.resample(speech, sample_rate, 16_000), language="en", beam_size=5)
    heard = " ".join(segment.text for segment in segments)
    return float(jiwer.wer(_bare_words(" ".join(texts)), _bare_words(heard)))


def judge_match(engine: KokoroEngine, encoder: SpeakerEncoder, name: str, scratch: Path) -> Judgement:
    """Match the first two thirds of a clip and compare what the match says with the last third.

    The pitch is compared with that of the whole clip: the last third alone is the end of a sentence, and low.
    """
    audio, rate = soundfile.read(MODELS / "recordings" / f"{name}.wav", dtype="float32", always_2d=True)
    clip = audio[: LONGEST_CLIP_S * rate, 0]
    heard, unheard = np.split(clip, [int(HEARD_SHARE * len(clip))])
    reference = scratch / f"{name}.wav"
    soundfile.write(reference, heard, rate, subtype="FLOAT")
    match = engine.prepare(Voice("cloned", references=(Reference(reference, None),)), Quiet())
    stock = StockVoices.load()
    nearest_name = stock.names[int(np.argmax(stock.embeddings @ encoder.embed(heard, rate)))]
    nearest = engine.prepare(Voice("preset", nearest_name), Quiet())
    pitch = median_pitch(clip, rate)
    assert pitch is not None

    def compare(prompt: VoicePrompt) -> Nearness:
        speech = speak(engine, prompt, UNSEEN_SENTENCES)
        return Nearness(
            float(semitones(median_pitch(speech, engine.sample_rate), pitch)),
            spectrum_distance(speech, engine.sample_rate, unheard, rate),
            float(encoder.embed(speech, engine.sample_rate) @ encoder.embed(unheard, rate)),
        )

    return Judgement(name, pitch, nearest_name, compare(match), compare(nearest))


def spectrum_distance(first: Samples, first_rate: int, second: Samples, second_rate: int) -> float:
    """The root mean square difference in dB of two average spectra in 40 mel bands, each levelled to a mean of 0."""
    difference = _average_spectrum(first, first_rate) - _average_spectrum(second, second_rate)
    return float(np.sqrt(np.mean(difference**2)))


def _average_spectrum(audio: Samples, sample_rate: int) -> NDArray[np.float64]:
    mels = mel_spectrogram(soxr.resample(audio, sample_rate, SAMPLE_RATE), mel_filters())
    power = np.sum(mels, axis=1)
    speech = mels[power > np.max(power) * 10 ** (-SPECTRUM_GATE_DB / 10)]
    levels: NDArray[np.float64] = 10 * np.log10(np.mean(speech, axis=0))
    return levels - np.mean(levels)


def _bare_words(text: str) -> str:
    """Only lower-case letters and spaces, numbers in words, so that spelling and punctuation do not count."""
    return " ".join(re.sub(r"[^a-z ]", " ", normalise(text).lower().replace("'", "")).split())
