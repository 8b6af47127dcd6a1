"""The values that every row is made of: ids and times."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Row = dict[str, Any]

SEED_BITS = 31
LONGEST_NAME = 200
"""Characters that a name may have, as the wire says."""
LONGEST_STEM = LONGEST_NAME - len(" (1000000)")
"""What of a name is left at least when a number is put behind it."""


def plain(mapping: Mapping[Any, Any]) -> Row:
    """A result row as an ordinary dict; SQLAlchemy's own keys are a kind of string that not every serialiser takes."""
    return {str(name): value for name, value in mapping.items()}


def numbered(name: str, number: int) -> str:
    """The name with a number behind it, as "Ada (2)"; a name that leaves no room for that is cut."""
    suffix = f" ({number})"
    return name[: LONGEST_NAME - len(suffix)].rstrip() + suffix


def new_id() -> str:
    """A fresh random UUID as a string."""
    return str(uuid.uuid4())


def new_seed() -> int:
    """A fresh random seed; small enough for every library and for JavaScript."""
    return secrets.randbits(SEED_BITS)


def utc_now() -> str:
    """The time now, as `timestamp` writes it."""
    return timestamp(time.time())


def timestamp(epoch_s: float) -> str:
    """A time as RFC 3339 in UTC, to the microsecond, ending in Z; such strings sort as the times they stand for."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def seconds_between(start: str, end: str) -> float:
    """Seconds from one stored time to another."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
