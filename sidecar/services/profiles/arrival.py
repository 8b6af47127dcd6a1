"""A profile from a bundle whose files are in place: its rows, all at once, and what is left to tidy up after them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.operating_system import replace
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.profiles.bundles import OnConflict, free_id, place_of
from sidecar.services.profiles.manifest import (
    PROFILE_FIELDS,
    SAMPLE_FIELDS,
    BundledSample,
    ProfileManifest,
    prompt_name,
)
from sidecar.services.profiles.prompts import prompt_paths
from sidecar.store import profiles as store
from sidecar.store import rows
from sidecar.store.afterwards import once_written
from sidecar.store.files import FileStore
from sidecar.store.tables import samples
from sidecar.store.values import Row, new_id


@dataclass
class Arrival:
    """`adopted` are the stored paths of samples and picture by their names in the bundle, `prompts` temporary files.

    `write` runs in the transaction that ends the job.
    """

    files: FileStore
    catalogue: Catalogue
    manifest: ProfileManifest
    adopted: dict[str, str]
    prompts: dict[str, Path]

    def write(self, connection: Connection, on_conflict: OnConflict, job_id: str) -> str:
        """Write the profile and its samples, new or in another's place; gives its id. Raises what `place_of` raises."""
        place = place_of(connection, self.manifest, on_conflict, job_id)
        profile_id = self._insert(connection) if place is None else self._replace(connection, place)
        for sample in self.manifest.samples:
            store.append_sample(connection, profile_id, **self._row(connection, sample))
        profile = store.resolve(connection, profile_id)
        places = prompt_paths(connection, self.files, profile, self.catalogue)
        once_written(connection, lambda: self._keep_prompts(places))
        return profile_id

    def _keep_prompts(self, places: dict[str, Path]) -> None:
        """Keep those prompts that belong to what the profile has now."""
        for key, place in places.items():
            prompt = self.prompts.pop(prompt_name(key), None)
            if prompt is not None:
                replace(prompt, place)
        for stray in self.prompts.values():
            stray.unlink()

    def _insert(self, connection: Connection) -> str:
        fields = self._fields()
        name = store.free_name(connection, fields["name"])
        return store.insert_profile(connection, **fields | {"id": free_id(connection, self.manifest), "name": name})

    def _replace(self, connection: Connection, place: Row) -> str:
        before = store.samples_of(connection, place["id"])
        orphans = [row["audio_path"] for row in before]
        self.files.delete_once_written(connection, [*orphans, place["avatar_path"]])
        for row in before:
            rows.remove(connection, samples, row["id"])
        store.update_profile(connection, place["id"], **self._fields() | {"created_at": place["created_at"]})
        return str(place["id"])

    def _fields(self) -> dict[str, Any]:
        avatar = self.manifest.avatar
        described = self.manifest.profile.model_dump(include=set(PROFILE_FIELDS))
        return described | {"avatar_path": self.adopted[avatar] if avatar else None}

    def _row(self, connection: Connection, sample: BundledSample) -> dict[str, Any]:
        described = sample.model_dump(include=set(SAMPLE_FIELDS))
        return described | {
            "id": sample.id if rows.find(connection, samples, sample.id) is None else new_id(),
            "audio_path": self.adopted[sample.file],
            "sha256": self.manifest.by_name[sample.file].sha256,
        }
