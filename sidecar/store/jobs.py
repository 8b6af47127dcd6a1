"""Queries on the durable queue."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, false, func, literal_column, select, update

from sidecar.store import rows
from sidecar.store.remembered import remembered
from sidecar.store.tables import jobs
from sidecar.store.values import Row, new_id, plain, utc_now

OPEN = ("queued", "running")
ENDED = ("completed", "failed", "cancelled")
# As the index `jobs_waiting` has it, to the letter.
_TURN: ColumnElement[str] = literal_column("coalesce(parent_id, '')", String)


def enqueue(
    connection: Connection,
    kind: str,
    lane: str,
    subject: str | None,
    payload: dict[str, Any],
    parent_id: str | None = None,
) -> str:
    """Put a job into the queue, in the same transaction as the row that it is about, and give its id."""
    job_id = new_id()
    rows.add(
        connection,
        jobs,
        id=job_id,
        kind=kind,
        lane=lane,
        subject=subject,
        payload=payload,
        parent_id=parent_id,
        status="queued",
        created_at=utc_now(),
    )
    return job_id


def get_job(connection: Connection, job_id: str) -> Row:
    """A job. Raises `NotFound`."""
    return rows.get(connection, jobs, job_id, "job")


def next_in_turn(connection: Connection, lane: str, last_turn: str | None) -> Row | None:
    """The job of a lane that begins next, after one that had the turn `last_turn`; None if none waits.

    Every job with parts has a turn, and those that are no part of anything have one together; in each the oldest is
    first. A turn is had again only when every other one has been.
    """
    waiting = _waiting(lane).order_by(_TURN, jobs.c.seq).limit(1)
    others = waiting if last_turn is None else waiting.where(last_turn < _TURN)
    return _first(connection, others) or (None if last_turn is None else _first(connection, waiting))


def waiting_alone(connection: Connection, lane: str, count: int) -> list[Row]:
    """The jobs of a lane that wait and are no part of another, so many at most, oldest first."""
    return rows.page(connection, _waiting(lane).where(_TURN == "").order_by(jobs.c.seq), count, 0)


def turn_of(job: Row) -> str:
    """Which turn a job has in `next_in_turn`."""
    return job["parent_id"] or ""


def begin(connection: Connection, job: Row) -> Row:
    """Mark a job that waits as running and give it."""
    started = {"status": "running", "started_at": utc_now(), "attempts": job["attempts"] + 1}
    rows.change(connection, jobs, job["id"], **started)
    return job | started


def _waiting(lane: str) -> Select[Any]:
    return select(jobs).where(jobs.c.lane == lane, jobs.c.status == "queued")


def _first(connection: Connection, query: Select[Any]) -> Row | None:
    row = connection.execute(query).mappings().first()
    return plain(row) if row else None


def requeue_interrupted(connection: Connection) -> int:
    """Put back what was running when the last process ended; how many there were."""
    interrupted = update(jobs).where(jobs.c.status == "running").values(status="queued", started_at=None)
    return connection.execute(interrupted).rowcount


def fail_other_kinds(connection: Connection, kinds: Collection[str], error: dict[str, Any]) -> int:
    """End what waits and is of none of these kinds; how many there were."""
    others = update(jobs).where(jobs.c.status == "queued", jobs.c.kind.not_in(kinds))
    return connection.execute(others, {"status": "failed", "finished_at": utc_now(), "error": error}).rowcount


def finish(connection: Connection, job_id: str, status: str, **values: Any) -> None:
    """End a job; it is announced once the client has been told."""
    rows.change(connection, jobs, job_id, status=status, finished_at=utc_now(), **values)


def finish_waiting_children(connection: Connection, parent_id: str, status: str, **values: Any) -> None:
    """End those parts of a job that wait, all in the same way."""
    waiting = update(jobs).where(jobs.c.parent_id == parent_id, jobs.c.status == "queued")
    connection.execute(waiting, {"status": status, "finished_at": utc_now()} | values)


def unannounced(connection: Connection) -> list[str]:
    """Jobs that have ended without the client having been told."""
    query = select(jobs.c.id).where(jobs.c.announced == false(), jobs.c.status.not_in(OPEN)).order_by(jobs.c.seq)
    return list(connection.execute(query).scalars())


def mark_announced(connection: Connection, job_ids: list[str]) -> None:
    """Note that the client has been told."""
    connection.execute(update(jobs).where(jobs.c.id.in_(job_ids)).values(announced=True))


def list_jobs(
    connection: Connection, status: str | None, kind: str | None, parent_id: str | None, limit: int, offset: int
) -> tuple[list[Row], int]:
    """One page of jobs, newest first, and how many match in all; None leaves a column free."""
    wanted = {jobs.c.status: status, jobs.c.kind: kind, jobs.c.parent_id: parent_id}
    conditions: list[ColumnElement[bool]] = [column == value for column, value in wanted.items() if value is not None]
    query = select(jobs).where(*conditions).order_by(jobs.c.seq.desc())
    asked = "jobs", status, kind, parent_id
    total = remembered(connection, asked, lambda: rows.count(connection, jobs, *conditions))
    return rows.page(connection, query, limit, offset), total


def children(connection: Connection, parent_id: str, *statuses: str) -> list[Row]:
    """The parts of a job, those of these statuses if any are named, in the order in which they were queued."""
    query = select(jobs).where(jobs.c.parent_id == parent_id).order_by(jobs.c.seq)
    if statuses:
        query = query.where(jobs.c.status.in_(statuses))
    return [plain(row) for row in connection.execute(query).mappings()]


def next_children(connection: Connection, parent_id: str, count: int) -> list[Row]:
    """The parts of a job whose turn comes next."""
    query = select(jobs).where(jobs.c.parent_id == parent_id, jobs.c.status == "queued").order_by(jobs.c.seq)
    return rows.page(connection, query, count, 0)


def open_children(connection: Connection, parent_id: str) -> list[str]:
    """The parts of a job that have not ended, in the order in which they were queued."""
    query = select(jobs.c.id).where(jobs.c.parent_id == parent_id, jobs.c.status.in_(OPEN)).order_by(jobs.c.seq)
    return list(connection.execute(query).scalars())


def open_before(connection: Connection, job: Row) -> str | None:
    """The first job of the same kind about the same subject that was asked for before this one and has not ended."""
    alike = jobs.c.kind == job["kind"], jobs.c.subject == job["subject"], jobs.c.status.in_(OPEN)
    query = select(jobs.c.id).where(*alike, jobs.c.seq < job["seq"]).order_by(jobs.c.seq).limit(1)
    return connection.execute(query).scalar()


def open_jobs_about(connection: Connection, subjects: list[str]) -> list[str]:
    """The jobs about these subjects that have not ended."""
    query = select(jobs.c.id).where(jobs.c.subject.in_(subjects), jobs.c.status.in_(OPEN))
    return list(connection.execute(query).scalars())


def are_waiting(connection: Connection, number: int) -> bool:
    """Whether so many jobs wait, or more; none beyond is looked at."""
    query = select(jobs.c.seq).where(jobs.c.status == "queued").offset(number - 1).limit(1)
    return connection.execute(query).first() is not None


def running_since(connection: Connection, lane: str) -> str | None:
    """When the first of the jobs began that a lane is at; None if it is at none."""
    query = select(func.min(jobs.c.started_at)).where(jobs.c.lane == lane, jobs.c.status == "running")
    since: str | None = connection.execute(query).scalar_one()
    return since


def queue_depth(connection: Connection) -> dict[str, int]:
    """How many jobs are queued and running."""
    return {status: rows.count(connection, jobs, jobs.c.status == status) for status in OPEN}


def last_payload(connection: Connection, kind: str, subject: str) -> dict[str, Any]:
    """What the newest job of this kind about this subject was told to do."""
    query = select(jobs.c.payload).where(jobs.c.subject == subject, jobs.c.kind == kind).order_by(jobs.c.seq.desc())
    return dict(connection.execute(query.limit(1)).scalar_one())
