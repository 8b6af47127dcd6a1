from __future__ import annotations

import os
from pathlib import Path

import pytest

from sidecar.store import restoring

PARTS = ("voicebox.db", "audio/samples/a.wav", "avatars/a.png")


class Killed(BaseException):
    """The plug, pulled."""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A data folder with the old library, and things that belong to none."""
    folder = tmp_path / "data"
    put(folder, "old", *PARTS, "voicebox.db-wal", "audio/chunks/old.wav", "models/m/model.onnx", "logs/sidecar.log")
    return folder


def put(folder: Path, content: str, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def stage(root: Path, content: str = "new") -> Path:
    put(restoring.begin_staging(root), content, *PARTS)
    return restoring.complete_staging(root)


def contents(folder: Path) -> dict[str, str]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in found}


OLD = dict.fromkeys([*PARTS, "voicebox.db-wal", "audio/chunks/old.wav"], "old")
NEW = dict.fromkeys(PARTS, "new")
OTHERS = {"models/m/model.onnx": "old", "logs/sidecar.log": "old"}


def test_a_completed_library_takes_the_place_of_the_old_one_which_is_kept(root: Path) -> None:
    promised = stage(root)
    kept = restoring.switch_if_pending(root)
    assert kept == promised
    assert kept.parent == root
    assert contents(kept) == OLD
    assert contents(root) == NEW | OTHERS | {f"{kept.name}/{name}": "old" for name in OLD}
    assert restoring.switch_if_pending(root) is None


def test_without_one_nothing_happens(root: Path) -> None:
    before = contents(root)
    assert restoring.switch_if_pending(root) is None
    assert contents(root) == before


def test_a_library_that_was_not_completed_is_removed_at_the_next_start(root: Path) -> None:
    before = contents(root)
    put(restoring.begin_staging(root), "new", *PARTS)
    assert restoring.switch_if_pending(root) is None
    assert contents(root) == before


def test_of_two_completed_ones_the_later_counts(root: Path) -> None:
    stage(root, "newer than old")
    stage(root)
    kept = restoring.switch_if_pending(root)
    assert kept is not None
    assert contents(kept) == OLD
    assert {name: contents(root)[name] for name in PARTS} == NEW


def test_one_that_is_withdrawn_leaves_the_start_as_it_would_have_been_without_it(root: Path) -> None:
    before = contents(root)
    stage(root)
    restoring.withdraw(root)
    assert contents(root) == before
    stage(root, "newer than old")
    stage(root)
    restoring.withdraw(root)
    restoring.switch_if_pending(root)
    assert {contents(root)[name] for name in PARTS} == {"newer than old"}


def test_what_was_replaced_is_removed_once_that_is_for_good(root: Path) -> None:
    stage(root, "newer than old")
    stage(root)
    restoring.forget_replaced(root)
    assert "newer than old" not in contents(root).values()


def test_every_restore_keeps_a_library_of_its_own(root: Path) -> None:
    kept = []
    for content in ("new", "newer"):
        stage(root, content)
        kept.append(restoring.switch_if_pending(root))
    assert [contents(folder)["voicebox.db"] for folder in kept if folder] == ["old", "new"]


@pytest.mark.parametrize("renames", range(9))
def test_a_kill_at_any_rename_of_the_switch_ends_with_the_new_library_whole(
    root: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    promised = stage(root)
    left, rename = renames, os.rename

    def kill_after(source: Path, target: Path) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        rename(source, target)

    monkeypatch.setattr(os, "rename", kill_after)
    killed = False
    try:
        restoring.switch_if_pending(root)
    except Killed:
        killed = True
    assert killed == (renames < 8)
    monkeypatch.setattr(os, "rename", rename)
    restoring.switch_if_pending(root)
    assert contents(promised) == OLD
    assert contents(root) == NEW | OTHERS | {f"{promised.name}/{name}": "old" for name in OLD}


@pytest.mark.parametrize("renames", range(4))
def test_a_kill_while_a_library_is_completed_leaves_the_old_or_the_new_one(
    root: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    stage(root, "newer than old")
    left, rename = renames, os.rename

    def kill_after(source: Path, target: Path) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        rename(source, target)

    monkeypatch.setattr(os, "rename", kill_after)
    try:
        stage(root)
    except Killed:
        assert renames < 2
    monkeypatch.setattr(os, "rename", rename)
    restoring.switch_if_pending(root)
    found = {contents(root)[name] for name in PARTS}
    assert found in ({"old"}, {"newer than old"}, {"new"})
