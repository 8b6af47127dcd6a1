"""Models on this machine: which are there, and how they come, go and move."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.model_files import remove_model
from sidecar.errors import Conflict, InvalidParams, NotFound
from sidecar.jobs.runner import JobRunner
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.models.jobs import (
    MODEL_DOWNLOAD,
    MODEL_INSTALL,
    MODEL_JOBS,
    MODEL_MOVE,
    MODEL_VERIFY,
    require_downloadable,
)
from sidecar.services.models.places import ModelPlaces
from sidecar.services.models.residents import Residents
from sidecar.services.models.table import ModelEntry
from sidecar.services.models.views import ModelViews
from sidecar.services.views import View
from sidecar.store import models as store
from sidecar.store.database import Database

Refuse = Callable[[Connection], None]


class ModelService:
    """What can be done with models; all that is slow is a job, and no two jobs are at one model."""

    def __init__(
        self,
        database: Database,
        runner: JobRunner,
        catalogue: Catalogue,
        places: ModelPlaces,
        residents: Residents,
        views: ModelViews,
        offline: bool,
    ) -> None:
        self._database = database
        self._runner = runner
        self._catalogue = catalogue
        self._places = places
        self._residents = residents
        self._views = views
        self._offline = offline

    async def load(self) -> None:
        """Find out where the models are, if they were moved. A disk that is not there now is nobody's home."""
        folder = await self._database.read(store.models_dir)
        if folder and folder.is_dir():
            self._places.settle(folder)

    async def list_all(self) -> list[View]:
        """Every model of the catalogue as it is now."""
        return await asyncio.to_thread(self._views.every)

    async def get(self, model_id: str) -> View:
        """One model as it is now. Raises `NotFound`."""
        return await asyncio.to_thread(self._views.of, self._catalogue.local_model(model_id))

    async def download(self, model_id: str) -> str:
        """Have a model fetched and give the job's id; that of the one at it, if there is one.

        Raises:
            NotFound: no such model.
            ModelUnavailable: it is not there, and no hub has it or the network is not to be used; `data.reason`.
            Conflict: another job is at this model.

        """
        entry = self._catalogue.local_model(model_id)
        if self._catalogue.location(entry) is None:
            require_downloadable(entry, self._offline)
        return await self._start(MODEL_DOWNLOAD, entry.id, {}, joins=True)

    async def install(self, model_id: str, path: Path) -> str:
        """Have a model taken from a folder or an archive, and give the job's id.

        Raises:
            NotFound: no such model, or no such folder or archive.
            Conflict: it is installed already, or another job is at it.

        """
        entry = self._catalogue.local_model(model_id)
        if not path.exists():
            raise NotFound(f"There is no folder or archive {path}.", resource="file", id=str(path))
        if here := self._catalogue.location(entry):
            raise Conflict(f"{entry.name} is installed in {here}; remove it first with models.delete.", model=entry.id)
        return await self._start(MODEL_INSTALL, entry.id, {"path": str(path)})

    async def verify(self, model_id: str) -> str:
        """Have every file of a model checked, and give the job's id. Raises `NotFound`, `Conflict`."""
        entry = self._catalogue.local_model(model_id)
        self._require_present(entry)
        return await self._start(MODEL_VERIFY, entry.id, {}, joins=True)

    async def delete(self, model_id: str, also_shared: bool) -> None:
        """Remove a model from the disk; what other programs use too only if that is wanted.

        Raises:
            NotFound: no such model, or it is not on the disk.
            Conflict: it is loaded, wanted or worked at, or what is left is other programs' or part of this one.

        """
        entry = self._catalogue.local_model(model_id)
        self._require_present(entry)
        copies = [here for here in self._places.candidates(entry) if here.is_dir()]
        there = [here for here in copies if not self._places.is_built_in(here)]
        if not there:
            raise Conflict(f"{entry.name} came with the program and stays as long as that does.", model=entry.id)
        chosen = [here for here in there if also_shared or self._places.is_ours(here)]
        if not chosen:
            raise Conflict(
                f"{entry.name} lies in {there[0]}, which other programs use too. Say also_shared: true to remove it "
                "for all of them.",
                model=entry.id,
                path=str(there[0]),
            )
        await self._database.read(lambda connection: self._refuse_in_use(connection, entry))
        for here in chosen:
            await asyncio.to_thread(remove_model, here, entry.files)

    async def move(self, folder: Path) -> str:
        """Have all models of ours moved into another folder, which must be empty, and give the job's id.

        Raises:
            InvalidParams: the folder holds the old one, or lies in it.
            Conflict: it is not empty, or models are loaded, wanted or worked at.

        """
        home = self._places.home
        if folder.resolve().is_relative_to(home.resolve()) or home.resolve().is_relative_to(folder.resolve()):
            raise InvalidParams.about("path", f"{folder} and the present folder {home} lie one in the other.")
        if folder.exists() and (not folder.is_dir() or os.listdir(folder)):
            raise Conflict(f"{folder} is not an empty folder; name one that is, or one that does not exist.")

        def refuse(connection: Connection) -> None:
            if loaded := self._residents.model_ids():
                raise Conflict(f"{', '.join(sorted(loaded))} is loaded; unload it first with models.unload.")
            if store.work_with(connection, None):
                raise Conflict("Generations or transcriptions are under way; move the models when they have ended.")

        return await self._start(MODEL_MOVE, None, {"from": str(home), "to": str(folder)}, refuse)

    @property
    def home(self) -> Path:
        """The folder that models are kept in."""
        return self._places.home

    async def _start(
        self,
        kind: str,
        model: str | None,
        payload: dict[str, Any],
        refuse: Refuse = lambda connection: None,
        joins: bool = False,
    ) -> str:
        """Queue a job about one model, or about all. One that `joins` is the same as another of its kind."""

        def change(connection: Connection) -> str:
            refuse(connection)
            for job in store.open_model_jobs(connection, MODEL_JOBS):
                if joins and (job["kind"], job["subject"]) == (kind, model):
                    return str(job["id"])
                if model is None or job["subject"] in (model, None):
                    raise Conflict(
                        f"A {job['kind']} job is at {model or 'the models'}; wait for its end, or cancel it.",
                        job_id=job["id"],
                    )
            return self._runner.enqueue(connection, kind, model, payload)

        return await self._runner.submit(change)

    def _require_present(self, entry: ModelEntry) -> None:
        if self._catalogue.state(entry)[0] == "absent":
            raise NotFound(f"{entry.name} is not on this disk.", resource="model", id=entry.id)

    def _refuse_in_use(self, connection: Connection, entry: ModelEntry) -> None:
        if entry.id in self._residents.model_ids():
            raise Conflict(f"{entry.name} is loaded; unload it first with models.unload.", model=entry.id)
        at_it = [j["id"] for j in store.open_model_jobs(connection, MODEL_JOBS) if j["subject"] in (entry.id, None)]
        if at_it or store.work_with(connection, entry.id):
            raise Conflict(f"{entry.name} is in use; wait until the work with it has ended.", model=entry.id)
