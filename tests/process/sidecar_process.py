"""A client of the real program: spawns it, talks in lines, keeps what it hears, sees that it leaves nothing behind."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
import uuid
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import psutil

ROOT = Path(__file__).parents[2]
FROZEN = os.environ.get("VOICEBOX_FROZEN")
PROGRAM = [FROZEN] if FROZEN else [sys.executable, "-m", "sidecar"]
"""What the tests spawn: the frozen program that the environment names, or the package as it lies here."""
MARK = "VOICEBOX_TEST_MARK"
"""An environment variable that every descendant inherits, and by which those that stay behind are found."""
PATIENCE_S = 60.0
END_S = 5.0
"""The contract's bound on every end of the program."""

Message = dict[str, Any]
RequestId = str | int | None
T = TypeVar("T")


class Refused(Exception):
    """The sidecar answered with an error."""

    def __init__(self, error: Message) -> None:
        super().__init__(f"{error['code']} {error['message']}")
        self.code: int = error["code"]
        self.message: str = error["message"]
        self.data: Message = error["data"]


class SidecarProcess:
    """One spawned sidecar. The block that it is used in ends it, and fails if it leaves anything behind."""

    def __init__(
        self,
        data_dir: Path,
        *arguments: str,
        command: Sequence[str] = PROGRAM,
        cwd: Path = ROOT,
        inherited: Mapping[str, str] = os.environ,
        reading: bool = True,
        stderr: int | None = None,
        **environment: str,
    ) -> None:
        self.data_dir = data_dir
        self.messages: list[Message] = []
        self.batches: deque[list[Message]] = deque()
        self.impurities: list[bytes] = []
        self._answers: defaultdict[RequestId, deque[Message]] = defaultdict(deque)
        self._mark = str(uuid.uuid4())
        self._numbers = itertools.count(1)
        self._news = threading.Condition()
        self._ended = False
        self._stderr = data_dir.with_name(f"{data_dir.name}.stderr")
        with self._stderr.open("wb") as stderr_file:
            self.process = subprocess.Popen(
                [*command, "--data-dir", str(data_dir), *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr_file if stderr is None else stderr,
                start_new_session=True,
                cwd=cwd,
                env={**inherited, **environment, MARK: self._mark},
            )
        self._reader = threading.Thread(target=self._read, daemon=True)
        if reading:
            self.start_reading()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        if kind is not None:
            self.kill()
            return
        if self.process.poll() is None:
            self.close_input()
            self.assert_ended_cleanly()
        assert not self.impurities, "stdout holds what is no protocol"

    def send(self, line: bytes) -> None:
        """Write bytes as they are."""
        assert self.process.stdin
        self.process.stdin.write(line)
        self.process.stdin.flush()

    def send_json(self, message: object) -> None:
        """Write one message as a line."""
        self.send(json.dumps(message).encode() + b"\n")

    def request(self, method: str, /, **params: Any) -> int:
        """Send a request and give its id at once."""
        number = next(self._numbers)
        self.send_json({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return number

    def notify(self, method: str, /, **params: Any) -> None:
        """Send a notification."""
        self.send_json({"jsonrpc": "2.0", "method": method, "params": params})

    def call(self, method: str, /, **params: Any) -> Message:
        """Send a request and wait for its result. Raises `Refused`."""
        return self.result(self.request(method, **params))

    def result(self, request_id: RequestId) -> Message:
        """Wait for the result of a request. Raises `Refused`."""
        answer = self.answer(request_id)
        if "error" in answer:
            raise Refused(answer["error"])
        return dict(answer["result"])

    def answer(self, request_id: RequestId, timeout_s: float = PATIENCE_S) -> Message:
        """The next answer with this id, as it came."""
        answers = self._answers[request_id]
        return self.wait_for(lambda: answers.popleft() if answers else None, timeout_s)

    def batch(self, messages: list[Any]) -> list[Message]:
        """Send a batch and wait for its answers."""
        self.send_json(messages)
        return self.wait_for(lambda: self.batches.popleft() if self.batches else None)

    def event(self, method: str, timeout_s: float = PATIENCE_S, /, **params: Any) -> Message:
        """The parameters of the first notification, heard or still to come, that has these among its own."""
        return self.wait_for(
            lambda: next((heard for heard in self.events(method) if params.items() <= heard.items()), None), timeout_s
        )

    def events(self, method: str) -> list[Message]:
        """The parameters of every notification of this name so far."""
        return [message["params"] for message in self.messages if message.get("method") == method]

    def wait_for(self, look: Callable[[], T | None], timeout_s: float = PATIENCE_S) -> T:
        """Look again after every line until there is something to see."""
        found: list[T] = []

        def over() -> bool:
            if (thing := look()) is not None:
                found.append(thing)
            return bool(found) or self._ended

        with self._news:
            self._news.wait_for(over, timeout_s)
        assert found, f"nothing came within {timeout_s:g} s (or before the end); stderr: {self.stderr!r}"
        return found[0]

    def engine(self) -> psutil.Process:
        """The engine process that holds the models."""
        (pid,) = (engine["pid"] for engine in self.call("system.health")["engines"] if engine["role"] == "model")
        return psutil.Process(pid)

    def start_reading(self) -> None:
        """Begin to read what the sidecar writes."""
        self._reader.start()

    def close_input(self) -> None:
        """Hang up."""
        assert self.process.stdin
        self.process.stdin.close()

    def wait_ended(self) -> int:
        """Wait for the end and give the exit code."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join()
        return code

    def kill(self) -> None:
        """End it as a power cut would, and wait for its engine processes, which must notice by themselves."""
        self.process.kill()
        self.wait_ended()
        self.assert_no_process_left()

    def assert_ended_cleanly(self) -> None:
        """Exit code 0 within the contract's time; no process, lock or temporary file left."""
        try:
            code = self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"it had not ended after {END_S:g} s") from None
        self._reader.join(END_S)
        assert code == 0, self.stderr
        assert self.descendants() == []
        assert not (self.data_dir / "lock").exists()
        assert list((self.data_dir / "tmp").iterdir()) == []

    def assert_no_process_left(self) -> None:
        """The engine processes end with their parent, however that ended."""
        _, alive = psutil.wait_procs(self.descendants(), END_S)
        assert alive == []

    def descendants(self) -> list[psutil.Process]:
        """Every process of this run but the sidecar itself, found by the mark in its environment."""
        return [
            process for process in psutil.process_iter() if process.pid != self.process.pid and self._marked(process)
        ]

    @property
    def stderr(self) -> str:
        """What it has written on stderr."""
        return self._stderr.read_text("utf-8", errors="replace")

    def _marked(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(MARK) == self._mark and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._news:
                self._take(line)
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def _take(self, line: bytes) -> None:
        try:
            heard = json.loads(line)
            pure = all(message["jsonrpc"] == "2.0" for message in (heard if isinstance(heard, list) else [heard]))
        except (ValueError, TypeError, KeyError):
            pure = False
        if not pure:
            self.impurities.append(line)
        elif isinstance(heard, list):
            self.batches.append(heard)
        else:
            self.messages.append(heard)
            if "method" not in heard:
                self._answers[heard["id"]].append(heard)
