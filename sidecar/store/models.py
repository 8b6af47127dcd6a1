"""Queries about models: where the user has put them, and what work needs them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, select

from sidecar.store import settings
from sidecar.store.jobs import OPEN
from sidecar.store.tables import generations, jobs, transcriptions
from sidecar.store.values import Row, plain

MODELS_DIR = "models_dir"
"""Kept among the settings, but changed only by moving the models: it must always say where they are."""


def models_dir(connection: Connection) -> Path | None:
    """The folder that the models were moved to, if they were."""
    folder = settings.stored(connection).get(MODELS_DIR)
    return Path(folder) if folder else None


def set_models_dir(connection: Connection, folder: Path) -> None:
    """Note where the models are now."""
    settings.put(connection, {MODELS_DIR: str(folder)})


def open_model_jobs(connection: Connection, kinds: tuple[str, ...]) -> list[Row]:
    """The jobs of these kinds that have not ended."""
    query = select(jobs).where(jobs.c.kind.in_(kinds), jobs.c.status.in_(OPEN)).order_by(jobs.c.seq)
    return [plain(row) for row in connection.execute(query).mappings()]


def work_with(connection: Connection, model: str | None) -> list[str]:
    """What is being spoken or written down, or waits for it, with this model or with any: ids."""
    return [
        row_id
        for table in (generations, transcriptions)
        for row_id in connection.execute(
            select(table.c.id).where(table.c.status.in_(OPEN), *([table.c.model == model] if model else []))
        ).scalars()
    ]


def running_beside(connection: Connection, kinds: tuple[str, ...]) -> list[str]:
    """The jobs of all other kinds that run now."""
    query = select(jobs.c.id).where(jobs.c.status == "running", jobs.c.kind.not_in(kinds))
    return list(connection.execute(query).scalars())
