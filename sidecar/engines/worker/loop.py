"""The engine process: requests in on one thread, heartbeats out on another, one operation at a time on the main one."""

from __future__ import annotations

import logging
import os
import queue
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import psutil

from sidecar.engines.messages import EOF_EXIT_CODE, HEARTBEAT_S, MAX_LINE_BYTES, Limits
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.memory import is_shortage
from sidecar.engines.worker.models import LoadedModels
from sidecar.errors import EngineFailed, VoiceboxError, from_os_error
from sidecar.operating_system import kill_own_group
from sidecar.rpc.lines import LineTooLong
from sidecar.rpc.pipe import Pipe, start_reader, write_all

log = logging.getLogger(__name__)

Operation = Callable[[dict[str, Any], OperationControl], dict[str, Any]]


class EngineLoop:
    """Serves operations until the input ends; then the process ends at once, whatever it is at."""

    def __init__(
        self, pipe: Pipe, namespaces: Mapping[str, Callable[[], Mapping[str, Operation]]], models: LoadedModels
    ) -> None:
        self._pipe = pipe
        self._namespaces = namespaces
        self._operations: dict[str, Operation] = {}
        self._models = models
        self._process = psutil.Process()
        self._writing = threading.Lock()
        self._telling = threading.Lock()
        self._waiting: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._controls: dict[int, OperationControl] = {}

    def run(self) -> None:
        """Serve for ever; the end of the input ends the process."""
        start_reader(self._pipe.read_fd, MAX_LINE_BYTES, self._accept, _end)
        threading.Thread(target=self._beat, name="heartbeat", daemon=True).start()
        self._models.watch(self._tell_state)
        while True:
            try:
                self._serve(self._waiting.get(timeout=self._models.next_expiry_s()))
            except queue.Empty:
                self._models.expire()

    def _accept(self, line: bytes | LineTooLong) -> None:
        if isinstance(line, LineTooLong):
            raise ValueError("the sidecar sent a line over the limit")
        message = orjson.loads(line)
        if "cancel" in message:
            if control := self._controls.get(message["cancel"]):
                control.cancel()
            return
        number = message["id"]
        self._controls[number] = OperationControl(lambda progress: self._send({"id": number, "progress": progress}))
        self._waiting.put(message)

    def _serve(self, message: dict[str, Any]) -> None:
        number = message["id"]
        control = self._controls[number]
        self._models.allow(Limits(**message["limits"]))
        try:
            control.check()
            answer = {"result": self._operation(message["operation"])(message["params"], control)}
        except Exception as fault:
            answer = {"error": self._known(fault).payload()}
        finally:
            del self._controls[number]
        self._models.expire()
        # First what the process holds now, then the answer: who reads the one knows the other.
        self._tell_state()
        self._send({"id": number} | answer)

    def _operation(self, name: str) -> Operation:
        if name not in self._operations:
            self._operations |= self._namespaces[name.partition(".")[0]]()
        return self._operations[name]

    def _beat(self) -> None:
        pause = threading.Event()
        while True:
            self._tell_state()
            pause.wait(HEARTBEAT_S)

    def _tell_state(self) -> None:
        # One at a time, or a beat that looked before a model was loaded could be told after the answer to that.
        with self._telling:
            rss_bytes = self._process.memory_info().rss
            self._send({"heartbeat": {"rss_bytes": rss_bytes, "resident": self._models.resident}})

    def _send(self, message: dict[str, Any]) -> None:
        data = orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)
        try:
            with self._writing:
                write_all(self._pipe.write_fd, data)
        except OSError:
            # Nobody reads any more: the sidecar is gone.
            _end()

    def _known(self, fault: Exception) -> VoiceboxError:
        """The fault as one of our own; what is not leaves its traceback in the log and its last line in the message."""
        if is_shortage(fault):
            log.error("out of memory", exc_info=fault)
            return self._models.shortage()
        if isinstance(fault, VoiceboxError):
            return fault
        log.error("operation failed", exc_info=fault)
        if isinstance(fault, OSError):
            return from_os_error(fault, "The engine: a file operation")
        reason = traceback.format_exception_only(fault)[-1].strip()
        return EngineFailed(f"The engine failed: {reason}. The engine log in the data folder says more.", reason=reason)


def _end() -> None:
    """End at once, with the children that some library may have started."""
    kill_own_group()
    os._exit(EOF_EXIT_CODE)
