"""A selection of what goes wrong around the sidecar: its engines, its shell, its surroundings."""

from __future__ import annotations

import random

import pytest

from tests.process.sidecar_process import FROZEN
from tests.torture import engine_faults, shell_faults, surroundings
from tests.torture.engine_faults import hang_until_cancelled, start_hostile, suffer
from tests.torture.fault import Fault, Skipped
from tests.torture.studio import TortureStudio

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(FROZEN is not None, reason="the frozen program has no scripted engine"),
]

SEED = 8
ONCE = ("segfaults", "gets an odd signal", "babbles", "forks and dies", "closes its pipes", "says a list")
"""Each is another way in which a process, or what is heard of it, ends."""
WHOLE = {
    shell_faults: ("middle of a character",),
    surroundings: ("replaced by another", "moved away for a while"),
}
CHOSEN = [fault for module, parts in WHOLE.items() for fault in module.faults() if fault.name.endswith(parts)]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> TortureStudio:
    """One data folder that lives through all of it."""
    return TortureStudio(tmp_path_factory.mktemp("hostile"))


def test_whatever_the_engine_does_one_job_at_most_has_to_do_with_it(studio: TortureStudio) -> None:
    sidecar = start_hostile(studio)
    for does in ONCE:
        suffer(sidecar, does, once=True)
    suffer(sidecar, "aborts", once=False)
    hang_until_cancelled(sidecar, studio)
    engine_faults.check(studio)


@pytest.mark.parametrize("fault", CHOSEN, ids=lambda fault: fault.name)
def test_everything_holds_in_bad_company(studio: TortureStudio, fault: Fault) -> None:
    try:
        fault.run(studio, random.Random(SEED))
    except Skipped as reason:
        pytest.skip(str(reason))
