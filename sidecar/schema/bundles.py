"""`profiles.export` and `profiles.import`, `system.backup` and `system.restore`."""

from __future__ import annotations

from typing import Literal

from sidecar.schema.common import WAIT, AbsolutePath, Params, Result
from sidecar.schema.profiles import Profile, ProfileIdParams


class ProfilesExportParams(ProfileIdParams):
    """Which profile, and the bundle to write; one that is there already is replaced."""

    path: AbsolutePath
    include_prompts: bool = False
    wait: bool = WAIT


class ProfileExported(Result):
    """The job that writes the bundle, and, with `wait`, what it wrote."""

    job_id: str
    path: str
    size_bytes: int | None = None


class ProfilesImportParams(Params):
    """The bundle to take in, and what happens if there is a profile of that name: refuse, rename, or replace it."""

    path: AbsolutePath
    on_conflict: Literal["fail", "rename", "replace"] = "fail"
    wait: bool = WAIT


class ProfileImported(Result):
    """The job that takes the bundle in, and, with `wait`, the profile."""

    job_id: str
    profile: Profile | None = None


class BackupParams(Params):
    """Where to write the backup; one that is there already is replaced."""

    path: AbsolutePath
    wait: bool = WAIT


class BackedUp(Result):
    """The job that writes the backup, and, with `wait`, what is in it.

    `missing` names the files that the database names and that were not on the disk.
    """

    job_id: str
    path: str
    size_bytes: int | None = None
    files: int | None = None
    missing: list[str] | None = None


class RestoreParams(Params):
    """Which backup takes the library's place.

    `default_engine`, `vllm_omni_servers` and the folder of the models stay as they are, whatever the backup says.
    """

    path: AbsolutePath
    wait: bool = WAIT


class Restored(Result):
    """The job that makes the backup ready, and, with `wait`, what comes of it at the next start.

    `previous_library` is the folder in which the library that is in use now will be kept from then on.
    """

    job_id: str
    restart_required: bool | None = None
    previous_library: str | None = None
    created_at: str | None = None
    files: int | None = None
