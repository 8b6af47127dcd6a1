"""Whether a chunk came out as it should: how strictly takes are checked, what a finding means, what is told of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sidecar.services.equipment import Equipment
from sidecar.services.speech.take import Take, Verify
from sidecar.store.values import Row

SPEAKER_ENCODER = "speaker-encoder"
Quality = dict[str, Any]
"""Of one chunk: `{passed, tries, seed, rate, wer, similarity, reasons: [{check, measured, limit, message}]}`."""

_BROKEN = frozenset({"silence", "numbers"})
_WRONG_LENGTH = frozenset({"too_long", "too_short"})
_WRONG_SPEECH = frozenset({"words", "missing", "added", "last_word", "voice"})
OBJECTIONS: dict[str, frozenset[str]] = {
    "off": _BROKEN,
    "length": _BROKEN | _WRONG_LENGTH,
    "full": _BROKEN | _WRONG_LENGTH | _WRONG_SPEECH,
}
"""The checks that a take must pass to be called speech. What else is found (a click, a long pause) is a blemish: it is
reason enough to try again and is told, but the best of several tries is taken with it."""


async def check(on: Equipment, take: Take, text: str, path: Path, spoken: dict[str, Any]) -> Quality:
    """Judge one spoken chunk as strictly as its take asks. `spoken` is what the engine said of it."""
    if take.verify == "off":
        return _unheard(spoken["sounding"])
    params = {"path": str(path), "text": text, "language": take.language, "speed": take.settings["speed"]}
    if take.verify == "length":
        found = await on.audio.call("verification.length", params)
    else:
        found = await on.models.call("verification.full", params | _hearing(on, take))
    return {name: found[name] for name in ("passed", "reasons", "rate", "wer", "similarity")}


def objections(quality: Quality | None, verify: Verify) -> list[dict[str, Any]]:
    """The reasons for which a chunk cannot be called speech, as strictly as is asked."""
    reasons = quality["reasons"] if quality else []
    return [reason for reason in reasons if reason["check"] in OBJECTIONS[verify]]


def badness(quality: Quality) -> tuple[int, int, float]:
    """What to compare tries by; the least is the best."""
    return len(objections(quality, "full")), len(quality["reasons"]), quality["wer"] or 0.0


def quality_of(chunks: Iterable[Row], verify: Verify) -> Quality | None:
    """What was found of a take: mean rate and word error rate, least likeness, and each chunk's; None of nothing."""
    told = [{"position": chunk["position"]} | chunk["quality"] for chunk in chunks if chunk["quality"]]
    if not told:
        return None
    return {
        "verify": verify,
        "passed": all(chunk["passed"] for chunk in told),
        "retakes": sum(chunk["tries"] - 1 for chunk in told),
        "rate": _mean(_known(told, "rate")),
        "wer": _mean(_known(told, "wer")),
        "similarity": min(_known(told, "similarity"), default=None),
        "chunks": told,
    }


def _hearing(on: Equipment, take: Take) -> dict[str, Any]:
    """What hearing a take asks for: Whisper, and the recordings that a cloned voice should sound like.

    A matched or preset voice is not compared: it is not the speaker of any recording.
    """
    encoder_dir = on.catalogue.location(on.catalogue.model(SPEAKER_ENCODER))
    voice = take.engine_params["voice"]
    compared = encoder_dir is not None and take.choice.engine.fidelity[voice["kind"]] == "cloned"
    return on.whisper(take.language) | {
        "encoder_dir": encoder_dir and str(encoder_dir),
        "reference_paths": [reference["path"] for reference in voice["references"]] if compared else [],
    }


def _unheard(sounding: bool) -> Quality:
    message = "The engine made silence, or numbers that are no sound."
    reasons = [] if sounding else [{"check": "silence", "measured": 0.0, "limit": 0.0, "message": message}]
    return {"passed": sounding, "reasons": reasons, "rate": None, "wer": None, "similarity": None}


def _known(chunks: list[Quality], measure: str) -> list[float]:
    return [chunk[measure] for chunk in chunks if chunk[measure] is not None]


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
