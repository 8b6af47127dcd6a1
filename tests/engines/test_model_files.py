from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sidecar.engines.model_files import (
    FileFact,
    both,
    bytes_on_disk,
    differs,
    is_doubtful,
    known_facts,
    promise,
    prove,
    remove_model,
    snapshot_dir,
)

COMMIT, OTHER = "c" * 40, "d" * 40
CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
GIT = hashlib.sha1(b"blob 7\0weights").hexdigest()


def heard_of_nothing(count: int) -> None:
    """For checks whose progress nobody asks for."""


def link(cache: Path, commit: str, name: str, blob: str) -> Path:
    """A file as the hub client leaves it."""
    here = snapshot_dir(cache, "Org/Name", commit)
    blobs = here.parents[1] / "blobs"
    (here / name).parent.mkdir(parents=True, exist_ok=True)
    blobs.mkdir(exist_ok=True)
    (blobs / blob).write_bytes(CONTENT)
    (here / name).symlink_to(blobs / blob)
    return here


def test_a_model_is_in_doubt_from_the_promise_to_the_proof(tmp_path: Path) -> None:
    facts = {"a": FileFact(7, GIT, (GIT,))}
    promise(tmp_path / "model", facts)
    assert is_doubtful(tmp_path / "model")
    assert known_facts(tmp_path / "model", ["a"]) == facts
    prove(tmp_path / "model")
    assert not is_doubtful(tmp_path / "model")
    assert known_facts(tmp_path / "model", ["a"]) == facts
    assert [path.name for path in (tmp_path / "model").iterdir()] == [".voicebox.json"]


def test_without_a_receipt_the_names_of_the_blobs_are_the_checksums(tmp_path: Path) -> None:
    here = link(tmp_path, COMMIT, "deep/a", SHA256)
    link(tmp_path, COMMIT, "b", "an-etag-of-another-kind")
    assert known_facts(here, ["deep/a", "b"]) == {
        "deep/a": FileFact(None, SHA256, (SHA256,)),
        "b": FileFact(None, "an-etag-of-another-kind", ()),
    }


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        (FileFact(7, checksums=(SHA256, GIT)), None),
        (FileFact(None), None),
        (FileFact(8), "it has 7 bytes instead of 8"),
        (FileFact(7, checksums=(GIT, "0" * 64)), f"its checksum is not {'0' * 64}"),
        (FileFact(7, checksums=("0" * 40, SHA256)), f"its checksum is not {'0' * 40}"),
    ],
)
def test_a_file_is_compared_with_all_that_is_known_of_it(tmp_path: Path, fact: FileFact, why: str | None) -> None:
    (tmp_path / "a").write_bytes(CONTENT)
    counted: list[int] = []
    assert differs(tmp_path / "a", fact, counted.append) == why
    assert differs(tmp_path / "b", fact, heard_of_nothing) == "it is missing"


def test_the_catalogue_has_the_last_word_on_sizes_and_adds_its_checksums() -> None:
    facts = {"a": FileFact(7, GIT, (GIT,)), "b": FileFact(3, "x")}
    pinned = {"a": FileFact(8, checksums=(SHA256,)), "b": FileFact(None), "c": FileFact(1)}
    assert both(facts, pinned) == {
        "a": FileFact(8, GIT, (GIT, SHA256)),
        "b": FileFact(3, "x"),
        "c": FileFact(1),
    }


def test_files_that_are_not_whole_yet_count_by_what_has_come(tmp_path: Path) -> None:
    here = link(tmp_path, COMMIT, "a", GIT)
    promise(here, {"a": FileFact(7, GIT, (GIT,)), "b": FileFact(100, SHA256, (SHA256,)), "c": FileFact(9)})
    (here.parents[1] / "blobs" / f"{SHA256}.incomplete").write_bytes(b"some")
    assert bytes_on_disk(here, ["a", "b", "c"]) == 7 + 4


def test_removing_a_snapshot_leaves_what_another_one_needs(tmp_path: Path) -> None:
    here = link(tmp_path, COMMIT, "a", GIT)
    link(tmp_path, COMMIT, "b", SHA256)
    kept = link(tmp_path, OTHER, "a", GIT)
    promise(here, {"a": FileFact(7, GIT), "b": FileFact(7, SHA256), "c": FileFact(9, "e" * 64)})
    blobs = here.parents[1] / "blobs"
    (blobs / f"{'e' * 64}.incomplete").write_bytes(b"some")
    remove_model(here, ["a", "b", "c"])
    assert not here.exists()
    assert (kept / "a").read_bytes() == CONTENT
    assert [blob.name for blob in blobs.iterdir()] == [GIT]
    remove_model(kept, ["a"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("receipt", [b"", b"\xff", b"[]", b"[1]", b'{"model.onnx": {}}', b'{"model.onnx": 7}'])
def test_a_damaged_receipt_tells_nothing(tmp_path: Path, receipt: bytes) -> None:
    (tmp_path / "model.onnx").write_bytes(CONTENT)
    promise(tmp_path, {"model.onnx": FileFact(7, "", (SHA256,))})
    prove(tmp_path)
    for found in tmp_path.glob(".*"):
        found.write_bytes(receipt)
    assert bytes_on_disk(tmp_path, ["model.onnx"]) == 7
