"""Speaking ahead: a pass is filled up with lines of the same batch, whose own jobs then find them spoken."""

from __future__ import annotations

import logging

from sqlalchemy import Connection

from sidecar.errors import VoiceboxError
from sidecar.services.equipment import Equipment
from sidecar.services.speech.speaking import Line, speak, unspoken
from sidecar.services.speech.take import Take, open_take, plan_take
from sidecar.store import jobs as queue

log = logging.getLogger(__name__)


async def speak_with_others(on: Equipment, lines: list[Line], room: int) -> None:
    """Speak lines of one take, together with up to `room` lines of its batch if it is a part of one."""
    others = await _lines_ahead(on, lines[0].take, room)
    if not others:
        await speak(on, lines)
        return
    try:
        await speak(on, [*lines, *others])
    except VoiceboxError as fault:
        # Whatever is wrong with the others is for their own jobs to say.
        log.warning("a pass with %d lines of other takes failed: %s", len(others), fault.message)
        await speak(on, lines)


async def _lines_ahead(on: Equipment, take: Take, room: int) -> list[Line]:
    batch_id = take.batch_id
    if batch_id is None or room == 0:
        return []
    lines: list[Line] = []
    for other in await on.database.read(lambda connection: _next_takes(connection, on, take, batch_id, room)):
        if not other.chunks:
            await plan_take(on, other)
        lines += unspoken(other)
        if len(lines) >= room:
            break
    return lines[:room]


def _next_takes(connection: Connection, on: Equipment, take: Take, batch_id: str, count: int) -> list[Take]:
    """The next takes of the batch that wait, in so far as they are in the same voice."""
    found = []
    for job in queue.next_children(connection, batch_id, count):
        try:
            other = open_take(connection, on, job, take.progress)
        except VoiceboxError:
            # Its own job will say so when its turn comes.
            continue
        if other.engine_params == take.engine_params and not other.stream:
            found.append(other)
    return found
