"""A version made of another one by effects: what a generation's own job and the job "effects" have in common."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.jobs.progress import Progress
from sidecar.services.effects.chains import describe
from sidecar.services.effects.table import EffectValue
from sidecar.services.new_files import NewFiles
from sidecar.store import rows
from sidecar.store.tables import versions
from sidecar.store.values import new_id, utc_now
from sidecar.store.versions import make_default

APPLYING_SHARE = 0.98
"""Of the work; the rest is putting it on the disk."""


@dataclass(frozen=True)
class Derived:
    """Audio that lies in its place already and that no row names yet."""

    version_id: str
    effects: list[EffectValue]
    audio_path: str
    duration_s: float
    sample_rate: int


async def derive(
    audio: EnginePool,
    source_path: str,
    effects: list[EffectValue],
    progress: Progress,
    new: NewFiles,
) -> Derived:
    """Run a stored file through a chain that has every parameter. Raises what `effects.apply` raises."""
    version_id, temporary = new_id(), new.files.temporary(".wav")
    begun_at = progress.fraction
    progress.report("applying", 0, None, "seconds")

    def report(news: dict[str, float]) -> None:
        share = news["completed"] / news["total"] if news["total"] else 0.0
        fraction = begun_at + (1.0 - begun_at) * APPLYING_SHARE * min(1.0, share)
        progress.report("applying", news["completed"], news["total"], "seconds", fraction)

    try:
        params = {"path": str(new.files.absolute(source_path)), "out_path": str(temporary), "effects": effects}
        made = await audio.call("effects.apply", params, report)
        audio_path = await new.adopt(temporary, "generations", f"{version_id}.wav")
    finally:
        temporary.unlink(missing_ok=True)
    return Derived(version_id, effects, audio_path, made["duration_s"], made["sample_rate"])


def add_derived(
    connection: Connection, generation_id: str, source_version_id: str, derived: Derived, label: str | None = None
) -> None:
    """Write down a derived version and let the generation be heard in it; its source may have been deleted since."""
    source = rows.find(connection, versions, source_version_id)
    rows.add(
        connection,
        versions,
        id=derived.version_id,
        generation_id=generation_id,
        label=label or describe(derived.effects),
        kind="effects",
        source_version_id=source and source["id"],
        seed=source and source["seed"],
        effects=derived.effects,
        audio_path=derived.audio_path,
        duration_s=derived.duration_s,
        sample_rate=derived.sample_rate,
        created_at=utc_now(),
    )
    make_default(connection, generation_id, derived.version_id)
