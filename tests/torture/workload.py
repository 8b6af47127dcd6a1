"""A user who does everything at random, several things at once, and has the ledger hear all of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import TimeoutExpired

from tests.process.sidecar_process import END_S, PATIENCE_S, Message, SidecarProcess
from tests.torture import project_wishes, speech_wishes
from tests.torture.ledger import Ledger, Wish
from tests.torture.wishes import Chances, Nothing

WEIGHTS = speech_wishes.WEIGHTS | project_wishes.WEIGHTS
TIDYING = speech_wishes.TIDYING | project_wishes.TIDYING
MOST_UNANSWERED = 8
MOST_OPEN_JOBS = 10
TIDY_SHARE = 0.5
CALM_SHARE = 0.3
"""How often the user waits for every answer before going on."""
WITHDRAWN_SHARE = 0.4
"""How often the user, having asked for something, takes back one of the requests that are open."""


class Gone(Exception):
    """The sidecar has ended."""


@contextmanager
def _unless_gone() -> Iterator[None]:
    try:
        yield
    except (BrokenPipeError, ValueError):
        # The latter where somebody has hung up here.
        raise Gone from None


class User:
    """The one client of one sidecar process."""

    def __init__(self, sidecar: SidecarProcess, ledger: Ledger, folder: Path) -> None:
        self._sidecar, self._ledger, self._folder = sidecar, ledger, folder
        self._heard = 0

    def step(self, rng: random.Random) -> None:
        """Ask for one more thing, once there are few enough open. Raises `Gone`."""
        unanswered = 0 if rng.random() < CALM_SHARE else MOST_UNANSWERED - 1
        self.hear_until(unanswered, MOST_OPEN_JOBS)
        self._send(self._wish(Chances(self._ledger, self._folder, rng)))
        if rng.random() < WITHDRAWN_SHARE:
            self._withdraw(rng.choice(self._ledger.unanswered))

    def ask(self, wish: Wish) -> Message | None:
        """Ask for one thing and wait for its result; None if it is refused. Raises `Gone`."""
        number = self._send(wish)
        while self._ledger.is_open(number):
            self._wait_for_news()
            self.hear()
        result: Message | None = self._sidecar.answer(number).get("result")
        return result

    def hear_until(self, unanswered: int, open_jobs: int) -> None:
        """Listen until no more than so many requests and jobs are open. Raises `Gone`."""
        self.hear()
        while len(self._ledger.unanswered) > unanswered or len(self._ledger.untold) > open_jobs:
            self._wait_for_news()
            self.hear()

    def hear(self) -> None:
        """Take note of what has come."""
        messages = self._sidecar.messages
        while self._heard < len(messages):
            self._ledger.hear(messages[self._heard])
            self._heard += 1

    def _wish(self, chances: Chances) -> Wish:
        while True:
            (make,) = chances.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))
            over = [tidy for table, (enough, tidy) in TIDYING.items() if len(self._ledger.known(table)) > enough]
            if over and chances.often(TIDY_SHARE):
                make = chances.rng.choice(over)
            try:
                return make(chances)
            except Nothing:
                continue

    def _send(self, wish: Wish) -> int:
        with _unless_gone():
            number = self._sidecar.request(wish.method, **wish.params)
        self._ledger.ask(number, wish)
        return number

    def _withdraw(self, request_id: int) -> None:
        """It may be done all the same, and is answered in any case."""
        with _unless_gone():
            self._sidecar.notify("$/cancelRequest", id=request_id)

    def _wait_for_news(self) -> None:
        try:
            self._sidecar.wait_for(lambda: True if len(self._sidecar.messages) > self._heard else None)
        except AssertionError:
            try:
                self._sidecar.process.wait(END_S)
            except TimeoutExpired:
                raise AssertionError(f"nothing came for {PATIENCE_S:g} s, though something is open") from None
            raise Gone from None
