"""Speaking ahead: a pass is filled up with lines of the same batch, whose own jobs then find them spoken."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from sidecar.errors import NotFound, VoiceboxError
from sidecar.services.equipment import Equipment
from sidecar.services.speech.speaking import Line, speak, unspoken
from sidecar.services.speech.take import Take, open_take, plan_take
from sidecar.services.speech.takes_at_work import TakesAtWork
from sidecar.store import jobs as queue

log = logging.getLogger(__name__)


async def speak_with_others(on: Equipment, at_work: TakesAtWork, lines: list[Line], room: int) -> None:
    """Speak lines of one take, together with up to `room` lines of its batch if it is a part of one.

    Meanwhile the takes of those lines are held, for their own jobs may begin on another device.
    """
    batch_id = lines[0].take.batch_id
    if batch_id is None or room == 0:
        await speak(on, lines)
        return
    # The other devices begin with the very next ones.
    left_alone = on.models.width - 1
    count = left_alone + room * on.models.width
    waiting = await on.database.read(lambda connection: queue.next_children(connection, batch_id, count))
    with at_work.ahead([job["payload"]["version_id"] for job in waiting[left_alone:]], room) as held:
        job_ids = [job["id"] for job in waiting if job["payload"]["version_id"] in held]
        others = await _lines_ahead(on, lines[0].take, job_ids, room)
        try:
            await speak(on, [*lines, *others])
        except VoiceboxError as fault:
            if not others:
                raise
            # Whatever is wrong with the others is for their own jobs to say.
            log.warning("a pass with %d lines of other takes failed: %s", len(others), fault.message)
            await speak(on, lines)


async def _lines_ahead(on: Equipment, take: Take, job_ids: list[str], room: int) -> list[Line]:
    lines: list[Line] = []
    for other in await on.database.read(lambda connection: _waiting_takes(connection, on, take, job_ids)):
        if not other.chunks:
            try:
                await plan_take(on, other)
            except NotFound:
                # It was deleted since it was read.
                continue
        lines += unspoken(other)
        if len(lines) >= room:
            break
    return lines[:room]


def _waiting_takes(connection: Connection, on: Equipment, take: Take, job_ids: list[str]) -> list[Take]:
    """The takes of those jobs that wait still, now that they are held, in so far as they are in the same voice."""
    found = []
    for job in (queue.get_job(connection, job_id) for job_id in job_ids):
        if job["status"] != "queued":
            continue
        try:
            other = open_take(connection, on, job, take.progress)
        except VoiceboxError:
            # Its own job will say so when its turn comes.
            continue
        if other.engine_params == take.engine_params and not other.stream:
            found.append(other)
    return found
