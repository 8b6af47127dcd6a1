"""The engine process's operations on audio files: parameters and results are JSON, the work is `sidecar.audio`'s.

Every `out_path` is a temporary name of the caller's, who adopts the file or removes it. Hostile files are read
here, away from the sidecar's pipe and database: a decoder that crashes fails one call.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from sidecar.audio.decode import AudioInfo, blocks, decode, probe
from sidecar.audio.encode import encode, pcm16, write_wav
from sidecar.audio.join import join
from sidecar.audio.loudness import LoudnessMeter, gain_to
from sidecar.audio.measure import clipping, measure
from sidecar.audio.repair import best_window, repair
from sidecar.audio.samples import Samples, decibels
from sidecar.audio.validate import LONGEST_S, failures, require_usable, validate
from sidecar.audio.waveform import waveform
from sidecar.engines.base import Control
from sidecar.engines.worker.loop import Operation

SAMPLE_RATE = 24_000
"""The rate of everything that the product keeps: that of its engines."""
SEARCHED_S = 600.0
"""A reference is sought in the first ten minutes of what is given; 60 MB of samples."""


def probe_file(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path}` → what the file says of itself."""
    return asdict(probe(Path(params["path"])))


def validate_file(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path}` → `{valid, duration_s, metrics, checks, message}`: the file judged as a reference sample."""
    path = Path(params["path"])
    info = probe(path)
    samples = decode(path, SAMPLE_RATE, max_s=SEARCHED_S)
    control.check()
    duration_s = _duration_s(info, samples)
    metrics = measure(samples, SAMPLE_RATE)
    checks = validate(metrics, duration_s, info.sample_rate)
    errors = failures(checks, "error")
    return {
        "valid": not errors,
        "duration_s": duration_s,
        "metrics": asdict(metrics),
        "checks": [asdict(check) for check in checks],
        "message": errors[0].message if errors else None,
    }


def waveform_file(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, buckets}` → `{minimum, maximum, sample_rate, duration_s}`."""
    return asdict(waveform(Path(params["path"]), params["buckets"]))


def convert(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, out_path, format, sample_rate?, title?}` → `{path, size_bytes, duration_s, sample_rate}`."""
    path, out_path = Path(params["path"]), Path(params["out_path"])
    rate = params.get("sample_rate") or probe(path).sample_rate
    heard = _checked(blocks(path, rate), control)
    written = encode(out_path, heard, rate, params["format"], title=params.get("title"))
    return {"path": str(out_path), **asdict(written)}


def import_sample(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, out_path, start_s?, end_s?}` → a reference sample, repaired, at most 30 s, as a 24 kHz WAV.

    The result is `{duration_s, sample_rate, metrics, warnings, trimmed, source_start_s, source_end_s, sha256}`; the
    two source times say which part of the given recording was kept, `trimmed` that speech was left out. `metrics` are
    the written file's, but for the clipping, which levelling would hide.
    """
    path, out_path = Path(params["path"]), Path(params["out_path"])
    info = probe(path)
    offset_s = params.get("start_s") or 0.0
    given = decode(path, SAMPLE_RATE, start_s=offset_s, end_s=params.get("end_s"), max_s=SEARCHED_S)
    control.check()
    window_start_s, window_end_s = best_window(given, SAMPLE_RATE, LONGEST_S)
    window = given[round(window_start_s * SAMPLE_RATE) : round(window_end_s * SAMPLE_RATE)]
    repaired = repair(window, SAMPLE_RATE)
    start_s, end_s = repaired.span
    kept = window[round(start_s * SAMPLE_RATE) : round(end_s * SAMPLE_RATE)]
    checks = validate(measure(kept, SAMPLE_RATE), kept.size / SAMPLE_RATE, info.sample_rate)
    require_usable(checks)
    control.check()
    written = write_wav(out_path, repaired.samples, SAMPLE_RATE)
    return {
        "duration_s": written.duration_s,
        "sample_rate": SAMPLE_RATE,
        "metrics": asdict(replace(measure(repaired.samples, SAMPLE_RATE), clipping=clipping(kept))),
        "warnings": [*_cut_warnings(given, window), *(check.message for check in failures(checks, "warning"))],
        "trimmed": window.size < given.size,
        "source_start_s": offset_s + window_start_s + start_s,
        "source_end_s": offset_s + window_start_s + end_s,
        "sha256": hashlib.sha256(out_path.read_bytes()).hexdigest(),
    }


def import_designed(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, out_path}` → speech of an engine of our own, whole, as a reference sample; its faults are warnings.

    The result is `{duration_s, sample_rate, metrics, warnings, sha256}`.
    """
    out_path = Path(params["out_path"])
    samples = decode(Path(params["path"]), SAMPLE_RATE, max_s=LONGEST_S)
    metrics = measure(samples, SAMPLE_RATE)
    written = write_wav(out_path, samples, SAMPLE_RATE)
    checks = validate(metrics, written.duration_s, SAMPLE_RATE)
    return {
        "duration_s": written.duration_s,
        "sample_rate": SAMPLE_RATE,
        "metrics": asdict(metrics),
        "warnings": [check.message for check in checks if not check.passed],
        "sha256": hashlib.sha256(out_path.read_bytes()).hexdigest(),
    }


def import_recording(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, out_path, format?}` → the whole recording at 24 kHz, as WAV unless asked for flac.

    The result is `{size_bytes, duration_s, sample_rate}`. Memory does not grow with the recording.
    """
    heard = _checked(blocks(Path(params["path"]), SAMPLE_RATE), control)
    return asdict(encode(Path(params["out_path"]), heard, SAMPLE_RATE, params.get("format", "wav")))


def piece(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, pause_s}` → `{data, sample_rate}`: what `audio.join` makes of this one part, as 16-bit base64."""
    heard = list(_joined({"parts": [params["path"]], "pauses_s": [params["pause_s"]]}, control))
    return {"data": base64.b64encode(pcm16(np.concatenate(heard)).tobytes()).decode(), "sample_rate": SAMPLE_RATE}


def join_files(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{parts, pauses_s, out_path, loudness_lufs?}` → one 24 kHz WAV of them all.

    The result is `{duration_s, sample_rate, peak_db, loudness_lufs}`. `pauses_s[i]` is the silence after part i; a part
    that is null is nothing but its silence.
    The parts are read twice, to measure and to write, and never held together, so that a book takes no more
    memory than a sentence.
    """
    meter = LoudnessMeter(SAMPLE_RATE)
    for block in _joined(params, control):
        meter.add(block)
    target = params.get("loudness_lufs")
    gain = 1.0 if target is None else gain_to(target, meter.lufs, meter.peak_db)
    levelled = (block * np.float32(gain) for block in _joined(params, control))
    written = encode(Path(params["out_path"]), levelled, SAMPLE_RATE, "wav")
    gain_db = decibels(gain)
    return {
        "duration_s": written.duration_s,
        "sample_rate": SAMPLE_RATE,
        "peak_db": meter.peak_db + gain_db,
        "loudness_lufs": None if meter.lufs is None else meter.lufs + gain_db,
    }


OPERATIONS: dict[str, Operation] = {
    "audio.probe": probe_file,
    "audio.validate": validate_file,
    "audio.waveform": waveform_file,
    "audio.convert": convert,
    "audio.import_sample": import_sample,
    "audio.import_designed": import_designed,
    "audio.import_recording": import_recording,
    "audio.join": join_files,
    "audio.piece": piece,
}


def _duration_s(info: AudioInfo, samples: Samples) -> float:
    """What was really decoded, unless only the beginning was."""
    decoded_s = float(samples.size / SAMPLE_RATE)
    return decoded_s if decoded_s < SEARCHED_S else max(decoded_s, info.duration_s)


def _cut_warnings(given: Samples, window: Samples) -> Iterator[str]:
    if given.size > window.size:
        yield (
            f"Only the best {window.size / SAMPLE_RATE:.1f} s of the {given.size / SAMPLE_RATE:.1f} s that were "
            f"searched are used, because {LONGEST_S:g} s is the most that a reference may last."
        )


def _joined(params: dict[str, Any], control: Control) -> Iterator[Samples]:
    nothing = np.zeros(0, np.float32)
    parts = (nothing if part is None else decode(Path(part), SAMPLE_RATE) for part in params["parts"])
    return _checked(join(parts, params["pauses_s"], SAMPLE_RATE), control)


def _checked(pieces: Iterable[Samples], control: Control) -> Iterator[Samples]:
    for piece in pieces:
        control.check()
        yield piece
