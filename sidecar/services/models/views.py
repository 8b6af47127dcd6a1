"""A model as the wire tells it: what it is, how it is on this machine, and whether to have it there."""

from __future__ import annotations

from collections.abc import Callable

from sidecar.engines.model_files import bytes_on_disk
from sidecar.services.models.advice import Machine, fits, recommended
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.models.places import ModelPlaces
from sidecar.services.models.residents import Residents
from sidecar.services.models.table import ModelEntry
from sidecar.services.views import View


class ModelViews:
    """Looks at the disk each time it is asked, so it belongs into a thread. `machine` tells what models run on now."""

    def __init__(
        self, catalogue: Catalogue, places: ModelPlaces, residents: Residents, machine: Callable[[], Machine]
    ) -> None:
        self._catalogue = catalogue
        self._places = places
        self._residents = residents
        self._machine = machine

    def every(self) -> list[View]:
        """All models of the catalogue."""
        return [self.of(entry) for entry in self._catalogue.models]

    def of(self, entry: ModelEntry) -> View:
        """One model."""
        machine = self._machine()
        state, here = self._catalogue.state(entry)
        return {
            "id": entry.id,
            "engine": entry.engine,
            "name": entry.name,
            "state": "loaded" if entry.id in self._residents.model_ids() else state,
            "bytes": bytes_on_disk(here, entry.files) if here else 0,
            "size_bytes": entry.size_bytes,
            "memory_bytes": entry.memory_bytes,
            "memory": dict(entry.memory) or {"cpu": entry.memory_bytes},
            "fits": fits(entry, machine),
            "recommended": entry.id in recommended(self._catalogue.models, machine),
            "recommended_for": entry.recommended_for,
            "capabilities": list(entry.capabilities),
            "licence": entry.licence,
            "languages": list(entry.languages),
            "source": entry.source,
            "repository": entry.repository,
            "revision": entry.revision,
            "path": str(here) if here else None,
            "shared": here is not None and not self._places.is_ours(here),
        }
