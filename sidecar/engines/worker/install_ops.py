"""Taking a model from a folder or an archive on the disk: only the files that it is known to have, and proven."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sidecar.engines.base import Control
from sidecar.engines.model_files import BLOCK_BYTES, FileFact, from_json, promise, prove, receipt_fact
from sidecar.engines.worker.archives import Sizes, contents
from sidecar.engines.worker.loop import Operation
from sidecar.errors import ModelUnavailable, StorageError

SPARE_BYTES = 64 << 20
"""Disk space that is left free."""


def take(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{model, path, into, files, limit_bytes}` → `{bytes}`; the model is then in `into`, with a receipt.

    `files` are facts as `model_files.to_json` tells them. Nothing but those files is taken, under their names, and so
    nothing can be written anywhere else. They may lie in one folder of the archive or of the given folder.

    Raises:
        InvalidParams: the archive is no archive, or one that is made to do harm.
        ModelUnavailable: a file is missing, or not the known one; `data.reason`.
        StorageError: there is not enough room.

    """
    path, into = Path(params["path"]), Path(params["into"])
    wanted = from_json(params["files"])
    with contents(path, params["limit_bytes"]) as (sizes, open_file):
        prefix = _prefix(params["model"], list(sizes), list(wanted))
        total = sum(sizes[prefix + name] for name in wanted)
        _require_sizes(params["model"], {name: sizes[prefix + name] for name in wanted}, wanted)
        _require_space(into.parent, total)
        done = 0
        facts = {}
        for name, fact in wanted.items():
            target = into / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with open_file(prefix + name) as source, target.open("wb") as copy:
                while block := source.read(BLOCK_BYTES):
                    control.check()
                    copy.write(block)
                    done += len(block)
                    control.progress("copying", done, total, "bytes")
            facts[name] = _proven(params["model"], name, receipt_fact(target), fact)
    promise(into, facts)
    prove(into)
    return {"bytes": total}


OPERATIONS: dict[str, Operation] = {"install.take": take}


def _prefix(model: str, names: list[str], wanted: list[str]) -> str:
    """The folder in which all that is wanted lies, with its slash; empty if that is the top."""
    prefixes = {name.removesuffix(wanted[0]) for name in names if name == wanted[0] or name.endswith(f"/{wanted[0]}")}
    missing = {prefix: [name for name in wanted if prefix + name not in names] for prefix in prefixes}
    best = min(missing, key=lambda prefix: (len(missing[prefix]), len(prefix)), default=None)
    lacking = wanted if best is None else missing[best]
    if best is None or lacking:
        raise ModelUnavailable(
            f"{model} cannot be installed from there: {', '.join(lacking)} is missing.",
            model=model,
            reason="incomplete",
            files=lacking,
        )
    return best


def _require_sizes(model: str, sizes: Sizes, wanted: dict[str, FileFact]) -> None:
    """Say that a file is another one before gigabytes of it are copied."""
    for name, size in sizes.items():
        expected = wanted[name].size
        if expected not in (None, size) or not size:
            raise _wrong(model, name, f"it has {size} bytes" + (f" instead of {expected}" if expected else ""))


def _require_space(folder: Path, total: int) -> None:
    free = shutil.disk_usage(folder).free
    if total + SPARE_BYTES > free:
        raise StorageError(
            f"{total + SPARE_BYTES >> 20} MB are needed in {folder}, where {free >> 20} MB are free; make room.",
            reason="disk_full",
            needed_bytes=total + SPARE_BYTES,
            free_bytes=free,
        )


def _proven(model: str, name: str, found: FileFact, known: FileFact) -> FileFact:
    if known.checksums and found.checksums != known.checksums:
        raise _wrong(model, name, f"its SHA-256 is {found.checksums[0]} instead of {known.checksums[0]}")
    return found


def _wrong(model: str, name: str, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"{model} cannot be installed from there: {name} is not the file that it should be, {why}.",
        model=model,
        reason="checksum",
        files=[name],
    )
