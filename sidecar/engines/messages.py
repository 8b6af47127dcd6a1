"""What crosses the engine's pipe: one JSON object a line, each way.

To the engine: `{"id", "operation", "params", "limits"}`, or `{"cancel": id}`.
From the engine: `{"id", "result"}` or `{"id", "error": {kind, message, data}}` once for every id, any number of
`{"id", "progress": {stage, completed, total, unit}}` before it, and `{"heartbeat": {rss_bytes, resident}}` every
second, when a model has come into use, and just before every result or error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HEARTBEAT_S = 1.0
MAX_LINE_BYTES = 64 << 20
EOF_EXIT_CODE = 0
OUT_OF_MEMORY = "out_of_memory"
"""`data.reason` of an error that a process with nothing else in it may not meet again."""
BROKE_OFF = "broke_off"
"""`data.reason` of an error of a server elsewhere that ended in the middle, as a process does that crashes."""


@dataclass(frozen=True)
class Limits:
    """What models may cost in each memory, in bytes, and how long one stays that nobody uses, in seconds.

    None measures the machine, and keeps for ever. `elsewhere_bytes` is what other processes have taken of the budget,
    by memory.
    """

    budget_bytes: int | None = None
    keep_alive_s: float | None = None
    elsewhere_bytes: Mapping[str, int] = field(default_factory=dict)
