"""What the start-up sweep must keep: every file that a row names."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from sqlalchemy import Connection, select, union_all

from sidecar.errors import Cancelled
from sidecar.store.tables import chunks, profiles, project_sources, samples, transcriptions, versions

AT_ONCE = 1_000


class Claims:
    """Which files are claimed, in eight bytes each: the names of a million files take more than 100 MB.

    One file in 10^13 passes for claimed though it is not, and stays until the next start, which hashes otherwise.
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._hashes = array("q", sorted(map(hash, paths)))

    def __contains__(self, path: object) -> bool:
        wanted = hash(path)
        place = bisect_left(self._hashes, wanted)
        return place < len(self._hashes) and self._hashes[place] == wanted


def claims(connection: Connection, is_enough: Callable[[], bool] = lambda: False) -> Claims:
    """The files that belong to a row, by their relative paths. Raises `Cancelled` once it is enough."""
    return Claims(_until(is_enough, _claimed(connection)))


def claimed_files(connection: Connection) -> set[str]:
    """The relative path of every file that belongs to a row."""
    return set(_claimed(connection))


def _until(is_enough: Callable[[], bool], paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        if is_enough():
            raise Cancelled("The sweep was stopped.")
        yield path


def _claimed(connection: Connection) -> Iterator[str]:
    audio = (select(table.c.audio_path) for table in (samples, versions, chunks, transcriptions, project_sources))
    named = union_all(*audio, select(profiles.c.avatar_path))
    found = connection.execute(named.execution_options(yield_per=AT_ONCE)).scalars()
    return (path for path in found if path)
