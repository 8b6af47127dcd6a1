"""The part of `generation.*` that is about many at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from sidecar.errors import InvalidParams
from sidecar.rpc.registry import errors_of
from sidecar.schema.batches import (
    MOST_ITEMS,
    BatchGeneration,
    BatchParams,
    BatchResult,
    BatchStarted,
    columns,
)
from sidecar.schema.generation import SpeechParams
from sidecar.services.jobs import JobService
from sidecar.services.speech.batches import BatchRequest, BatchService, located
from sidecar.services.speech.generation import SpeechRequest


class BatchHandlers:
    """Speaking a list."""

    def __init__(self, batches: BatchService, jobs: JobService) -> None:
        self._batches = batches
        self._jobs = jobs

    async def batch(self, params: BatchParams) -> BatchStarted:
        """Speak up to 1,000 texts, given in the call or in a file: a generation and a job each, and one job over all.

        Everything is checked before anything is queued, and all are queued or none. Cancelling the job over all
        cancels what has not ended; it fails only if every generation does.
        """
        requests = _requests(await self._items(params), params.defaults.model_dump(exclude_unset=True))
        queued = await self._batches.create(requests)
        result = await self._jobs.outcome(queued.job_id) if params.wait else None
        return BatchStarted(
            job_id=queued.job_id,
            generations=[BatchGeneration(id=id_, job_id=job_id) for id_, job_id in queued.generations],
            result=BatchResult(**result) if result else None,
        )

    async def _items(self, params: BatchParams) -> Sequence[tuple[dict[str, Any], int | None]]:
        """What is asked of each item, and the line of the file on which it begins, if it is from one."""
        if params.path is None:
            return [(item.model_dump(exclude_unset=True), None) for item in params.items or ()]
        found = await self._batches.read(params.path, params.split, columns(), MOST_ITEMS)
        return [(item.values, item.line) for item in found]


def _requests(items: Sequence[tuple[dict[str, Any], int | None]], defaults: dict[str, Any]) -> list[BatchRequest]:
    """The items with what they leave to the defaults. Raises `InvalidParams` for all that do not fit."""
    requests, errors = [], []
    for index, (said, line) in enumerate(items):
        try:
            speech = SpeechParams.model_validate(_not_null(defaults) | _not_null(said))
        except ValidationError as fault:
            errors += [located(error, index, line) for error in errors_of(fault)]
        else:
            requests.append(BatchRequest(SpeechRequest(**speech.model_dump()), line))
    if errors:
        raise InvalidParams.listing(errors)
    return requests


def _not_null(said: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not None}
