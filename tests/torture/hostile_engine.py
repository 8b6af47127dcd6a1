"""An engine that does to its process, and to whoever listens to it, what native libraries and bad luck do.

A fault is named in the text to speak; followed by "once" it happens only the first time. A file of that name in the
model's folder (`LOADS`) lets every load go wrong instead.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np

from sidecar.engines.base import Control, Samples, Spoken, Utterance, VoicePrompt
from sidecar.engines.messages import MAX_LINE_BYTES
from sidecar.rpc.pipe import write_all
from tests.scripted_engine import ScriptedEngine

LOADS = "goes wrong at load"
GATE = "gate"
"""In the model's folder: "waits at the gate" speaks on once this is there."""
ONCE = "once"
REAL_TIME_SIGNAL = 35
"""One that Python has no name for."""
HEADROOM = 64 << 20
MORE = 1 << 30
BABBLE_LINES = 2_000
BABBLE_BYTES = 8 << 20
LINGERS_S = 600
DEEP = 100_000


class HostileEngine(ScriptedEngine):
    """The scripted engine, but for texts that name a fault."""

    def __init__(self, model_dir: Path, device: str) -> None:
        super().__init__(model_dir, device)
        self._folder = model_dir
        wrong = model_dir / LOADS
        if wrong.exists():
            FAULTS[wrong.read_text("utf-8")]()

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        """Do what the text names; if the process is still there, speak."""
        text = utterance.text.lower()
        for name, fault in FAULTS.items():
            if name in text and self._is_due(name, ONCE in text):
                fault()
        while "waits at the gate" in text and not (self._folder / GATE).exists():
            control.check()
            time.sleep(0.01)
        return (yield from super().speak(prompt, utterance, control))

    def _is_due(self, name: str, once: bool) -> bool:
        happened = self._folder / f"{name} has happened"
        due = not (once and happened.exists())
        happened.touch()
        return due


def segfault() -> None:
    """Read where nothing is."""
    ctypes.string_at(0)


def run_out_of_memory() -> None:
    """Ask for more than a limit leaves, as a container sets one."""
    in_use = int(Path("/proc/self/statm").read_text("ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + HEADROOM, resource.RLIM_INFINITY))
    try:
        np.ones(MORE, np.uint8)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def wait_for_ever() -> None:
    """Hang in Python: heartbeats go on."""
    while True:
        threading.Event().wait(1.0)


def hold_the_interpreter() -> None:
    """Hang in C with the interpreter's lock: nothing in the process goes on."""
    ctypes.PyDLL(None).pause()


def babble() -> None:
    """Write on every standard stream, through Python and past it: lines, no lines, bytes that are no text."""
    for number in range(BABBLE_LINES):
        print(f'{{"id": {number}, "result": {{}}}}')
        print("a warning", file=sys.stderr)
    sys.stdout.flush()
    for descriptor in (1, 2):
        os.write(descriptor, os.urandom(4096))
        for _ in range(BABBLE_BYTES >> 16):
            os.write(descriptor, b"x" * (1 << 16))
    subprocess.run([sys.executable, "-c", "print('a child')"], check=True)


def fork_and_leave() -> None:
    """Have a child that holds everything open, one that holds nothing, and one in between that is gone."""
    fork_to(lambda: time.sleep(LINGERS_S))
    subprocess.Popen(["sleep", str(LINGERS_S)])
    fork_to(lambda: fork_to(lambda: time.sleep(LINGERS_S)))


def fork_to(work: Callable[[], object]) -> None:
    """Fork a child that does this and no more."""
    if os.fork() == 0:
        try:
            work()
        finally:
            os._exit(0)


def fork_and_die() -> None:
    """Crash while a child holds the pipe open."""
    fork_and_leave()
    os.abort()


def close_pipes() -> None:
    """Close the protocol's pipes and work on."""
    for descriptor in pipes():
        os.close(descriptor)
    time.sleep(LINGERS_S)


def pipes() -> list[int]:
    """What this process has open of pipes and sockets, but the standard streams."""
    return [number for number in map(int, os.listdir("/proc/self/fd")) if number > 2 and is_pipe(number)]


def is_pipe(descriptor: int) -> bool:
    """Whether this is one; the descriptor that listed the folder is closed by now."""
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def say(*lines: bytes) -> Callable[[], None]:
    """Write this on the protocol's own pipe."""

    def write() -> None:
        for descriptor in pipes():
            if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
                for line in lines:
                    write_all(descriptor, line)

    return write


def sleepy() -> None:
    """Be slow, but no slower than allowed."""
    time.sleep(1.0)


FAULTS: dict[str, Callable[[], object]] = {
    "segfaults": segfault,
    "aborts": os.abort,
    "exits": lambda: os._exit(7),
    "quits": lambda: sys.exit(0),
    "is interrupted": lambda: os.kill(os.getpid(), signal.SIGINT),
    "is killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "gets an odd signal": lambda: os.kill(os.getpid(), REAL_TIME_SIGNAL),
    "runs out of memory": run_out_of_memory,
    "waits for ever": wait_for_ever,
    "holds the interpreter": hold_the_interpreter,
    "babbles": babble,
    "is sleepy": sleepy,
    "closes its pipes": close_pipes,
    "forks and goes on": fork_and_leave,
    "forks and dies": fork_and_die,
    "says nonsense": say(b"nonsense\n"),
    "says half a line": say(b'{"id": 1, "resu'),
    "says bytes": say(bytes(range(256)), b"\n"),
    "says a list": say(b"[1]\n"),
    "says an odd number": say(b'{"id": {}, "result": {}}\n'),
    "says a wrong number": say(b'{"id": 987654321, "result": {}}\n'),
    "says nothing known": say(b'{"id": 1}\n{}\n'),
    "says a bad heartbeat": say(b'{"heartbeat": 5}\n'),
    "says something deep": say(b"[" * DEEP, b"\n"),
    "says something long": say(b"x" * (MAX_LINE_BYTES + (1 << 16))),
}
"""What a text may name."""
