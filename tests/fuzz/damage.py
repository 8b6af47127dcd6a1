"""Damage to bytes, as bad disks, cut downloads and people with hex editors do it."""

from __future__ import annotations

import random
from collections.abc import Callable

INTERESTING = (
    b"\x00",
    b"\xff",
    b"\x00" * 8,
    b"\xff" * 8,
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\xff\xff\xff\x7f",
)
"""Bytes that are the ends of number ranges, in either order."""
HEAD_BYTES = 256
"""Headers and their lengths are within these; a flip there goes deeper than one among samples."""


def damaged(rng: random.Random, data: bytes) -> bytes:
    """The bytes with one to four kinds of damage done to them."""
    for damage in rng.choices(KINDS, k=rng.randint(1, 4)):
        data = damage(rng, data)
    return data


def _truncated(rng: random.Random, data: bytes) -> bytes:
    return data[: _place(rng, data)]


def _flipped(rng: random.Random, data: bytes) -> bytes:
    broken = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if broken:
            broken[_place(rng, broken)] ^= 1 << rng.randrange(8)
    return bytes(broken)


def _overwritten(rng: random.Random, data: bytes) -> bytes:
    at, piece = _place(rng, data), rng.choice(INTERESTING)
    return data[:at] + piece + data[at + len(piece) :]


def _inserted(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + rng.choice((rng.randbytes(rng.randint(1, 64)), rng.choice(INTERESTING))) + data[at:]


def _cut_out(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + data[at + rng.randint(1, 64) :]


def _repeated(rng: random.Random, data: bytes) -> bytes:
    first, last = sorted((_place(rng, data), _place(rng, data)))
    return data[:last] + data[first:last] + data[last:]


def _zeroed(rng: random.Random, data: bytes) -> bytes:
    """A sector that was never written."""
    at = _place(rng, data) // 512 * 512
    return data[:at] + bytes(min(512, len(data) - at)) + data[at + 512 :]


def _place(rng: random.Random, data: bytes | bytearray) -> int:
    reach = rng.choice((HEAD_BYTES, len(data), len(data)))
    return rng.randrange(max(1, min(reach, len(data))))


Damage = Callable[[random.Random, bytes], bytes]
KINDS: tuple[Damage, ...] = (_truncated, _flipped, _flipped, _overwritten, _inserted, _cut_out, _repeated, _zeroed)
