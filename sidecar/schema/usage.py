"""`usage.*`: how much was made."""

from __future__ import annotations

from typing import Literal

from sidecar.schema.common import Params, Result, Timestamp


class UsageGetParams(Params):
    """Which days, and by what. Every day, in UTC, that the time from `since` up to `until` touches counts whole."""

    since: Timestamp | None = None
    until: Timestamp | None = None
    group_by: Literal["engine", "model", "profile", "day", "kind"] | None = None


class UsageFigures(Result):
    """Sums over takes and transcriptions that came off, whether or not they are still in history.

    Every take of a generation counts. A real-time factor is compute seconds a second of audio.
    """

    generations: int
    characters: int
    audio_s: float
    compute_s: float
    real_time_factor: float | None
    transcriptions: int
    transcribed_s: float
    transcription_compute_s: float
    transcription_real_time_factor: float | None


class UsageGroup(UsageFigures):
    """One engine, model, profile (by id, with its last name), day or kind; transcriptions have no profile (null)."""

    key: str | None
    name: str | None


class Usage(Result):
    """The sums of all, and of each group; there are none unless `group_by` asks for them."""

    total: UsageFigures
    groups: list[UsageGroup]
