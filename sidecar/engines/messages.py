"""What crosses the engine's pipe: one JSON object a line, each way.

To the engine: `{"id", "operation", "params"}`, or `{"cancel": id}`.
From the engine: `{"id", "result"}` or `{"id", "error": {kind, message, data}}` once for every id, any number of
`{"id", "progress": {stage, completed, total, unit}}` before it, and `{"heartbeat": {rss_bytes}}` every second.
"""

from __future__ import annotations

HEARTBEAT_S = 1.0
MAX_LINE_BYTES = 64 << 20
EOF_EXIT_CODE = 0
