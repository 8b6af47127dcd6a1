"""Speaking chunks: each until it passes or its tries are spent, the best of each on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.services.equipment import Equipment
from sidecar.services.speech.take import Take
from sidecar.services.speech.verification import Quality, badness, check, objections
from sidecar.store import generations as store
from sidecar.store.values import Row
from sidecar.uninterrupted import to_the_end

MOST_RETAKES = 3
"""Sound takes of the engines here pass the first time; what fails four times will not pass the fifth."""
SEED_STEP = 1_000_003
"""Between the seeds of two tries of a chunk: a prime, more than any text has chunks, so that no seed comes twice."""
SEEDS = 2**53
# A usual pace of speech, to tell from the seconds spoken how much of a chunk is done; never more than most of it.
CHARS_PER_SECOND = 15.0
MOST_OF_A_CHUNK = 0.95


Hear = Callable[[str], None]


@dataclass(frozen=True)
class Line:
    """A chunk that is to be spoken, and the take that it is a part of."""

    take: Take
    chunk: Row

    @property
    def chars(self) -> int:
        """How many characters are to be spoken."""
        return len(self.chunk["text"])


@dataclass
class _Try:
    """One spoken chunk in a temporary file."""

    path: Path
    spoken: dict[str, Any]
    quality: Quality


def unspoken(take: Take) -> list[Line]:
    """The lines of a take that are to be spoken: those that never were, and those that might pass with another seed."""
    lines = [Line(take, chunk) for chunk in take.chunks if chunk["text"] and _is_to_be_spoken(take, chunk)]
    for line in lines:
        line.chunk["audio_path"] = None
    return lines


async def speak(on: Equipment, lines: Sequence[Line], hear: Hear | None = None) -> None:
    """Speak lines of one voice in one pass, those that do not pass once more, and put the best try of each on the disk.

    Progress is told of the first line's take. `hear` is given a single line's speech as it is made, in base64; what was
    heard is not spoken again.
    """
    # An engine that draws nothing at random says the same thing again.
    retakes = MOST_RETAKES if lines[0].take.choice.engine.varied and hear is None else 0
    best: dict[int, _Try] = {}
    waiting = list(range(len(lines)))
    try:
        for retake in range(1 + retakes):
            tries = await _try(on, [lines[index] for index in waiting], retake, hear)
            for index, attempt in zip(waiting, tries, strict=True):
                best[index] = _better(best.get(index), attempt)
            waiting = [index for index in waiting if not best[index].quality["passed"]]
            if not waiting:
                break
    except BaseException:
        _remove([attempt.path for attempt in best.values()])
        raise
    # What is spoken is kept even if the job is cancelled in this moment: the file and its row, or neither.
    await to_the_end(_keep(on, [(line, best[index]) for index, line in enumerate(lines)]))


async def _try(on: Equipment, lines: list[Line], retake: int, hear: Hear | None) -> list[_Try]:
    tries = [_tried(line.chunk) + retake for line in lines]
    seeds = [(line.chunk["seed"] + tried * SEED_STEP) % SEEDS for line, tried in zip(lines, tries, strict=True)]
    paths = [on.files.temporary(".wav") for _ in lines]
    try:
        told = await _spoken(on, lines, seeds, paths, hear)
        lines[0].take.report("checking", lines[0].chars)
        found = [
            await check(on, line.take, line.chunk["text"], path, spoken)
            for line, path, spoken in zip(lines, paths, told, strict=True)
        ]
    except BaseException:
        _remove(paths)
        raise
    return [
        _Try(path, spoken, quality | {"seed": seed, "tries": tried + 1})
        for path, spoken, quality, seed, tried in zip(paths, told, found, seeds, tries, strict=True)
    ]


async def _spoken(
    on: Equipment, lines: list[Line], seeds: list[int], paths: list[Path], hear: Hear | None
) -> list[dict[str, Any]]:
    take = lines[0].take
    own_chars, all_chars = sum(line.chars for line in lines if line.take is take), sum(line.chars for line in lines)
    take.report("speaking")
    wanted = {
        "utterances": [line.take.utterance(line.chunk, seed) for line, seed in zip(lines, seeds, strict=True)],
        "out_paths": [str(path) for path in paths],
        "live": hear is not None,
    }

    def listen(news: dict[str, Any]) -> None:
        if hear and "audio" in news:
            hear(news["audio"])
        else:
            take.report(news["stage"], _share_spoken(news, all_chars) * own_chars)

    answer = await on.pool_of(take.choice).call("speech.speak", take.engine_params | wanted, listen)
    take.note(answer)
    return list(answer["spoken"])


def _better(known: _Try | None, attempt: _Try) -> _Try:
    """Of two tries the better one, with the time that both took and the number of all; the other's file goes."""
    if known is None:
        return attempt
    better, worse = (attempt, known) if badness(attempt.quality) < badness(known.quality) else (known, attempt)
    better.spoken["compute_s"] = known.spoken["compute_s"] + attempt.spoken["compute_s"]
    better.quality["tries"] = attempt.quality["tries"]
    _remove([worse.path])
    return better


async def _keep(on: Equipment, spoken: list[tuple[Line, _Try]]) -> None:
    """Adopt the files, then write the rows, then let the takes know."""
    finished = [(line.chunk, await _adopt(on, line.chunk, attempt)) for line, attempt in spoken]

    def finish(connection: Connection) -> None:
        for chunk, values in finished:
            if not store.finish_chunk(connection, chunk["version_id"], chunk["position"], **values):
                # Its generation was deleted while its line was spoken ahead.
                on.files.delete_once_written(connection, [values["audio_path"]])

    await on.database.write(finish)
    for chunk, values in finished:
        chunk.update(values)


async def _adopt(on: Equipment, chunk: Row, attempt: _Try) -> Row:
    """Put a try in its place and give what its row should say."""
    name = f"{chunk['version_id']}-{chunk['position']:06}.wav"
    path = await asyncio.to_thread(on.files.adopt, attempt.path, "chunks", name)
    values = {field: attempt.spoken[field] for field in ("duration_s", "compute_s", "stop_reason")}
    return values | {"audio_path": path, "quality": attempt.quality}


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _is_to_be_spoken(take: Take, chunk: Row) -> bool:
    if chunk["audio_path"] is None:
        return True
    return take.choice.engine.varied and bool(objections(chunk["quality"], take.verify))


def _tried(chunk: Row) -> int:
    """How often earlier runs of the job have spoken it, to no avail."""
    return chunk["quality"]["tries"] if chunk["quality"] else 0


def _share_spoken(news: dict[str, Any], chars: int) -> float:
    """How much of so many characters is spoken, from an engine's progress in seconds of audio."""
    if news["unit"] != "seconds":
        return 0.0
    return float(min(news["completed"] * CHARS_PER_SECOND / chars, MOST_OF_A_CHUNK))
