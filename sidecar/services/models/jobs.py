"""The jobs that bring models to the disk and prove them: download, install and verify."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.model_files import (
    both,
    differs,
    is_doubtful,
    known_facts,
    promise,
    prove,
    size_of,
    to_json,
)
from sidecar.engines.pool import EnginePool
from sidecar.errors import ModelUnavailable, VoiceboxError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.operating_system import replace, sync_folder
from sidecar.services.file_work import FileWork
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.models.places import ModelPlaces
from sidecar.services.models.table import ModelEntry
from sidecar.services.models.transfer_speed import TransferSpeed
from sidecar.services.models.views import ModelViews
from sidecar.store.archive import Moved
from sidecar.store.values import Row
from sidecar.uninterrupted import in_thread

MODEL_DOWNLOAD = "model_download"
MODEL_INSTALL = "model_install"
MODEL_VERIFY = "model_verify"
MODEL_MOVE = "model_move"
MODEL_JOBS = (MODEL_DOWNLOAD, MODEL_INSTALL, MODEL_VERIFY, MODEL_MOVE)
DOWNLOADS = "downloads"
MODELS = "models"
"""The lanes: downloads beside everything else, and one for what only moves bytes on the disk."""
PARALLEL_DOWNLOADS = 2
DOWNLOADED = 0.95
"""How far a download job is when every byte has come and the checking begins."""
INSTALL_LIMIT = 2
"""An archive may unpack to this many times what the model takes."""


class _ModelJob(JobKind):
    """A job at one model, which is what it makes."""

    def __init__(self, catalogue: Catalogue, views: ModelViews, places: ModelPlaces) -> None:
        self._catalogue = catalogue
        self._places = places
        self._views = views

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The model as it is now, and what the job found."""
        return {"model": self._views.of(self._catalogue.model(job["subject"])), **job["result"]}


class DownloadJob(_ModelJob):
    """Fetches a model, or what is missing of it, in a process of its own: a cancel ends that, and so the traffic."""

    name = MODEL_DOWNLOAD
    lane = DOWNLOADS
    width = PARALLEL_DOWNLOADS

    def __init__(
        self, catalogue: Catalogue, views: ModelViews, places: ModelPlaces, processes: EnginePool, offline: bool
    ) -> None:
        super().__init__(catalogue, views, places)
        self._processes = processes
        self._offline = offline

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Fetch and prove it; what is whole already costs nothing and asks nobody."""
        entry = self._catalogue.model(job["subject"])
        if self._catalogue.location(entry) is None:
            require_downloadable(entry, self._offline)
            params = {
                "model": entry.id,
                "repository": entry.repository,
                "revision": entry.revision,
                "cache": str(self._places.download_cache(entry)),
                "files": to_json(entry.facts),
            }
            speed = TransferSpeed(asyncio.get_running_loop().time)

            def tell(news: dict[str, Any]) -> None:
                progress.report(**news, **_pace(news, speed))

            await self._processes.call("download.fetch", params, tell)
        return Outcome(lambda connection: {})


class InstallJob(_ModelJob):
    """Takes a model from a folder or an archive: copied beside its place, proven there, then renamed into it."""

    name = MODEL_INSTALL
    lane = MODELS

    def __init__(self, catalogue: Catalogue, views: ModelViews, places: ModelPlaces, processes: EnginePool) -> None:
        super().__init__(catalogue, views, places)
        self._processes = processes

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Copy, prove, rename."""
        entry = self._catalogue.model(job["subject"])
        if self._catalogue.location(entry) is None:
            staging = self._staging(job)
            await in_thread(_make_empty, staging)
            params = {
                "model": entry.id,
                "path": job["payload"]["path"],
                "into": str(staging),
                "files": to_json(entry.facts),
                "limit_bytes": INSTALL_LIMIT * entry.size_bytes,
            }
            await self._processes.call("install.take", params, lambda news: progress.report(**news))
            await in_thread(_put_in_place, staging, self._places.home / entry.id)
        return Outcome(lambda connection: {})

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Leave nothing half-installed."""
        shutil.rmtree(self._staging(job), ignore_errors=True)

    def _staging(self, job: Row) -> Path:
        """The same after a restart, which so removes what a kill has left."""
        return self._places.home / f".incoming-{job['id']}"


class VerifyJob(_ModelJob):
    """Reads every byte of a model and compares it with all that is known of its files."""

    name = MODEL_VERIFY
    lane = MODELS

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Prove the model, or put it in doubt and fail with the names of the damaged files."""
        entry = self._catalogue.model(job["subject"])
        _, here = self._catalogue.state(entry)
        if here is None:
            raise ModelUnavailable(f"{entry.name} is not on this disk any more.", model=entry.id, reason="absent")
        facts = both(await asyncio.to_thread(known_facts, here, entry.files), entry.facts)
        total = sum(size_of(here / name) or 0 for name in facts)

        def check(moved: Moved) -> dict[str, str]:
            found = {name: differs(here / name, fact, moved) for name, fact in facts.items()}
            return {name: why for name, why in found.items() if why}

        damaged = await FileWork(progress, "verifying", total).run(check)
        if damaged and self._places.is_built_in(here):
            raise _damaged(entry, damaged, "It came with this program: install that again")
        if damaged:
            await asyncio.to_thread(promise, here, facts)
            mend = "models.download fetches them again" if entry.repository else "remove it and install it again"
            raise _damaged(entry, damaged, f"It is not used until that is mended: {mend}")
        if is_doubtful(here):
            await asyncio.to_thread(prove, here)
        unchecked = [name for name, fact in facts.items() if not fact.checksums]
        return Outcome(lambda connection: {"checked_bytes": total, "unchecked": unchecked})


def require_downloadable(entry: ModelEntry, offline: bool) -> None:
    """Raise `ModelUnavailable` if a model cannot be fetched from here, whatever the network is like."""
    if entry.repository is None:
        raise ModelUnavailable(
            f"No hub has {entry.name} as it is used here. It comes from {entry.source}; put its files into a folder "
            "and call models.install.",
            model=entry.id,
            reason="no_repository",
        )
    if offline:
        raise ModelUnavailable(
            f"{entry.name} is not downloaded: VOICEBOX_OFFLINE=1 keeps this program off the network. Unset it, or take "
            "the model from a folder with models.install.",
            model=entry.id,
            reason="offline",
        )


def _pace(news: dict[str, Any], speed: TransferSpeed) -> dict[str, Any]:
    """How far the job is, and of a transfer how fast it is and how long it will take."""
    completed, total = news["completed"], news["total"]
    if news["stage"] == "verifying":
        return {"fraction": DOWNLOADED + (1.0 - DOWNLOADED) * completed / total}
    if news["stage"] != "downloading":
        return {}
    speed.add(completed)
    bytes_per_s = speed.bytes_per_s()
    return {
        "fraction": DOWNLOADED * completed / total,
        "message": f"{completed / 1e6:,.1f} of {total / 1e6:,.1f} MB, {bytes_per_s / 1e6:.1f} MB/s",
        "eta_s": round((total - completed) / bytes_per_s, 1) if bytes_per_s else None,
    }


def _make_empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _put_in_place(staging: Path, final: Path) -> None:
    """What is there is not whole, or this would not have begun."""
    if final.exists():
        shutil.rmtree(final)
    replace(staging, final)
    sync_folder(final.parent)


def _damaged(entry: ModelEntry, damaged: dict[str, str], advice: str) -> ModelUnavailable:
    told = "; ".join(f"{name}: {why}" for name, why in damaged.items())
    return ModelUnavailable(
        f"{entry.name} is damaged: {told}. {advice}.",
        model=entry.id,
        reason="checksum",
        files=list(damaged),
    )
