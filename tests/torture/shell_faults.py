"""Shells that stop reading, stop in the middle of a line, flood, send what is no line, hang up in pieces, or die."""

from __future__ import annotations

import os
import random
import re
import select
import sqlite3
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from sidecar.store.files import DATABASE
from tests.process.sidecar_process import END_S, SidecarProcess
from tests.torture.engine_faults import LOOK_S, await_true, somebody
from tests.torture.fault import Fault, Skipped
from tests.torture.studio import PROGRAM, TortureStudio

MEGABYTE = 1 << 20
MOST_MEMORY = 400 * MEGABYTE
"""What the sidecar may ever take, whatever a shell does with lines of the usual length."""
LINE_LIMIT = 4 * MEGABYTE
STUCK_S = 2.0
ANSWERS = 3_000
BLANK_LINES = 2_000_000
LOOK = b'{"jsonrpc":"2.0","id":"%s","method":"effects.list"}\n'
HEALTH = b'{"jsonrpc":"2.0","id":"%d","method":"system.health"}\n'
CUT = {
    "in the middle of a line": b'{"jsonrpc":"2.0","id":1,"method":"syst',
    "in the middle of a character": '{"jsonrpc":"2.0","id":1,"method":"€'.encode()[:-1],
    "before the newline": b'{"jsonrpc":"2.0","id":1,"method":"system.health"}',
}
ODD_LINES = (
    b"\xef\xbb\xbf" + HEALTH % 1,
    (HEALTH % 2).replace(b"\n", b"\r\n"),
    b"\x00" * 1_000 + b"\n",
    b"\xff\xfe{\x00}\x00\n",
    b"\r\n \t\r\n",
    b"[" * 100_000 + b"\n",
    b'{"jsonrpc":"2.0","id":1e999,"method":"system.health"}\n',
    b"[1,2,[],{},null]\n",
    HEALTH % 3,
)


@dataclass(frozen=True)
class ShellFault:
    """A shell that misbehaves towards a sidecar which has a job to do; afterwards everything holds."""

    name: str
    misbehave: Callable[[SidecarProcess, random.Random, str], None]
    """Given a profile to speak through."""
    reading: bool = True

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Queue some work, misbehave, end, look."""
        if sys.platform != "linux":
            raise Skipped("the figures of a process's memory are read from /proc")
        studio.start()
        studio.work(rng, steps=3)
        studio.settle()
        profile = somebody(studio.sidecar)
        studio.end()
        sidecar = spawn(studio, self.reading)
        try:
            self.misbehave(sidecar, rng, profile)
            if sidecar.process.poll() is None:
                hang_up(sidecar)
        finally:
            sidecar.process.kill()
        assert not sidecar.impurities, sidecar.impurities[:3]
        studio.check()


def faults() -> Sequence[Fault]:
    """Every way in which a shell may misbehave."""
    return (
        ShellFault("shell reads nothing for long", read_late, reading=False),
        ShellFault("shell reads nothing, floods and hangs up", flood_and_hang_up, reading=False),
        *(ShellFault(f"shell hangs up {where}", cut_off(line)) for where, line in CUT.items()),
        ShellFault("shell sends gigantic lines", send_gigantic_lines),
        ShellFault("shell sends blank lines", send_blank_lines),
        ShellFault("shell sends odd bytes", send_odd_lines),
        ShellFault("shell closes stdout only", close_stdout, reading=False),
        ShellFault("shell dies while a job runs", die_at_work, reading=False),
    )


def spawn(studio: TortureStudio, reading: bool) -> SidecarProcess:
    """A sidecar on the studio's folder whose pipes are this module's to misuse."""
    environment = {"VOICEBOX_MODELS_DIR": str(studio.models_dir), "VOICEBOX_OFFLINE": "1"}
    arguments = ("--max-line-bytes", str(LINE_LIMIT))
    return SidecarProcess(studio.data_dir, *arguments, command=PROGRAM, reading=reading, **environment)


def hang_up(sidecar: SidecarProcess) -> None:
    """Close stdin; it must end by itself, in time and leaving nothing."""
    with suppress(BrokenPipeError):
        sidecar.close_input()
    sidecar.assert_ended_cleanly()


def read_late(sidecar: SidecarProcess, rng: random.Random, profile: str) -> None:
    """Ask for work, and for much more than is buffered, and read when the work is long done."""
    done = jobs_done(sidecar)
    work = sidecar.request("generation.create", profile_id=profile, text="Nobody listens.")
    ids = [f"{number}" for number in range(ANSWERS)]
    lines = b"".join(LOOK % number.encode() for number in ids)
    threading.Thread(target=sidecar.send, args=[lines], daemon=True).start()
    await_true(lambda: jobs_done(sidecar) > done, "no work is done while nobody reads")
    sidecar.start_reading()
    for number in (*ids, work):
        assert "result" in sidecar.answer(number)
    sidecar.event("job.finished")
    answered = [message["id"] for message in sidecar.messages if "method" not in message]
    assert len(answered) == len(set(answered)), "something was answered twice"
    require_memory(sidecar)


def jobs_done(sidecar: SidecarProcess) -> int:
    """How many jobs have completed, as the database tells whoever hears nothing."""
    with closing(sqlite3.connect(sidecar.data_dir / DATABASE)) as database:
        return int(database.execute("SELECT count(*) FROM jobs WHERE status = 'completed'").fetchone()[0])


def flood_and_hang_up(sidecar: SidecarProcess, rng: random.Random, profile: str) -> None:
    """Write until the sidecar takes no more, and close stdin while stdout is full and open."""
    assert sidecar.process.stdin
    descriptor = sidecar.process.stdin.fileno()
    os.set_blocking(descriptor, False)
    refused = 0

    def holds_back() -> bool:
        nonlocal refused
        refused = 0 if takes_more(descriptor) else refused + 1
        return refused * LOOK_S > STUCK_S

    await_true(holds_back, "a shell that reads nothing can write without end")
    require_memory(sidecar)
    sidecar.close_input()
    sidecar.process.wait(END_S)
    stop_reading_for_ever(sidecar)


def takes_more(descriptor: int) -> bool:
    """Write as much as is taken; whether that was anything."""
    lines = LOOK % b"1" * (select.PIPE_BUF // len(LOOK % b"1"))
    taken = False
    with suppress(BlockingIOError):
        while os.write(descriptor, lines):
            taken = True
    return taken


def stop_reading_for_ever(sidecar: SidecarProcess) -> None:
    """Close the reading end of stdout, which nobody has read so far."""
    assert sidecar.process.stdout
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, sidecar.process.stdout.fileno())
    os.close(nothing)
    sidecar.start_reading()


def cut_off(line: bytes) -> Callable[[SidecarProcess, random.Random, str], None]:
    """Send an unfinished line and hang up."""

    def misbehave(sidecar: SidecarProcess, rng: random.Random, profile: str) -> None:
        sidecar.event("sidecar.ready")
        sidecar.send(line)
        hang_up(sidecar)

    return misbehave


def send_gigantic_lines(sidecar: SidecarProcess, rng: random.Random, profile: str) -> None:
    """Lines over the limit, and lines just below it, which are no requests."""
    for size in (8 * LINE_LIMIT, LINE_LIMIT + 1, LINE_LIMIT - 2):
        sidecar.send(b'"' + b"x" * size + b'"\n')
        assert sidecar.answer(None)["error"]["code"] in (-32700, -32600)
    sidecar.send((b'"' + b"x" * (LINE_LIMIT - 2) + b'"\n') * 100)
    for _ in range(100):
        assert sidecar.answer(None)["error"]["code"] == -32600
    sidecar.call("system.health")
    require_memory(sidecar)


def send_blank_lines(sidecar: SidecarProcess, rng: random.Random, profile: str) -> None:
    """Millions of nothing."""
    for blank in (b"\n", b"\r\n", b" \n"):
        sidecar.send(blank * BLANK_LINES)
    sidecar.call("system.health")
    require_memory(sidecar)


def send_odd_lines(sidecar: SidecarProcess, rng: random.Random, profile: str) -> None:
    """What is no line of JSON is answered with an error, and what is one beside it is served."""
    lines = [*ODD_LINES, *(rng.randbytes(rng.randint(1, 10_000)) + b"\n" for _ in range(50))]
    rng.shuffle(lines)
    sidecar.send(b"".join(lines))
    for number in ("1", "2", "3"):
        assert "result" in sidecar.answer(number)
    sidecar.call("system.health")


def close_stdout(sidecar: SidecarProcess, rng: random.Random, profile: str) -> None:
    """Nobody reads any more, though stdin stays open: the first answer that cannot be written is the end."""
    stop_reading_for_ever(sidecar)
    sidecar.request("system.health")
    sidecar.assert_ended_cleanly()


def die_at_work(sidecar: SidecarProcess, rng: random.Random, profile: str) -> None:
    """Everything closes at once while a job runs, which goes on at the next start."""
    sidecar.request("generation.create", profile_id=profile, text="One. [pause 0.05s] Two. " * 40)
    hear(sidecar, b'"job.progress"')
    stop_reading_for_ever(sidecar)
    hang_up(sidecar)


def hear(sidecar: SidecarProcess, what: bytes) -> None:
    """Read until a line holds this."""
    assert sidecar.process.stdout
    assert any(what in line for line in iter(sidecar.process.stdout.readline, b""))


def require_memory(sidecar: SidecarProcess) -> None:
    """It has never taken more than it may."""
    status = Path(f"/proc/{sidecar.process.pid}/status").read_text("ascii")
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    peak = int(kilobytes) << 10
    assert peak < MOST_MEMORY, f"it took {peak / MEGABYTE:.0f} MiB"
