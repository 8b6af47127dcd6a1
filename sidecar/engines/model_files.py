"""How a model lies on a disk: the hub client's cache layout, and a receipt that says whether its files are proven.

A folder of a model is either plain or a snapshot in a cache of huggingface_hub: `models--ORG--NAME/snapshots/COMMIT/`,
whose entries are links to `models--ORG--NAME/blobs/ETAG`. While a download is under way, and after damage was found,
an unproven receipt lies in it: whatever files are there, the model then counts as partial.

The layout is the one that huggingface_hub documents ("Manage huggingface_hub cache-system"). It is written down here
because the sidecar process looks models up, and never imports that package.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sidecar.durable import publish

PROVEN = ".voicebox.json"
UNPROVEN = ".voicebox-unproven.json"
BLOCK_BYTES = 1 << 20
SHA256_DIGITS = 64
GIT_DIGITS = 40


@dataclass(frozen=True)
class FileFact:
    """What is known of a file: its size in bytes (None: any), its name among the blobs, and its checksums.

    A checksum of 64 hexadecimal digits is a SHA-256, one of 40 the id of a git blob.
    """

    size: int | None
    blob: str = ""
    checksums: tuple[str, ...] = ()


Facts = dict[str, FileFact]


def to_json(facts: Facts) -> dict[str, dict[str, Any]]:
    """Facts as a receipt and the engine's pipe carry them: `{name: {size, blob, checksums}}`."""
    return {name: asdict(fact) for name, fact in facts.items()}


def from_json(told: Mapping[str, Mapping[str, Any]]) -> Facts:
    """The facts that `to_json` told."""
    return {name: FileFact(fact["size"], fact["blob"], tuple(fact["checksums"])) for name, fact in told.items()}


def repository_dir(cache: Path, repository: str) -> Path:
    """The folder of a repository in a cache."""
    return cache / f"models--{repository.replace('/', '--')}"


def snapshot_dir(cache: Path, repository: str, commit: str) -> Path:
    """The folder of one commit's files."""
    return repository_dir(cache, repository) / "snapshots" / commit


def is_snapshot(model_dir: Path) -> bool:
    """Whether this is a folder in a cache of the hub client, not a plain one."""
    return model_dir.parent.name == "snapshots"


def blob_path(model_dir: Path, blob: str) -> Path:
    """Where the content of a snapshot's file lies; with `.incomplete` behind it as long as it is not whole."""
    return model_dir.parents[1] / "blobs" / blob


def checksums_in(name: str) -> tuple[str, ...]:
    """The checksum that an ETag, or a blob's name, is; none if it is something else."""
    known = len(name) in (SHA256_DIGITS, GIT_DIGITS) and all(digit in "0123456789abcdef" for digit in name)
    return (name,) if known else ()


def promise(model_dir: Path, facts: Facts) -> None:
    """Note what a model's files will be. From here on it counts as partial, until `prove`."""
    model_dir.mkdir(parents=True, exist_ok=True)
    temporary = model_dir / f"{UNPROVEN}.tmp"
    temporary.write_text(json.dumps(to_json(facts), indent=1), "utf-8")
    publish(temporary, model_dir / UNPROVEN)


def prove(model_dir: Path) -> None:
    """Say that every file was found to be what was promised."""
    publish(model_dir / UNPROVEN, model_dir / PROVEN)


def is_doubtful(model_dir: Path) -> bool:
    """Whether a download is not done, or damage was found."""
    return (model_dir / UNPROVEN).exists()


def known_facts(model_dir: Path, names: Iterable[str]) -> Facts:
    """What is known of a model's files: by its receipt, else by the names of the blobs that they are links to.

    A receipt that makes no sense tells nothing.
    """
    for receipt in (model_dir / UNPROVEN, model_dir / PROVEN):
        if receipt.exists():
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                return from_json(json.loads(receipt.read_text("utf-8")))
    return {name: _fact_of_link(model_dir / name) for name in names}


def bytes_on_disk(model_dir: Path, names: Iterable[str]) -> int:
    """How much of a model is there, files that are not whole yet included."""
    facts = known_facts(model_dir, names)
    return sum(file_bytes(model_dir, name, facts.get(name)) for name in names)


def file_bytes(model_dir: Path, name: str, fact: FileFact | None) -> int:
    """How much of one file is there."""
    places = [model_dir / name]
    if fact and fact.blob:
        blob = blob_path(model_dir, fact.blob)
        places += [blob, blob.with_name(f"{fact.blob}.incomplete")]
    return next((size for place in places if (size := size_of(place)) is not None), 0)


def size_of(path: Path) -> int | None:
    """A file's size in bytes; None if there is none, or a link that leads nowhere."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def differs(path: Path, fact: FileFact, on_bytes: Callable[[int], None]) -> str | None:
    """How a file differs from what is known of it, None if in nothing. `on_bytes` is told of every block read."""
    size = size_of(path)
    if size is None:
        return "it is missing"
    if fact.size is not None and size != fact.size:
        return f"it has {size} bytes instead of {fact.size}"
    hashes = {checksum: _new_hash(checksum, size) for checksum in fact.checksums}
    with path.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            for running in hashes.values():
                running.update(block)
            on_bytes(len(block))
    wrong = [checksum for checksum, running in hashes.items() if running.hexdigest() != checksum]
    return f"its checksum is not {wrong[0]}" if wrong else None


def receipt_fact(path: Path) -> FileFact:
    """A file's size and SHA-256 as they are, for a receipt; what was looked at is on the disk for good."""
    with path.open("rb+") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return FileFact(file.tell(), "", (digest,))


def remove_file(model_dir: Path, name: str) -> None:
    """Remove one file of a model, and the blob that it is a link to."""
    path = model_dir / name
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def remove_model(model_dir: Path, names: Iterable[str]) -> None:
    """Remove a model's folder; of a repository in a cache only what no other snapshot of it needs."""
    if not is_snapshot(model_dir):
        shutil.rmtree(model_dir)
        return
    blobs = {blob_path(model_dir, fact.blob) for fact in known_facts(model_dir, names).values() if fact.blob}
    blobs |= {blob.with_name(f"{blob.name}.incomplete") for blob in blobs}
    shutil.rmtree(model_dir)
    others = list(model_dir.parent.iterdir())
    if not others:
        shutil.rmtree(model_dir.parents[1])
        return
    needed = {path.resolve() for other in others for path in other.rglob("*")}
    for blob in blobs - needed:
        blob.unlink(missing_ok=True)


def both(facts: Mapping[str, FileFact], pinned: Mapping[str, FileFact]) -> Facts:
    """What a receipt, or the hub, and the catalogue know of the same files together."""
    unknown = FileFact(None)
    return {name: _joined(facts.get(name, unknown), pin) for name, pin in pinned.items()}


def _joined(fact: FileFact, pin: FileFact) -> FileFact:
    size = fact.size if pin.size is None else pin.size
    return FileFact(size, fact.blob, tuple(dict.fromkeys((*fact.checksums, *pin.checksums))))


def _fact_of_link(path: Path) -> FileFact:
    blob = path.resolve().name if path.is_symlink() else ""
    return FileFact(None, blob, checksums_in(blob))


def _new_hash(checksum: str, size: int) -> hashlib._Hash:
    if len(checksum) == SHA256_DIGITS:
        return hashlib.sha256()
    # Git hashes a blob with its kind and length before it; SHA-1 is the hub's choice, and no protection against malice.
    return hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)
