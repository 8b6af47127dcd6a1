"""Models in memory ahead of their use, and out of it before their time."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Conflict, Unsupported
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.jobs.runner import JobRunner
from sidecar.services.equipment import Equipment
from sidecar.services.models.residents import Residents
from sidecar.services.profiles.voices import adapter_params
from sidecar.store import jobs as queue
from sidecar.store.values import Row

MODEL_LOAD = "model_load"
ENGINE_LANE = "engine"


class LoadJob(JobKind):
    """Loads a model, or finds that it is loaded."""

    name = MODEL_LOAD
    lane = ENGINE_LANE

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Have the engine load it; what was told of it is the job's result."""
        progress.report("loading", 0, 1, "models")
        operation, params = _how_to_load(self._on, job["subject"])
        loaded = await self._on.models.call(operation, params | job["payload"])
        return Outcome(lambda connection: {"resident": loaded})


class ResidencyService:
    """Loading by a job, unloading at once."""

    def __init__(self, equipment: Equipment, residents: Residents, runner: JobRunner) -> None:
        self._on = equipment
        self._residents = residents
        self._runner = runner

    async def load(self, model_id: str, wishes: dict[str, Any]) -> str:
        """Queue the loading of a model and give the job's id; `wishes` may hold `device` and `keep_alive_s`.

        Raises:
            NotFound: there is no such model.
            ModelUnavailable: it is not installed.
            Unsupported: it is a part of another model, or on servers elsewhere.
            InvalidParams: the device is none of several that are in use.

        """
        if "device" in wishes:
            self._on.models.refuse_unused(wishes["device"])
        _how_to_load(self._on, model_id)
        enqueue = partial(self._runner.enqueue, kind=MODEL_LOAD, subject=model_id, payload=wishes)
        return await self._runner.submit(enqueue)

    async def unload(self, model_id: str | None) -> list[dict[str, Any]]:
        """Unload a model, or all, and tell what they were; one that is not loaded is no fault.

        Raises:
            NotFound: there is no such model.
            Conflict: it is in use. Then nothing is unloaded.

        """
        if model_id is not None:
            self._on.catalogue.model(model_id)
        chosen = [model for model in self._residents.models() if model_id in (None, model["model"])]
        if not chosen:
            return []
        busy_since = await self._on.database.read(_running_since)
        for model in chosen:
            # Between two chunks of one generation nobody is at the model, but the next chunk wants it again.
            if model["in_use"] or (busy_since is not None and model["last_used_at"] >= busy_since):
                raise Conflict(
                    f"{model['model']} is in use; wait for the job, or cancel it first.",
                    resource="model",
                    id=model["model"],
                )
        answer = await self._on.models.call("models.unload", {"model": model_id})
        return list(answer["unloaded"])


def _running_since(connection: Connection) -> str | None:
    """When the job began that has the engine now."""
    return queue.running_since(connection, ENGINE_LANE)


def _how_to_load(on: Equipment, model_id: str) -> tuple[str, dict[str, Any]]:
    """The engine's operation that loads a model, and its parameters. Raises what `ResidencyService.load` raises."""
    entry = on.catalogue.local_model(model_id)
    if entry.engine == "whisper":
        return "models.load_whisper", on.whisper(None if len(entry.languages) > 1 else entry.languages[0], model_id)
    spec = on.catalogue.engine(entry.engine)
    if entry.id not in {model.id for model in spec.models}:
        raise Unsupported(f"{entry.name} is a part of {spec.name} and is loaded when that needs it.", model=entry.id)
    return "models.load_speech", adapter_params(on, on.catalogue.installed(spec, [entry]))
