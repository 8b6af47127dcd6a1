"""The one operation that uses the network: fetch a model from a hub into a cache of the hub client, and prove it.

Parallel files, plain HTTP that resumes where it was cut, and the hub's own addresses, tokens and proxies are
huggingface_hub's; what is added here is patience, checksums, and a reason for every failure.
Who cancels this operation kills its process: a read from a socket cannot be told to stop.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from huggingface_hub import constants, get_hf_file_metadata, get_session, hf_hub_download, hf_hub_url

from sidecar.engines.base import Control
from sidecar.engines.model_files import (
    Facts,
    FileFact,
    blob_path,
    both,
    checksums_in,
    differs,
    file_bytes,
    from_json,
    promise,
    prove,
    remove_file,
    size_of,
    snapshot_dir,
)
from sidecar.engines.worker.download_errors import FETCH_FAULTS, Source, explained, is_passing
from sidecar.engines.worker.loop import Operation
from sidecar.errors import ModelUnavailable, StorageError

PARALLEL_FILES = 4
BLOCK_BYTES = 64 << 10
"""What is written at once, and so the most that a cut costs; the client's own 10 MiB would be lost each time."""
POLL_S = 0.1
PAUSES_S = (0.1, 0.5, 2.0, 8.0)
"""Before the next try, each time longer; the count begins anew with every byte that comes."""
ROUNDS = 2
"""What fails its checksum is fetched once more before the download is given up."""
SPARE_BYTES = 64 << 20
"""Disk space that is left free."""
BLOB_NAME = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
"""What an ETag may be: the client makes the name of a file of it."""


def fetch(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{model, repository, revision, cache, files}` → `{path}`, where every file is proven.

    `revision` is a commit; `files` are facts as `model_files.to_json` tells them, and what they say must be true of the
    hub's files. Those that are there are not fetched again; one that is there in part goes on where it ended.

    Raises:
        ModelUnavailable: the hub cannot be reached, refuses, does not have the files, or has others; `data.reason`.
        StorageError: the disk is or would get full, or cannot be written.

    """
    constants.DOWNLOAD_CHUNK_SIZE = BLOCK_BYTES
    source = Source(params["model"], params["repository"], params["revision"])
    cache = Path(params["cache"])
    pinned = from_json(params["files"])
    model_dir = snapshot_dir(cache, source.repository, source.revision)
    control.progress("asking the hub", 0, len(pinned), "files")
    facts = _ask_hub(source, pinned)
    _require_space(source, model_dir, facts)
    promise(model_dir, facts)
    for _ in range(ROUNDS):
        _download(source, cache, model_dir, facts, control)
        wrong = _wrong_files(model_dir, facts, control)
        if not wrong:
            prove(model_dir)
            return {"path": str(model_dir)}
        for name in wrong:
            remove_file(model_dir, name)
    raise ModelUnavailable(
        f"What the hub sent for {source.model} is damaged: {', '.join(wrong)}. It was fetched {ROUNDS} times and not "
        "kept. Try again later, or install the model from a folder with models.install.",
        **source.data("checksum"),
        files=wrong,
    )


OPERATIONS: dict[str, Operation] = {"download.fetch": fetch}


def _ask_hub(source: Source, pinned: Facts) -> Facts:
    """What the hub says of every file: its size, the name of its blob, its checksum. One answer is waited for first."""

    def ask(name: str) -> FileFact:
        url = hf_hub_url(source.repository, name, revision=source.revision, endpoint=_endpoint())
        told = get_hf_file_metadata(url, endpoint=_endpoint())
        if told.etag is None or told.size is None or told.commit_hash != source.revision:
            raise source.refusal("protocol", f"the hub's answer about {name} lacks its size, checksum or commit")
        if not BLOB_NAME.fullmatch(told.etag):
            raise source.refusal("protocol", f"the hub's ETag of {name} is none that a file could be named by")
        checksums = checksums_in(told.etag)
        if not checksums and not pinned[name].checksums:
            raise source.refusal("protocol", f"neither the hub nor the catalogue tells a checksum of {name}")
        return FileFact(told.size, told.etag, checksums)

    # The client's own requests would try for half a minute before they say that there is no network at all.
    _explaining(source, lambda: get_session().head(_endpoint(), timeout=constants.HF_HUB_ETAG_TIMEOUT))
    with ThreadPoolExecutor(PARALLEL_FILES) as threads:
        answers = {name: threads.submit(ask, name) for name in pinned}
    facts = {name: _explaining(source, answer.result) for name, answer in answers.items()}
    other = [name for name, fact in facts.items() if _contradicts(fact, pinned[name])]
    if other:
        raise source.refusal("checksum", f"the hub has other files under this name than are known here: {other}")
    return both(facts, pinned)


def _contradicts(told: FileFact, pinned: FileFact) -> bool:
    """Whether the hub's word on a file is another than the catalogue's, as far as the two can be compared."""
    lengths = {len(checksum) for checksum in pinned.checksums}
    comparable = {checksum for checksum in told.checksums if len(checksum) in lengths}
    return pinned.size not in (None, told.size) or not comparable <= set(pinned.checksums)


def _require_space(source: Source, model_dir: Path, facts: Facts) -> None:
    missing = sum((fact.size or 0) - file_bytes(model_dir, name, fact) for name, fact in facts.items())
    here = next(folder for folder in model_dir.parents if folder.exists())
    free = shutil.disk_usage(here).free
    if missing and missing + SPARE_BYTES > free:
        raise StorageError(
            f"{source.model} needs {missing + SPARE_BYTES >> 20} MB more on the disk of {here}, where {free >> 20} MB "
            "are free. Make room, or move the models to another disk with models.move.",
            reason="disk_full",
            needed_bytes=missing + SPARE_BYTES,
            free_bytes=free,
        )


def _download(source: Source, cache: Path, model_dir: Path, facts: Facts, control: Control) -> None:
    """Fetch what is missing, several files at once, and tell how many bytes are there."""
    total = sum(fact.size or 0 for fact in facts.values())
    largest_first = sorted(facts, key=lambda name: facts[name].size or 0, reverse=True)
    with ThreadPoolExecutor(PARALLEL_FILES) as threads:
        fetching = [threads.submit(_fetch_file, source, cache, model_dir, name, facts[name]) for name in largest_first]
        waiting: set[Future[None]] = set(fetching)
        while waiting:
            _, waiting = wait(waiting, timeout=POLL_S)
            there = sum(file_bytes(model_dir, name, fact) for name, fact in facts.items())
            control.progress("downloading", there, total, "bytes")
    for fetched in fetching:
        fetched.result()


def _fetch_file(source: Source, cache: Path, model_dir: Path, name: str, fact: FileFact) -> None:
    """Fetch one file, trying again after a cut or a fault of the server for as long as any bytes come."""

    def attempt() -> None:
        hf_hub_download(
            source.repository, name, revision=source.revision, cache_dir=cache, endpoint=_endpoint(), token=None
        )

    failures = 0
    partial = blob_path(model_dir, f"{fact.blob}.incomplete")
    while True:
        if fact.size is not None and (size_of(partial) or 0) > fact.size:
            partial.unlink()  # Another tool's accident, which no request for the rest could mend.
        before = file_bytes(model_dir, name, fact)
        try:
            return attempt()
        except FETCH_FAULTS as fault:
            failures = 0 if file_bytes(model_dir, name, fact) > before else failures + 1
            if not is_passing(fault) or failures == len(PAUSES_S):
                raise explained(fault, source) from fault
            time.sleep(PAUSES_S[failures])


def _wrong_files(model_dir: Path, facts: Facts, control: Control) -> list[str]:
    """The files that are not what the hub promised; the others are on the disk for good."""
    total = sum(fact.size or 0 for fact in facts.values())
    checked = 0

    def on_bytes(count: int) -> None:
        nonlocal checked
        checked += count
        control.progress("verifying", checked, total, "bytes")

    wrong = []
    for name, fact in facts.items():
        if differs(model_dir / name, fact, on_bytes):
            wrong.append(name)
        else:
            with (model_dir / name).open("rb+") as file:
                os.fsync(file.fileno())
    return wrong


def _explaining(source: Source, ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except FETCH_FAULTS as fault:
        raise explained(fault, source) from fault


def _endpoint() -> str:
    """Which hub: asked for at each call, since the client reads it only when it is imported."""
    return os.environ.get("HF_ENDPOINT", constants.ENDPOINT).rstrip("/")
