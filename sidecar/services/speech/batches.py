"""Asking for many generations at once: all of them are queued, in one transaction, or none is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Busy, VoiceboxError
from sidecar.jobs.runner import JobRunner
from sidecar.services.speech.batch_job import BATCH
from sidecar.services.speech.generation import GenerationService, SpeechRequest, require_pauses
from sidecar.services.speech.script_files import Split, read_script
from sidecar.text.scripts import ScriptItem


@dataclass(frozen=True)
class BatchRequest:
    """One item of a batch, and the line of the file on which it begins, if it is from one."""

    speech: SpeechRequest
    line: int | None = None


@dataclass(frozen=True)
class QueuedBatch:
    """The job that watches over a batch, and of each generation its id and its job's, in the order of the items."""

    job_id: str
    generations: list[tuple[str, str]]


class BatchService:
    """Starts batches."""

    def __init__(self, jobs: JobRunner, generation: GenerationService) -> None:
        self._jobs = jobs
        self._generation = generation

    async def read(self, path: str, split: Split | None, columns: Mapping[str, bool], most: int) -> list[ScriptItem]:
        """The items that a file names. Raises what `read_script` raises."""
        return await asyncio.to_thread(read_script, Path(path), split, columns, most)

    async def create(self, items: Sequence[BatchRequest]) -> QueuedBatch:
        """Queue a generation for every item.

        Raises:
            Busy: the queue has no room for all of them.
            VoiceboxError: what `GenerationService.create` raises for the first item that cannot be spoken;
                `data.errors` tells of all such items, each with its place.

        """
        return await self._jobs.submit(lambda connection: self._enqueue(connection, items))

    def _enqueue(self, connection: Connection, items: Sequence[BatchRequest]) -> QueuedBatch:
        job_id = self._jobs.enqueue(connection, BATCH, None, {})
        return QueuedBatch(job_id, self.enqueue_parts(connection, items, job_id))

    def enqueue_parts(
        self, connection: Connection, items: Sequence[BatchRequest], job_id: str
    ) -> list[tuple[str, str]]:
        """Queue generations as parts of a job, in the caller's transaction; gives their ids and their jobs'.

        Raises what `create` raises; `wake` is for the caller.
        """
        queued: list[tuple[str, str]] = []
        refused: list[tuple[int, VoiceboxError]] = []
        lookups = self._generation.lookups(connection)
        for index, item in enumerate(items):
            try:
                require_pauses(item.speech.text)
                queued.append(self._generation.enqueue(connection, item.speech, lookups, job_id))
            except Busy:
                raise
            except VoiceboxError as fault:
                refused.append((index, fault))
        if refused:
            raise _refusal(refused, items)
        return queued


def located(error: dict[str, Any], index: int, line: int | None) -> dict[str, Any]:
    """An error of one item, `{loc, message, type}`, as one of the whole call: with the item's place and line."""
    placed = error | {"loc": ["items", index, *error["loc"]]}
    if line is None:
        return placed
    return placed | {"message": f"{error['message'].removesuffix('.')} (line {line}).", "line": line}


def _refusal(refused: Sequence[tuple[int, VoiceboxError]], items: Sequence[BatchRequest]) -> VoiceboxError:
    errors = [
        located(error, index, items[index].line)
        for index, fault in refused
        for error in fault.data.get("errors", [{"loc": [], "message": fault.message, "type": fault.kind}])
    ]
    first = refused[0][1]
    where = ".".join(map(str, errors[0]["loc"]))
    more = f" {len(errors) - 1} more in data.errors." if len(errors) > 1 else ""
    return type(first)(f"{where}: {errors[0]['message']}{more}", **first.data | {"errors": errors})
