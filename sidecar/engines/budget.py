"""What all models together may take of a memory."""

from __future__ import annotations

import psutil

from sidecar.device_names import RAM

RAM_SHARE = 0.75
"""Of the machine's memory; the rest is for the system, other programs and the work itself."""


def budget_of(memory: str, budget_bytes: int | None) -> int | None:
    """The budget that is set, in bytes, else the machine's; None for a card, which only its own process can measure."""
    if budget_bytes is None and memory == RAM:
        return int(psutil.virtual_memory().total * RAM_SHARE)
    return budget_bytes
