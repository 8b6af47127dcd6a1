"""A sidecar of our own at the other end of two pipes: spawned, spoken to in lines, ended."""

from __future__ import annotations

import itertools
import json
import queue
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from sidecar.operating_system import OWN_CONSOLE_GROUP
from sidecar.program import own_command
from sidecar.terminal.faults import ChildEnded, Refused

END_S = 6.0
"""A little more than the five seconds within which a sidecar promises to end."""
LOOK_S = 0.2
"""Windows runs the handler of Ctrl-C only between two waits."""

Message = dict[str, Any]
OnNotification = Callable[[str, Message], None]


@dataclass(frozen=True)
class Answer:
    """An answer, the line that it came in, and whether Ctrl-C was pressed while it was waited for."""

    message: Message
    line: str
    interrupted: bool


class _Interrupt:
    """Stands among the lines for a Ctrl-C."""


class _End:
    """Stands behind the last line."""


class Child:
    """A sidecar process and one request at a time. The block that it is used in ends it.

    `data_dir` is the folder that it says it uses, from its first line on.
    """

    def __init__(self, options: Sequence[str], on_notification: OnNotification) -> None:
        """Spawn it with these options of the command line; its warnings go to our stderr.

        It is kept apart from the terminal, so that Ctrl-C reaches us alone and can cancel one request.
        """
        self._on_notification = on_notification
        self._numbers = itertools.count(1)
        self._heard: queue.SimpleQueue[str | _Interrupt | _End] = queue.SimpleQueue()
        self.data_dir: Path | None = None
        self._process = subprocess.Popen(
            own_command(*options),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
            creationflags=OWN_CONSOLE_GROUP,
        )
        threading.Thread(target=self._read, name="sidecar-reader", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin
        # One that has ended already does not take what is left in the buffer, and need not.
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def call(self, method: str, params: Message) -> Answer:
        """Send a request and wait for its answer. Ctrl-C cancels the request, which is answered all the same.

        Raises:
            ChildEnded: no answer will come.
            KeyboardInterrupt: Ctrl-C was pressed a second time.

        """
        number, interrupted = next(self._numbers), False
        self._send({"id": number, "method": method, "params": params})
        with self._hearing_interrupts():
            while True:
                heard = self._next()
                if isinstance(heard, _Interrupt):
                    interrupted = True
                    self._send({"method": "$/cancelRequest", "params": {"id": number}})
                    continue
                message = json.loads(heard)
                if "method" in message:
                    self._notice(message["method"], message["params"])
                elif message["id"] == number:
                    return Answer(message, heard.strip(), interrupted)

    def result(self, method: str, params: Message) -> Message:
        """Send a request and wait for its result.

        Raises:
            Refused: the answer is an error.
            ChildEnded: no answer will come.
            KeyboardInterrupt: Ctrl-C was pressed; the request has been cancelled and answered.

        """
        answer = self.call(method, params)
        if answer.interrupted:
            raise KeyboardInterrupt
        if error := answer.message.get("error"):
            raise Refused(method, error)
        return dict(answer.message["result"])

    def show_news(self) -> None:
        """Pass on the notifications that have come since the last answer."""
        while not self._heard.empty():
            heard = self._next()
            if isinstance(heard, str) and "method" in (message := json.loads(heard)):
                self._notice(message["method"], message["params"])

    def _send(self, message: Message) -> None:
        assert self._process.stdin
        try:
            self._process.stdin.write(json.dumps({"jsonrpc": "2.0"} | message) + "\n")
            self._process.stdin.flush()
        except OSError:
            raise self._ended() from None

    def _notice(self, method: str, params: Message) -> None:
        if method == "sidecar.ready":
            self.data_dir = Path(params["data_dir"])
        self._on_notification(method, params)

    def _next(self) -> str | _Interrupt:
        while True:
            try:
                heard = self._heard.get(timeout=LOOK_S)
            except queue.Empty:
                continue
            if isinstance(heard, _End):
                raise self._ended()
            return heard

    def _ended(self) -> ChildEnded:
        return ChildEnded(self._process.wait(), was_ready=self.data_dir is not None)

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._heard.put(line)
        self._heard.put(_End())

    @contextmanager
    def _hearing_interrupts(self) -> Iterator[None]:
        """Ctrl-C joins the queue instead of breaking off whatever is done just now; a second one breaks it off."""

        def hear(number: int, frame: FrameType | None) -> None:
            signal.signal(signal.SIGINT, before)
            # A SimpleQueue may be put to from a handler even while the same thread is in its `get`.
            self._heard.put(_Interrupt())

        before = signal.signal(signal.SIGINT, hear)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)
