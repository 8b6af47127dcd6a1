"""How a whole library takes the place of another: put together aside, then switched at a start, before it is opened.

`restore-staging/` is a library being put together, `restore-pending/` one that is complete and on the disk. In each,
`library/` is the new one and `before-restore-…/` the place for the old one, which in the end stays in the data folder:
a data folder in itself, the user's to look into or to delete. A kill at any moment leaves the old library until
`restore-pending/` is there, and after that the new one, since every start goes on with the switch before all else.
"""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from sidecar.operating_system import sync_folder
from sidecar.store.files import DATABASE, FOLDERS

STAGING = "restore-staging"
PENDING = "restore-pending"
LIBRARY = "library"
PREVIOUS = "before-restore-"
REPLACED = "replaced"
PARTS = sorted({folder.partition("/")[0] for folder in FOLDERS.values()})
"""The folders of the data folder that belong to the library; models, caches and logs stay where they are."""


def begin_staging(root: Path) -> Path:
    """An empty library to put files into, beside the one in use."""
    discard_staging(root)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    (root / STAGING / f"{PREVIOUS}{now}").mkdir(parents=True)
    library = root / STAGING / LIBRARY
    for folder in FOLDERS.values():
        (library / folder).mkdir(parents=True)
    return library


def discard_staging(root: Path) -> None:
    """Remove a library that was not completed."""
    if (root / STAGING).exists():
        shutil.rmtree(root / STAGING)


def complete_staging(root: Path) -> Path:
    """Have the next start use the new library, whose files are on the disk; gives where the old one will be kept.

    What was to be used until then stays aside, for `withdraw`, until `forget_replaced`.
    """
    staging, pending = root / STAGING, root / PENDING
    for folder, _, _ in os.walk(staging):
        sync_folder(Path(folder))
    # A kill while an earlier one is being removed must not leave half of it under the name of a complete one.
    _move(pending, staging / REPLACED)
    _move(staging, pending)
    return root / next(pending.glob(f"{PREVIOUS}*")).name


def withdraw(root: Path) -> None:
    """Have the next start do what it would have done without the last `complete_staging`."""
    staging, pending = root / STAGING, root / PENDING
    _move(pending, staging)
    _move(staging / REPLACED, pending)
    discard_staging(root)


def forget_replaced(root: Path) -> None:
    """Remove what the last `complete_staging` has replaced."""
    replaced = root / PENDING / REPLACED
    if replaced.exists():
        shutil.rmtree(replaced)


def switch_if_pending(root: Path) -> Path | None:
    """Put a completed library in place of the one that is there; gives where that is kept, None if none was pending.

    Called at every start, before anything else is done in the data folder. It goes on from wherever a kill had stopped
    it: the new database comes last, and as long as it is not in its place, the one that is there is the old one.
    """
    discard_staging(root)
    pending = root / PENDING
    if not pending.exists():
        return None
    new, kept = pending / LIBRARY, None
    for previous in pending.glob(f"{PREVIOUS}*"):
        if (new / DATABASE).exists():
            _switch(root, new, previous)
        kept = root / previous.name
        _move(previous, kept)
    shutil.rmtree(pending)
    return kept


def _switch(root: Path, new: Path, previous: Path) -> None:
    for part in PARTS:
        if (new / part).exists():
            _move(root / part, previous / part)
            _move(new / part, root / part)
    for ending in ("", "-wal", "-shm"):
        _move(root / f"{DATABASE}{ending}", previous / f"{DATABASE}{ending}")
    _move(new / DATABASE, root / DATABASE)


def _move(source: Path, target: Path) -> None:
    """Rename, durably; what was moved already, or never was there, is no fault."""
    if source.exists():
        os.rename(source, target)
        sync_folder(target.parent)
        sync_folder(source.parent)
