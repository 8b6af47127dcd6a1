"""The recordings of a profile, made one reference: chosen, trimmed with their transcripts, levelled and joined.

A reference is continued by the model word for word, so its transcript must say exactly what is heard: wherever sound
is cut, text is cut at the same place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from sidecar.engines.base import Reference, Samples
from sidecar.engines.qwen.library import resample
from sidecar.engines.qwen.spec import SAMPLE_RATE
from sidecar.errors import InvalidAudio

LONGEST_S = 30.0
SHORTEST_S = 1.0
GAP_S = 0.3
"""Silence between recordings. This, `LONGEST_S` and `LEVEL_DB` are the values of the reference tools (facts.md)."""

LEVEL_DB = -20.0
PEAK_LIMIT = 0.95
"""Highest sample after levelling; above 1 the library would print a warning on stdout."""

QUIETEST_PEAK = 0.003
"""About -50 dBFS: below it a recording holds no voice."""

FRAME_S = 0.02
NOISE_FLOOR_DB = -60.0
"""Lower levels count as this: digital silence does not make a recording better than a quiet room."""

PAUSE_BELOW_SPEECH_DB = 20.0
PAUSE_S = 0.15
CUT_TOLERANCE_S = 1.0
"""How far a pause may be from where the transcript expects it and still be taken for the same place."""

CLAUSE_END = re.compile(r"[.!?;:,。！？；：、，…]+[\"'”’»」』)]*")  # noqa: RUF001
WORD_END = re.compile(r"\S(?=\s|$)")


@dataclass(frozen=True)
class Recording:
    """Mono samples (n,) at 24 kHz, and what is said in them, if known."""

    samples: Samples
    text: str | None

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / SAMPLE_RATE


def read_recording(reference: Reference) -> Recording:
    """The recording that a profile keeps at `reference.path`.

    Raises:
        InvalidAudio: it cannot be read, is not mono, is shorter than 1 s, or holds no sound.

    """
    try:
        samples, rate = soundfile.read(reference.path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        message = f"The sample {reference.path.name} cannot be read ({error.error_string}). Record or add it again."
        raise InvalidAudio(message, reason="unreadable") from error
    if samples.shape[1] != 1:
        message = f"The sample {reference.path.name} has {samples.shape[1]} channels; it must be mono. Add it again."
        raise InvalidAudio(message, reason="channels", measured=samples.shape[1], limit=1)
    mono: Samples = np.ascontiguousarray(samples[:, 0])
    recording = Recording(mono if rate == SAMPLE_RATE else _at_own_rate(mono, rate), _clean(reference.text))
    _require_speech(recording, reference.path.name)
    return recording


def combine(recordings: Sequence[Recording]) -> Recording:
    """One recording of at most 30 s: the best that fit, in their order, at one level, 0.3 s apart.

    Transcripts are joined by spaces in the same order; the text is None if one of them is missing.
    """
    chosen = _level(_choose(recordings))
    gap = np.zeros(round(GAP_S * SAMPLE_RATE), dtype=np.float32)
    parts = [part for recording in chosen for part in (gap, recording.samples)][1:]
    texts = [recording.text for recording in chosen if recording.text is not None]
    return Recording(np.concatenate(parts), " ".join(texts) if len(texts) == len(chosen) else None)


def trim(recording: Recording, seconds: float) -> Recording:
    """The beginning of a recording, at most `seconds` long, cut in a pause, with the text said up to there.

    The text's clauses are laid over the time in which somebody speaks; the last of them that ends at a pause is
    where both are cut. If none does, the text cannot be trusted to say what is heard, and is left out.
    """
    levels = _levels(recording.samples)
    speaking = levels > np.percentile(levels, 90) - PAUSE_BELOW_SPEECH_DB
    pauses = [pause for pause in _pauses(speaking) if pause <= seconds] or [seconds]
    if recording.text is None:
        return Recording(_until(recording.samples, pauses[-1]), None)
    spoken = np.cumsum(speaking) / max(1, int(speaking.sum()))
    places = []
    for end in _text_ends(recording.text):
        expected = float(np.searchsorted(spoken, end / len(recording.text))) * FRAME_S
        cut = min(pauses, key=lambda pause: abs(pause - expected))
        if abs(cut - expected) <= CUT_TOLERANCE_S:
            places.append((cut, end))
    if not places:
        return Recording(_until(recording.samples, pauses[-1]), None)
    cut, end = places[-1]
    return Recording(_until(recording.samples, cut), recording.text[:end].strip())


def quality_db(recording: Recording) -> float:
    """How far the voice stands out of the background: 90th minus 10th percentile of the level, in dB."""
    levels = _levels(recording.samples)
    return float(np.percentile(levels, 90) - np.percentile(levels, 10))


def _choose(recordings: Sequence[Recording]) -> list[Recording]:
    ranked = sorted(range(len(recordings)), key=lambda index: -quality_db(recordings[index]))
    best = recordings[ranked[0]]
    if best.seconds > LONGEST_S:
        return [trim(best, LONGEST_S)]
    kept, total = [], -GAP_S
    for index in ranked:
        if total + GAP_S + recordings[index].seconds <= LONGEST_S:
            kept.append(index)
            total += GAP_S + recordings[index].seconds
    return [recordings[index] for index in sorted(kept)]


def _level(recordings: Sequence[Recording]) -> list[Recording]:
    """The recordings equally loud while somebody speaks: at -20 dBFS, or lower if a peak would pass its limit."""
    speech_db = [float(np.percentile(_levels(recording.samples), 90)) for recording in recordings]
    headroom_db = [20.0 * np.log10(PEAK_LIMIT / np.abs(recording.samples).max()) for recording in recordings]
    highest_db = min(level + headroom for level, headroom in zip(speech_db, headroom_db, strict=True))
    target_db = min(LEVEL_DB, highest_db)
    gains = [10.0 ** ((target_db - level) / 20.0) for level in speech_db]
    return [
        Recording((recording.samples * gain).astype(np.float32), recording.text)
        for recording, gain in zip(recordings, gains, strict=True)
    ]


def _levels(samples: Samples) -> NDArray[np.float64]:
    """Level of every 20 ms in dBFS, not below the noise floor."""
    frame = round(FRAME_S * SAMPLE_RATE)
    count = max(1, len(samples) // frame)
    frames = np.resize(samples, count * frame) if len(samples) < frame else samples[: count * frame]
    power = np.square(frames.reshape(count, frame), dtype=np.float64).mean(axis=1)
    levels: NDArray[np.float64] = np.maximum(10.0 * np.log10(power + 1e-12), NOISE_FLOOR_DB)
    return levels


def _pauses(speaking: NDArray[np.bool_]) -> list[float]:
    """The middles of all pauses, in seconds, in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], speaking, [True]])))
    runs = zip(edges[::2], edges[1::2], strict=True)
    return [float(start + end) / 2 * FRAME_S for start, end in runs if (end - start) * FRAME_S >= PAUSE_S]


def _text_ends(text: str) -> list[int]:
    """Where a text may be cut: after clauses, if it has several, else after words; always at its end."""
    for pattern in (CLAUSE_END, WORD_END):
        ends = [match.end() for match in pattern.finditer(text) if match.end() < len(text)]
        if ends:
            return [*ends, len(text)]
    return [len(text)]


def _until(samples: Samples, seconds: float) -> Samples:
    return samples[: round(seconds * SAMPLE_RATE)]


def _clean(text: str | None) -> str | None:
    return (text or "").strip() or None


def _at_own_rate(samples: Samples, rate: int) -> Samples:
    return resample(samples, orig_sr=rate, target_sr=SAMPLE_RATE)


def _require_speech(recording: Recording, name: str) -> None:
    seconds = round(recording.seconds, 3)
    if seconds < SHORTEST_S:
        message = f"The sample {name} lasts {seconds:g} s; at least {SHORTEST_S:g} s are needed. Record a longer one."
        raise InvalidAudio(message, reason="duration_s", measured=seconds, limit=SHORTEST_S)
    peak = round(float(np.abs(recording.samples).max()), 5)
    if not peak >= QUIETEST_PEAK:
        message = f"The sample {name} is silent: its peak is {peak:g}, not {QUIETEST_PEAK:g} or more. Record it louder."
        raise InvalidAudio(message, reason="peak", measured=peak, limit=QUIETEST_PEAK)
