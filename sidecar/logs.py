"""Where log lines go: everything into a rotated file, warnings to stderr, and never a wait for whoever reads that."""

from __future__ import annotations

import logging
import queue
import sys
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path

FILE_BYTES = 5 << 20
FILES_KEPT = 3
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
STDERR_LINES = 1_000


class _DroppingHandler(QueueHandler):
    """Hands lines to another thread and drops them when that one is stuck on a pipe that nobody drains."""

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return


def start_logging(folder: Path, level: str) -> None:
    """Set up logging for the sidecar process."""
    # A line that a full disk refuses would be printed on stderr, with a traceback, and wait for whoever reads that.
    logging.raiseExceptions = False
    to_file = RotatingFileHandler(folder / "sidecar.log", maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8")
    to_file.setFormatter(logging.Formatter(FORMAT))
    to_stderr = logging.StreamHandler(sys.stderr)
    to_stderr.setFormatter(logging.Formatter(FORMAT))
    lines: queue.Queue[logging.LogRecord] = queue.Queue(STDERR_LINES)
    dropping = _DroppingHandler(lines)
    dropping.setLevel(logging.WARNING)
    QueueListener(lines, to_stderr).start()
    logging.basicConfig(level=level.upper(), handlers=[to_file, dropping])
    # jsonrpcserver logs every request; asyncio's debug lines help nobody here.
    logging.getLogger("jsonrpcserver").setLevel(logging.WARNING)
    logging.getLogger("asyncio").setLevel(logging.WARNING)
