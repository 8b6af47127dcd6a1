"""The job that takes a profile in from a bundle: all of it, or nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import InvalidAudio
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.file_work import BUNDLES, FileWork, require_room
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.new_files import NewFiles
from sidecar.services.profiles.arrival import Arrival
from sidecar.services.profiles.bundles import PROFILE_IMPORT, require_usable
from sidecar.services.profiles.manifest import PROFILE_FORMAT, BundledSample, ProfileManifest
from sidecar.services.profiles.service import MAX_PICTURE_BYTES, PICTURES
from sidecar.services.views import profile_view
from sidecar.store import profiles as store
from sidecar.store import rows
from sidecar.store.archive import Moved, bad_bundle, open_bundle
from sidecar.store.files import FileStore, Kind
from sidecar.store.tables import profiles
from sidecar.store.values import Row, new_id

AUDIO = {"container": "wav", "codec": "pcm_s16le", "sample_rate": 24_000, "channels": 1}
"""What every sample of ours is, and so what is adopted as one."""
DURATION_TOLERANCE_S = 0.001
UNPACKED = 0.5
"""The share of the progress that is unpacking; the rest is listening."""
Taken = dict[str, Path]
"""The bundle's files by name, each under a temporary name of ours."""


class ProfileImportJob(JobKind):
    """Unpacks to temporary names, has an audio process decode every sample, adopts, then writes all rows at once."""

    name = PROFILE_IMPORT
    lane = BUNDLES

    def __init__(self, files: FileStore, audio: EnginePool, catalogue: Catalogue) -> None:
        self._files = files
        self._audio = audio
        self._catalogue = catalogue

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Take the bundle in; whatever goes wrong, its files are gone again."""
        path = Path(job["payload"]["path"])
        size = path.stat().st_size
        require_room(self._files.root, size)
        taken: Taken = {}
        try:
            with NewFiles(self._files) as new:
                unpack = FileWork(progress, "unpacking", size, until=UNPACKED)
                manifest = await unpack.run(lambda moved: self._unpack(path, taken, moved))
                await self._listen(manifest, taken, progress)
                adopted = await self._adopt(manifest, taken, new)
        except BaseException:
            _remove(taken)
            raise
        prompts = {name: taken[name] for name in manifest.prompts}
        arrival = Arrival(self._files, self._catalogue, manifest, adopted, prompts)

        def commit(connection: Connection) -> dict[str, Any]:
            return {"profile_id": arrival.write(connection, job["payload"]["on_conflict"], job["id"])}

        def take_back() -> None:
            new.take_back()
            _remove(taken)

        return Outcome(commit, take_back)

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The profile, if nobody has deleted it since."""
        row = rows.find(connection, profiles, job["result"]["profile_id"])
        if row is None:
            return {}
        count = store.sample_counts(connection, [row["id"]]).get(row["id"], 0)
        return {"profile": profile_view(self._files, row, count)}

    def _unpack(self, path: Path, taken: Taken, moved: Moved) -> ProfileManifest:
        with open_bundle(path, PROFILE_FORMAT) as bundle:
            manifest = bundle.manifest
            require_usable(manifest, self._catalogue)
            _require_picture(manifest)
            for file in manifest.files:
                taken[file.name] = self._files.temporary(Path(file.name).suffix)
                bundle.extract(file, taken[file.name], moved)
        return manifest

    async def _listen(self, manifest: ProfileManifest, taken: Taken, progress: Progress) -> None:
        """Have every sample decoded to its end."""
        count = len(manifest.samples)
        for number, sample in enumerate(manifest.samples):
            progress.report("listening", number, count, "samples", UNPACKED + (1 - UNPACKED) * number / count)
            try:
                await self._require_sound(sample, str(taken[sample.file]))
            except InvalidAudio as fault:
                raise InvalidAudio(f"In the bundle, {sample.file}: {fault.message}", **fault.data) from fault

    async def _require_sound(self, sample: BundledSample, path: str) -> None:
        found = await self._audio.call("audio.probe", {"path": path})
        if wrong := {field: found[field] for field, wanted in AUDIO.items() if found[field] != wanted}:
            raise InvalidAudio(
                f"A sample of a profile is mono 16-bit WAV at 24000 Hz; this one says {wrong}. Add it as a recording "
                "with profiles.add_sample instead.",
                reason="not_a_sample",
                measured=wrong,
            )
        # The one operation that decodes a file to its end and does nothing else that takes time.
        heard_s = (await self._audio.call("audio.waveform", {"path": path, "buckets": 1}))["duration_s"]
        if abs(heard_s - sample.duration_s) > DURATION_TOLERANCE_S:
            raise InvalidAudio(
                f"It lasts {heard_s:.3f} s, and its manifest says {sample.duration_s:.3f} s.",
                reason="duration",
                measured=heard_s,
                limit=sample.duration_s,
            )

    async def _adopt(self, manifest: ProfileManifest, taken: Taken, new: NewFiles) -> dict[str, str]:
        """Put the samples and the picture into place; gives where each now is."""
        kinds: dict[str, Kind] = {sample.file: "samples" for sample in manifest.samples}
        if manifest.avatar:
            kinds[manifest.avatar] = "avatars"
        adopted: dict[str, str] = {}
        for name, kind in kinds.items():
            adopted[name] = await new.adopt(taken[name], kind, f"{new_id()}{Path(name).suffix}")
        return adopted


def _require_picture(manifest: ProfileManifest) -> None:
    if manifest.avatar is None:
        return
    size = manifest.by_name[manifest.avatar].size_bytes
    if Path(manifest.avatar).suffix not in PICTURES or size > MAX_PICTURE_BYTES:
        raise bad_bundle(f"{manifest.avatar} does not serve as a picture of at most {MAX_PICTURE_BYTES >> 20} MB")


def _remove(taken: Taken) -> None:
    for path in taken.values():
        path.unlink(missing_ok=True)
