"""The sidecar under fuzz: many requests in flight, every answer judged, nothing kept that is not needed."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

import orjson
import psutil

from tests import scripted_engine
from tests.process.sidecar_process import Message, RequestId, SidecarProcess

PROGRAM = [sys.executable, "-m", "tests.torture.program"]
"""The sidecar with the scripted engine in its table."""
WINDOW = 100
HANG_S = 120.0
"""Longer than anything asked for takes, however busy the machine is."""
INTERNAL = -32603
COMPLAINT = re.compile(r"internal error|Traceback \(most recent call last\)")
SURROUNDINGS = {
    "VOICEBOX_OFFLINE": "1",
    "VOICEBOX_REQUESTS_PER_SECOND": "100000",
    "VOICEBOX_QUEUE_LIMIT": "50",
    "VOICEBOX_ENGINE_IDLE_S": "300",
    "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
}
"""What a fuzzed setting must not change, since the rest of the round would be refused."""


class Target(SidecarProcess):
    """A sidecar in a sandbox of its own. Leaving its block ends it and raises if that was not clean."""

    def __init__(self, sandbox: Path) -> None:
        self.sandbox = sandbox
        self.faults: list[str] = []
        self.taken = 0
        """How many lines were answered with a result."""
        self.learn: Callable[[object], None] = lambda result: None
        """Called with every result to a line of `ask`."""
        self._open: dict[RequestId, str] = {}
        models = sandbox / "models"
        if not models.exists():
            scripted_engine.install(models)
        surroundings = SURROUNDINGS | {"VOICEBOX_MODELS_DIR": str(models), "HF_HOME": str(sandbox / "hub")}
        super().__init__(sandbox / "data", command=PROGRAM, **surroundings)

    def ask(self, name: str, line: bytes, about: str, window: int = WINDOW) -> None:
        """Send a request, whose id is `name`, as soon as there is room. Raises AssertionError if something hangs.

        A line that is not JSON to the letter, as with NaN in it, is answered without its id.
        """
        self.drain(window)
        if _is_json(line):
            self._open[name] = about
        self.send(line)

    def drain(self, window: int = 1) -> None:
        """Wait until fewer requests than this are open."""
        try:
            self.wait_for(lambda: True if len(self._open) < window else None, HANG_S)
        except AssertionError as fault:
            raise AssertionError(f"no answer to {list(self._open.values())[:3]}: {fault}") from fault

    @property
    def rss_bytes(self) -> int:
        """The resident memory of the sidecar process itself."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def examine(self) -> None:
        """Note what a look from outside finds, once it has ended: a broken database, tracebacks in the log."""
        with sqlite3.connect(self.data_dir / "voicebox.db") as database:
            if (found := database.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
                self.faults.append(f"integrity_check: {found}")
            if broken := database.execute("PRAGMA foreign_key_check").fetchall():
                self.faults.append(f"foreign_key_check: {broken[:3]}")
        for log in (self.data_dir / "logs").glob("sidecar*.log*"):
            text = log.read_text("utf-8", errors="replace")
            if found := COMPLAINT.search(text):
                self.faults.append(f"{log.name}: {text[found.start() : found.start() + 2_000]}")
        self.faults += [f"on stdout: {line[:200]!r}" for line in self.impurities]

    def _take(self, line: bytes) -> None:
        try:
            heard = json.loads(line)
            for message in heard if isinstance(heard, list) else [heard]:
                self._judge(message)
        except (ValueError, TypeError, KeyError):
            self.impurities.append(line)

    def _judge(self, message: Message) -> None:
        if message["jsonrpc"] != "2.0":
            raise ValueError(message)
        if "method" in message:
            fault = message["params"].get("error")
            if isinstance(fault, dict) and fault.get("data", {}).get("kind") == "internal":
                self.faults.append(f"a job failed with {fault['message']}")
            return
        if isinstance(message["id"], int):
            self._answers[message["id"]].append(message)
            return
        about = self._open.pop(message["id"], "a damaged line")
        if "result" in message:
            self.taken += 1
            self.learn(message["result"])
        elif message["error"]["code"] == INTERNAL or "kind" not in message["error"].get("data", {}):
            self.faults.append(f"{about}: {json.dumps(message['error'])[:500]}")


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def sandbox_in(folder: Path) -> Path:
    """A place that may be filled with rubbish: nothing that anybody needs is below it."""
    for name in ("out", "in"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    os.mkfifo(folder / "in" / "pipe")
    return folder
