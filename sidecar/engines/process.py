"""One engine process as the sidecar sees it: started on demand, watched, cancelled for certain, thrown away freely."""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import psutil

from sidecar.engines.messages import BROKE_OFF, MAX_LINE_BYTES, Limits
from sidecar.errors import EngineFailed, VoiceboxError, from_payload
from sidecar.operating_system import NO_CONSOLE, kill_group
from sidecar.program import own_command

log = logging.getLogger(__name__)

CANCEL_GRACE_S = 0.6
EXIT_GRACE_S = 1.0
LOG_BYTES = 5 << 20
WATCH_S = 1.0
NOTHING_MORE: Mapping[str, str] = {}
_SIGNALS = {number.value: number.name for number in signal.Signals}

OnProgress = Callable[[dict[str, Any]], None]
OnEnd = Callable[[int], None]


def nothing_to_do(_pid: int) -> None:
    """For processes that leave nothing behind."""


class EngineCrashed(EngineFailed):
    """The process died, hung, or outgrew its memory: the work may be tried again in a fresh one."""


class _Call:
    """One operation under way."""

    def __init__(self, on_progress: OnProgress) -> None:
        self.answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self.on_progress = on_progress
        self.last_news = asyncio.get_running_loop().time()


class EngineProcess:
    """A child that runs `--engine`. Make one with `start`; after `EngineCrashed` or `stop` it is of no more use."""

    def __init__(
        self, process: asyncio.subprocess.Process, log_file: Path, silence_s: float, on_end: OnEnd = nothing_to_do
    ) -> None:
        self._process = process
        self._on_end = on_end
        self._silence_s = silence_s
        self._calls: dict[int, _Call] = {}
        self._numbers = itertools.count(1)
        self._last_line = asyncio.get_running_loop().time()
        self._reading = asyncio.create_task(self._read())
        self._watching = asyncio.create_task(self._watch(log_file))
        self._fault: str | None = None
        self._held_models = False
        self.rss_bytes = 0
        self.resident: list[dict[str, Any]] = []

    @classmethod
    async def start(
        cls,
        log_file: Path,
        silence_s: float,
        environment: Mapping[str, str] = NOTHING_MORE,
        on_end: OnEnd = nothing_to_do,
    ) -> EngineProcess:
        """Spawn the child; its stderr, and so everything any library prints, goes to a file.

        One that gives no sign of life for `silence_s` seconds is taken to hang, and killed. `environment` is what is
        set for it beside this process's own, `on_end` is told its process id once it is gone.
        """
        with log_file.open("ab") as stderr:
            process = await asyncio.create_subprocess_exec(
                *own_command("--engine"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                limit=MAX_LINE_BYTES,
                creationflags=NO_CONSOLE,
                # A group of its own, so that what a library has started ends with it.
                process_group=0,
                env={**os.environ, **environment},
            )
        return cls(process, log_file, silence_s, on_end)

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the child can still take work."""
        return self._process.returncode is None and not self._reading.done()

    @property
    def working(self) -> bool:
        """Whether it is at an operation."""
        return bool(self._calls)

    @property
    def spent(self) -> bool:
        """Whether it held models and holds none any more: only its end gives back the rest of what they took."""
        return self._held_models and not self.resident

    @property
    def overhead_bytes(self) -> int:
        """What it takes of the machine's memory beside the models that live there."""
        models = sum(model["memory_bytes"] for model in self.resident if not model["device"].startswith("cuda"))
        return self.rss_bytes - int(models)

    @property
    def models_stay_s(self) -> float | None:
        """Seconds until the last of its models has expired; None if one stays for ever."""
        ends = [model["expires_at"] for model in self.resident]
        return None if None in ends else max(0.0, max(ends, default=0.0) - time.time())

    async def call(
        self, operation: str, params: dict[str, Any], limits: Limits, on_progress: OnProgress, stall_s: float
    ) -> dict[str, Any]:
        """Run one operation in the child.

        When the caller is cancelled this returns only once the work has really stopped: first the child is asked,
        and killed if it does not obey at once.

        Raises:
            EngineCrashed: the child died, was silent, or made no progress for `stall_s` seconds.
            VoiceboxError: whatever the operation itself raised.

        """
        if not self.alive:
            raise EngineCrashed("The engine process has ended; try again.")
        number, call = next(self._numbers), _Call(on_progress)
        self._calls[number] = call
        watchdog = asyncio.create_task(self._kill_if_stalled(call, operation, stall_s))
        try:
            self._send({"id": number, "operation": operation, "params": params, "limits": asdict(limits)})
            return await asyncio.shield(call.answer)
        except asyncio.CancelledError:
            await self._stop_call(number, call)
            raise
        finally:
            watchdog.cancel()
            self._calls.pop(number, None)

    async def stop(self) -> None:
        """End the child: politely by the end of its input, else by force. Returns when it is gone."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), EXIT_GRACE_S)
        except TimeoutError:
            self.kill("it did not end when asked")
            await self._process.wait()
        self._watching.cancel()
        await asyncio.gather(self._reading, self._watching, return_exceptions=True)

    def kill(self, why: str) -> None:
        """End the child at once; calls under way raise `EngineCrashed` with this reason."""
        self._fault = why
        if self._process.returncode is None:
            log.info("killing engine process %s: %s", self.pid, why)
            self._process.kill()
        kill_group(self.pid)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))

    async def _stop_call(self, number: int, call: _Call) -> None:
        if not call.answer.done() and self.alive:
            self._send({"cancel": number})
            await asyncio.wait([call.answer], timeout=CANCEL_GRACE_S)
        if not call.answer.done():
            self.kill("it did not stop when its work was cancelled")
            await asyncio.wait([call.answer])
        if not call.answer.cancelled():
            # Nobody waits for this answer any more; looking at it keeps asyncio from reporting it as forgotten.
            call.answer.exception()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        try:
            async for line in self._process.stdout:
                self._last_line = asyncio.get_running_loop().time()
                self._handle(orjson.loads(line))
        except Exception as fault:
            self.kill(f"it sent something that is no message ({type(fault).__name__}: {fault})")
        try:
            code = await asyncio.wait_for(self._process.wait(), EXIT_GRACE_S)
        except TimeoutError:
            self.kill("it closed its pipe")
            code = await self._process.wait()
        kill_group(self.pid)
        self._on_end(self.pid)
        for call in self._calls.values():
            if not call.answer.done():
                call.answer.set_exception(self._crashed(code))

    def _crashed(self, code: int) -> EngineCrashed:
        how = f"signal {_SIGNALS.get(-code, -code)}" if code < 0 else f"exit code {code}"
        numbers = {"exit_code": code, "rss_bytes": self.rss_bytes}
        if self._fault is None and how == "signal SIGKILL":
            free = psutil.virtual_memory().available
            return EngineCrashed(
                f"The system killed the engine process (SIGKILL), as it does when memory runs out: the process held "
                f"{self.rss_bytes / 2**30:.2f} GiB, and {free / 2**30:.2f} GiB are free now. Close other programs or "
                "choose a smaller model.",
                **numbers,
                free_bytes=free,
            )
        why = self._fault or "it ended without a word"
        return EngineCrashed(
            f"The engine process ended while it worked ({why}; {how}). The next job gets a fresh one.", **numbers
        )

    def _handle(self, message: dict[str, Any]) -> None:
        if heartbeat := message.get("heartbeat"):
            self.rss_bytes = heartbeat["rss_bytes"]
            self.resident = heartbeat["resident"]
            self._held_models |= bool(self.resident)
            return
        call = self._calls.get(message["id"])
        if call is None or call.answer.done():
            return
        call.last_news = self._last_line
        if "progress" in message:
            call.on_progress(message["progress"])
        elif "error" in message:
            call.answer.set_exception(from_payload(message["error"]))
        else:
            call.answer.set_result(message["result"])

    async def _watch(self, log_file: Path) -> None:
        loop = asyncio.get_running_loop()
        while self._process.returncode is None:
            quiet = loop.time() - self._last_line
            if quiet >= self._silence_s:
                self.kill(f"it gave no sign of life for {self._silence_s:.0f} s")
            with suppress(OSError):
                _keep_short(log_file)
            await asyncio.sleep(min(WATCH_S, self._silence_s))
        # A child of its own that holds the pipe open would keep its end from being heard of.
        kill_group(self.pid)

    async def _kill_if_stalled(self, call: _Call, operation: str, stall_s: float) -> None:
        loop = asyncio.get_running_loop()
        while (quiet := loop.time() - call.last_news) < stall_s:
            await asyncio.sleep(stall_s - quiet)
        self.kill(f"{operation} made no progress for {stall_s:.0f} s")


def _keep_short(log_file: Path) -> None:
    """Start a log anew that has grown too long, whoever is writing to its end."""
    if log_file.stat().st_size > LOG_BYTES:
        os.truncate(log_file, 0)


def is_engine_fault(fault: VoiceboxError) -> bool:
    """Whether a fresh process may do better, or the same question to a server that broke off in the middle."""
    return isinstance(fault, EngineCrashed) or fault.data.get("reason") == BROKE_OFF
