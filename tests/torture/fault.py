"""What a fault is: something bad that is done to a studio at work, after which everything must hold."""

from __future__ import annotations

import random
from typing import Protocol

from tests.torture.studio import TortureStudio


class Fault(Protocol):
    """One row of the table. The runner finds it in a module's `faults()`."""

    @property
    def name(self) -> str:
        """A few words, as the table shows them; `--only` finds it by any part of them."""

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Do it once: start the studio, let it work, strike, and `studio.check()`.

        The data folder is one that has lived through other faults before; no sidecar runs when this begins, and none
        when it ends. Every choice comes from `rng`. (Only the kills, of which there are many, leave one running for
        the next of them.)

        Raises:
            Skipped: it cannot be done on this machine; the message says why. It is then not tried again.
            AssertionError: an invariant is broken, or the program did not behave as the fault demands.

        """


class Skipped(Exception):
    """A fault that this machine cannot have."""
