"""The engine process's operations on audio files: parameters and results are JSON, the work is `sidecar.audio`'s.

Every `out_path` is a temporary name of the caller's, who adopts the file or removes it. Hostile files are read
here, away from the sidecar's pipe and database: a decoder that crashes fails one call.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from sidecar.audio.decode import AudioInfo, blocks, decode, probe
from sidecar.audio.encode import encode, pcm16, write_wav
from sidecar.audio.join import Joiner, join
from sidecar.audio.levelling import level_wav
from sidecar.audio.loudness import LoudnessMeter
from sidecar.audio.measure import clipping, measure
from sidecar.audio.part import NOTHING, Part, prepared
from sidecar.audio.repair import best_window, repair
from sidecar.audio.samples import Samples, checked
from sidecar.audio.tags import Tags
from sidecar.audio.validate import LONGEST_S, failures, require_usable, validate
from sidecar.audio.voice_activity import open_model
from sidecar.audio.waveform import waveform
from sidecar.engines.base import Control
from sidecar.engines.worker.loop import Operation
from sidecar.errors import InvalidAudio

SAMPLE_RATE = 24_000
"""The rate of everything that the product keeps: that of its engines."""
SEARCHED_S = 600.0
"""A reference is sought in the first ten minutes of what is given; 60 MB of samples."""
LONGEST_RECORDING_S = 86_400.0
"""Of what is imported: a day takes 4 GB, and 15 MB of FLAC may hold weeks of silence."""


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
    return asdict(waveform(Path(params["path"]), params["buckets"], partial(_go_on, control, "outlining")))


def convert(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, out_path, format, sample_rate?, tags?}` → `{path, size_bytes, duration_s, sample_rate}`.

    `tags` has the fields of `sidecar.audio.tags.Tags`.
    """
    path, out_path = Path(params["path"]), Path(params["out_path"])
    rate = params.get("sample_rate") or probe(path).sample_rate
    heard = checked(blocks(path, rate), partial(_go_on, control, "converting"))
    written = encode(out_path, heard, rate, params["format"], Tags(**params.get("tags") or {}))
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

    Raises:
        InvalidAudio: as `blocks`; also with reason "too_long", and what was written is the caller's to remove.

    """
    path = Path(params["path"])
    heard = checked(_bounded(path, blocks(path, SAMPLE_RATE)), partial(_go_on, control, "importing"))
    return asdict(encode(Path(params["out_path"]), heard, SAMPLE_RATE, params.get("format", "wav")))


def piece(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{path, pause_s, previous?, last, crossfade_s?, as_made?}` → `{data, sample_rate}`: 16-bit base64.

    It is one part's share of what `audio.join` makes of all parts. `previous` is the `{path, pause_s}` of the part
    before, null for the first.

    It begins with the pause of the part before, and holds back what the next one may overlap.
    """
    crossfade_s = params.get("crossfade_s") or 0.0
    joiner = Joiner(SAMPLE_RATE, crossfade_s)
    before = params.get("previous") or {"path": None, "pause_s": 0.0}
    # Without a crossfade nothing of the part before was held back but its pause.
    paths = [before["path"] if crossfade_s else None, params["path"]]
    previous, part = _parts(paths, crossfade_s, control, params.get("as_made", False))
    joiner.add(previous, before["pause_s"])
    heard = [joiner.add(part, params["pause_s"])]
    if params["last"]:
        heard.append(joiner.finish())
    return {"data": base64.b64encode(pcm16(np.concatenate(heard)).tobytes()).decode(), "sample_rate": SAMPLE_RATE}


def join_files(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{parts, pauses_s, out_path, crossfade_s?, loudness_lufs?, as_made?}` → one 24 kHz WAV of them all.

    `pauses_s[i]` is the silence after part i; a part that is null is nothing but its silence. Without a loudness the
    take stays at the level to which every part is brought; with `as_made` parts are neither cut nor levelled. The
    result is `{duration_s, sample_rate, peak_db, loudness_lufs, parts, paused_s, overlapped_s}`: `parts` has each
    part's `start_s` and `duration_s`, and the duration is that of all parts and pauses less what they overlap.
    Parts are read one after the other, so that a book takes no more memory than its longest chunk.
    """
    out_path, target = Path(params["out_path"]), params.get("loudness_lufs")
    crossfade_s = params.get("crossfade_s") or 0.0
    joiner, meter = Joiner(SAMPLE_RATE, crossfade_s), LoudnessMeter(SAMPLE_RATE)
    parts = _parts(params["parts"], crossfade_s, control, params.get("as_made", False))
    take = join(parts, params["pauses_s"], joiner)
    written = encode(out_path, meter.listen(take), SAMPLE_RATE, "wav")
    if target is not None:
        meter = level_wav(out_path, SAMPLE_RATE, meter, target, partial(_go_on, control, "levelling"))
    return {
        "duration_s": written.duration_s,
        "sample_rate": SAMPLE_RATE,
        "peak_db": meter.peak_db,
        "loudness_lufs": meter.lufs,
        "parts": [{"start_s": start / SAMPLE_RATE, "duration_s": size / SAMPLE_RATE} for start, size in joiner.places],
        "paused_s": joiner.paused / SAMPLE_RATE,
        "overlapped_s": joiner.overlapped / SAMPLE_RATE,
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


def _parts(paths: list[str | None], crossfade_s: float, control: Control, as_made: bool = False) -> Iterator[Part]:
    model = open_model()
    for path in paths:
        _go_on(control, "joining")
        samples = None if path is None else decode(Path(path), SAMPLE_RATE)
        if samples is None:
            yield NOTHING
        elif as_made:
            yield Part(samples, 0, 0)
        else:
            yield prepared(samples, SAMPLE_RATE, crossfade_s, model)


def _bounded(path: Path, pieces: Iterable[Samples]) -> Iterator[Samples]:
    """The same pieces, counted: what a file says of its length may be a lie."""
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > LONGEST_RECORDING_S * SAMPLE_RATE:
            raise InvalidAudio(
                f"{path.name!r} lasts longer than the {LONGEST_RECORDING_S / 3_600:g} hours that a recording may last. "
                "Import it in parts.",
                reason="too_long",
                limit=LONGEST_RECORDING_S,
            )
        yield piece


def _go_on(control: Control, stage: str) -> None:
    """Whoever works for long without a word is taken to hang; how far it is nobody asks."""
    control.check()
    control.progress(stage, 0, None, "steps")
