"""Which models suit this machine: what fits into its memory, and the one to recommend for each purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from sidecar.device_names import ALL, AUTO, kind_of
from sidecar.engines.budget import RAM_SHARE
from sidecar.services.models.table import PURPOSES, ModelEntry
from sidecar.settings import Settings


@dataclass(frozen=True)
class Machine:
    """What models are to run on: its memory in bytes, the budget for models if one is set, and the device's name."""

    memory_bytes: int
    budget_bytes: int | None
    device: str

    @property
    def has_card(self) -> bool:
        """Whether models are to run on a graphics card or the like."""
        return kind_of(self.device) not in (AUTO, ALL, "cpu")


def machine_of(settings: Settings) -> Machine:
    """This machine, as the settings have it used."""
    return Machine(psutil.virtual_memory().total, settings.memory_budget_bytes, settings.device_wanted)


def fits(entry: ModelEntry, machine: Machine) -> bool | None:
    """Whether a model fits into the memory that models may take; None where a card's memory is not known."""
    if machine.has_card and "cuda/bfloat16" in entry.memory:
        return None
    return entry.memory_bytes <= (machine.budget_bytes or machine.memory_bytes * RAM_SHARE)


def recommended(entries: Sequence[ModelEntry], machine: Machine) -> set[str]:
    """The ids of the models to have on this machine: for each purpose the best that fits."""
    known = {entry.id: entry for entry in entries}
    best = set()
    for purpose in PURPOSES:
        order = purpose.on_card if machine.has_card else purpose.on_processor
        fitting = [model for model in order if model in known and fits(known[model], machine) is not False]
        best |= set(fitting[:1])
    return best
