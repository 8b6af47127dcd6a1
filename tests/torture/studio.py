"""A data folder that lives through many faults, the sidecars that run on it, and the user who works with them."""

from __future__ import annotations

import json
import os
import random
import re
import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from sidecar.store.files import DATABASE
from tests import scripted_engine
from tests.process.sidecar_process import PATIENCE_S, Message, SidecarProcess
from tests.torture import invariants
from tests.torture.ledger import Ledger, Wish
from tests.torture.workload import Gone, User

PROGRAM = [sys.executable, "-m", "tests.torture.program"]
"""The sidecar with the scripted engine in its table."""
USUAL_ERRORS = frozenset({"not_found", "conflict", "cancelled", "invalid_params", "busy"})
"""What a user who is in a hurry has to expect."""
COMPLAINT = re.compile(r" ERROR |^Traceback|^\w+(\.\w+)*(Error|Exception)\b", re.MULTILINE)
"""What a log says only when something went wrong that should not."""


class TortureStudio:
    """What a fault works with. `folder` is for whatever the fault itself needs; the data folder is inside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        self.models_dir = folder / "models"
        self.ledger = Ledger()
        self._decoder = invariants.Decoder()
        self._sidecar: SidecarProcess | None = None
        self._user: User | None = None
        self._log_read = 0
        self.start_s = 1.0
        """How long the last start took until the sidecar was ready, in seconds."""
        if not self.models_dir.exists():
            scripted_engine.install(self.models_dir)

    @property
    def sidecar(self) -> SidecarProcess:
        """The one that runs now, or ran last."""
        assert self._sidecar, "no sidecar was started yet"
        return self._sidecar

    @property
    def used(self) -> bool:
        """Whether a sidecar ever ran here."""
        return self._sidecar is not None

    @property
    def running(self) -> bool:
        """Whether there is one that was not ended yet."""
        return self._user is not None

    def start(self, *arguments: str, **environment: str) -> SidecarProcess:
        """Start a sidecar on the data folder and wait until it is ready. It goes on with what is in the queue.

        One that is running is taken instead where nothing special is asked for, else ended.
        """
        if self.running and not (arguments or environment):
            return self.sidecar
        began = time.monotonic()
        self.spawn(*arguments, **environment).event("sidecar.ready")
        self.start_s = time.monotonic() - began
        return self.sidecar

    def spawn(self, *arguments: str, **environment: str) -> SidecarProcess:
        """Start a sidecar without waiting for it; one that is running is ended."""
        self.end()
        usual = {"VOICEBOX_MODELS_DIR": str(self.models_dir), "VOICEBOX_OFFLINE": "1", "PYTHONDONTWRITEBYTECODE": ""}
        inherited = {**os.environ, **usual, **environment}
        self._sidecar = SidecarProcess(self.data_dir, *arguments, command=PROGRAM, inherited=inherited)
        self._user = User(self._sidecar, self.ledger, self.folder)
        return self._sidecar

    def work(self, rng: random.Random, steps: int = 20) -> None:
        """Ask for so many random things, some at once, and take note of the answers; errors are taken as they come.

        Returns early, and without complaint, once the sidecar is gone. Jobs may still be under way at the end.
        """
        assert self._user, "no sidecar runs"
        try:
            for _ in range(steps):
                self._user.step(rng)
        except Gone:
            return

    def ask(self, wish: Wish) -> Message | None:
        """Ask for one thing and wait for its result; None if it is refused, or the sidecar is gone."""
        assert self._user, "no sidecar runs"
        try:
            return self._user.ask(wish)
        except Gone:
            return None

    @contextmanager
    def working(self, rng: random.Random) -> Iterator[SidecarProcess]:
        """Work all the while in another thread; at the end of the block it stops after its present step."""
        enough = threading.Event()
        faults: list[BaseException] = []

        def work() -> None:
            assert self._user, "no sidecar runs"
            try:
                while not enough.is_set():
                    self._user.step(rng)
            except Gone:
                return
            except BaseException as fault:
                faults.append(fault)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield self.sidecar
        finally:
            enough.set()
            thread.join()
        if faults:
            raise faults[0]

    def kill(self) -> None:
        """SIGKILL the sidecar, and take note of what it still said. Its engine processes must notice by themselves."""
        self.sidecar.process.kill()
        self.gone()

    def end(self) -> None:
        """Hang up; the sidecar must end cleanly within its time. Does nothing if none runs."""
        if not self.running:
            return
        self.sidecar.close_input()
        self.sidecar.assert_ended_cleanly()
        self._take_leave(cleanly=True)

    def gone(self, exit_code: int | None = None) -> None:
        """Wait for a sidecar that is ended by other means; if a code is given it must be that one."""
        code = self.sidecar.wait_ended()
        self._take_leave(cleanly=code == 0)
        assert exit_code in (None, code), f"the exit code is {code}, not {exit_code}; {self.sidecar.stderr}"
        self.sidecar.assert_no_process_left()

    def settle(self) -> None:
        """Wait until every answer and the end of every job has come."""
        assert self._user, "no sidecar runs"
        self._user.hear_until(unanswered=0, open_jobs=0)
        while unfinished := self._unfinished_jobs():
            for job in unfinished:
                self.sidecar.call("jobs.wait", job_id=job["id"], timeout_s=PATIENCE_S)
        self._user.hear()

    def _unfinished_jobs(self) -> list[Message]:
        # In this order: a job goes from the one to the other, and never back.
        return [
            job for status in ("queued", "running") for job in self.sidecar.call("jobs.list", status=status)["items"]
        ]

    def check(self, errors: Collection[str] = (), log_complains: bool = False) -> None:
        """Everything must hold. A running sidecar is ended first; a fresh one without any fault settles, and is ended.

        `errors` are the kinds of error that the fault makes natural. With `log_complains` the log may tell of trouble
        up to the fresh start.

        Raises AssertionError with everything that does not hold.
        """
        self.end()
        if log_complains:
            self._skip_log()
        self.start()
        self.look(errors)
        self.end()
        self._hold(())
        _require([*invariants.untold_ends(self.data_dir)])

    def look(self, errors: Collection[str] = ()) -> None:
        """Everything must hold as soon as the running sidecar has settled, which goes on running. See `check`."""
        self.settle()
        health = self.sidecar.call("system.health")
        assert health["status"] == "ok", health
        self._hold(errors)

    def inspect(self, errors: Collection[str] = ()) -> None:
        """What must hold even where no sidecar has tidied up yet: no promise broken, no file of a row damaged."""
        assert not self.running, "it may be inspected when it has ended"
        if (self.data_dir / DATABASE).exists():
            _require([*self._wrongly_heard(errors), *self._logged(), *self._promises()])

    def _promises(self) -> Iterator[str]:
        yield from invariants.unsound_database(self.data_dir)
        yield from self.ledger.compare(invariants.rows_of(self.data_dir))
        yield from invariants.damaged_files(self.data_dir, self._decoder)

    def _hold(self, errors: Collection[str]) -> None:
        exports = self.folder / "exports"
        _require(
            [
                *self._wrongly_heard(errors),
                *self._logged(),
                *self._promises(),
                *invariants.unfinished_work(self.data_dir),
                *invariants.stray_files(self.data_dir),
                *(invariants.damaged_exports(exports, self._decoder) if exports.exists() else ()),
            ]
        )

    def _wrongly_heard(self, errors: Collection[str]) -> Iterator[str]:
        yield from self.ledger.wrong
        yield from (f"{kind}: {text}" for kind, text in self.ledger.errors if kind not in {*USUAL_ERRORS, *errors})
        self.ledger.wrong.clear()
        self.ledger.errors.clear()

    def _logged(self) -> Iterator[str]:
        log = self._log()
        if log.stat().st_size < self._log_read:
            self._log_read = 0
        with log.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._log_read)
            said = file.read()
            self._log_read = file.tell()
        if complaint := COMPLAINT.search(said):
            yield f"the log complains: {said[complaint.start() :][:2_000]}"

    def _skip_log(self) -> None:
        self._log_read = self._log().stat().st_size

    def _log(self) -> Path:
        return self.data_dir / "logs" / "sidecar.log"

    def abandon(self) -> None:
        """Kill whatever still runs, and leave everything as it lies."""
        if self._sidecar:
            self._sidecar.process.kill()
            for engine in self._sidecar.descendants():
                with suppress(psutil.NoSuchProcess):
                    engine.kill()
            self._sidecar.process.wait()
            said = "\n".join(map(json.dumps, self._sidecar.messages))
            (self.folder / "said.jsonl").write_text(said, encoding="utf-8")
        self._user = None

    def _take_leave(self, cleanly: bool) -> None:
        if self._user:
            self._user.hear()
        self._user = None
        self.ledger.lose(cleanly)


def _require(wrong: Sequence[str]) -> None:
    assert not wrong, "\n".join(wrong)
