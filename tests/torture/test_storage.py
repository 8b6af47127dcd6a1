"""A seeded piece of the storage faults, as long as CI can spare, and proof that the model of the disk is right."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest
import soundfile

from tests.process.sidecar_process import SidecarProcess
from tests.torture import failpoints
from tests.torture.disk import FullDisk, Refusal, RefusalAtStart
from tests.torture.fault import Skipped
from tests.torture.power import Recording
from tests.torture.power_disk import Disk
from tests.torture.shim import Change, Deed, Kind, NoShim, Shim
from tests.torture.story import tell
from tests.torture.studio import TortureStudio

pytestmark = pytest.mark.process

SEED = 8
STORY_CHANGES = 700
"""The story makes some more."""
AMID_THE_FIRST_START = 60
"""The change at which a new database is half made."""
NEW = Path("/new")
RATE = 24_000
A, B = NEW / "a", NEW / "b"


@pytest.fixture(scope="module", autouse=True)
def _with_shim(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("shim")
    try:
        Shim(folder, folder / "data")
    except NoShim as reason:
        pytest.skip(str(reason))


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[TortureStudio]:
    """Where it all happens."""
    made = TortureStudio(tmp_path / "studio")
    yield made
    made.abandon()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The story, change by change."""
    return Recording(tmp_path_factory.mktemp("recorded") / "studio", tell)


def test_where_nobody_kills_the_story_is_told_to_its_end_and_everything_holds(tmp_path: Path) -> None:
    assert failpoints.changes_of_story(tmp_path / "whole") > STORY_CHANGES


def test_nothing_is_lost_when_a_process_dies_at_a_change_of_the_disk(studio: TortureStudio) -> None:
    assert failpoints.try_point(studio.folder, Random(SEED).randint(1, STORY_CHANGES), Deed.KILL_BEFORE)


def test_nothing_is_left_of_a_first_start_that_is_killed(studio: TortureStudio) -> None:
    assert failpoints.try_point(studio.folder, AMID_THE_FIRST_START, Deed.KILL_AFTER)


@pytest.mark.parametrize("number", [300, 600])
def test_nothing_is_lost_when_the_power_goes(number: int, recording: Recording) -> None:
    recording.cut(number, Random(SEED))


def test_what_was_written_for_the_user_is_there_when_the_power_goes_after_the_answer(tmp_path: Path) -> None:
    place, recording = tmp_path / "place", tmp_path / "recording.wav"
    soundfile.write(recording, np.random.default_rng(1).normal(0, 0.1, RATE), RATE, "PCM_16")
    # Each in a folder of its own, for what is done for the next one would do for this one too.
    targets = {ending: place / ending / f"made.{ending}" for ending in ("mp3", "wav", "zip", "flac", "edl")}
    for target in targets.values():
        target.parent.mkdir(parents=True)
    path = {ending: {"path": str(target)} for ending, target in targets.items()}
    disk, shim, given = Disk(place), Shim(tmp_path, place), {"path": str(recording)}
    with SidecarProcess(tmp_path / "data", **shim.environment) as sidecar:
        sidecar.call("audio.convert", **given, format="mp3", path_out=str(targets["mp3"]))
        heard = sidecar.call("history.import_audio", **given, wait=True)["generation"]["id"]
        sidecar.call("history.export", generation_id=heard, format="wav", **path["wav"], wait=True)
        sidecar.call("history.export", generation_ids=[heard], **path["zip"], wait=True)
        project = {"project_id": sidecar.call("projects.create", name="Talk")["project"]["id"]}
        track = sidecar.call("projects.add_track", **project)["track"]["id"]
        sidecar.call("projects.add_clip", **project, track_id=track, start_s=0.0, **given)
        sidecar.call("projects.render", **project, format="flac", **path["flac"], stems=True, wait=True)
        sidecar.call("projects.export_timeline", **project, format="edl", **path["edl"])
    for each in shim.journal():
        disk.do(each)
    written = contents(place)
    assert len(written) == len(targets) + 1
    for seed in range(20):
        disk.after_power_cut(Random(seed), tmp_path / str(seed))
        assert contents(tmp_path / str(seed)) == written


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_voice_prompt_that_is_half_written_has_a_name_that_the_sweep_knows(recording: Recording) -> None:
    created = [change.path for change in recording.changes if change.kind is Kind.CREATE]
    prompts = [path for path in created if path.parent.name == "prompts"]
    assert [path.suffix for path in prompts] == [".tmp"]


def test_a_sidecar_that_cannot_start_says_why_and_starts_when_it_can(studio: TortureStudio) -> None:
    RefusalAtStart().run(studio, Random(SEED))


def test_work_goes_on_when_a_full_disk_has_room_again(studio: TortureStudio) -> None:
    try:
        FullDisk().run(studio, Random(SEED))
    except Skipped:
        # Not everybody may mount a small disk; the shim can refuse as a full one does.
        Refusal("disk full", errno.ENOSPC).run(studio, Random(SEED))


def change(number: int, kind: Kind, path: Path, target: Path = A, data: bytes = b"", offset: int = 0) -> Change:
    """One line of a journal."""
    return Change(number, kind, 1, path, target, offset, len(data), data)


def outcomes(tmp_path: Path, *changes: Change) -> set[tuple[tuple[str, bytes], ...]]:
    """Everything that a disk may hold after these changes: the names in the folder, with their bytes."""
    disk, found = Disk(NEW), set()
    for each in changes:
        disk.do(each)
    for seed in range(200):
        folder = tmp_path / str(seed)
        disk.after_power_cut(Random(seed), folder)
        found.add(tuple((path.name, path.read_bytes()) for path in sorted(folder.iterdir())))
    return found


def test_what_was_not_synced_may_be_there_or_not(tmp_path: Path) -> None:
    created = change(1, Kind.CREATE, A), change(2, Kind.WRITE, A, data=b"x")
    assert outcomes(tmp_path, *created) == {(), (("a", b""),), (("a", b"x"),)}


def test_a_synced_file_needs_its_name_synced_too(tmp_path: Path) -> None:
    synced = change(1, Kind.CREATE, A), change(2, Kind.WRITE, A, data=b"x"), change(3, Kind.SYNC, A)
    assert outcomes(tmp_path, *synced) == {(), (("a", b"x"),)}


def test_a_rename_that_was_not_synced_leaves_one_of_both_names(tmp_path: Path) -> None:
    renamed = change(1, Kind.CREATE, A), change(2, Kind.SYNC, NEW), change(3, Kind.RENAME, A, B)
    assert outcomes(tmp_path, *renamed) == {(("a", b""),), (("b", b""),)}


def test_a_file_that_was_published_is_there_whole(tmp_path: Path) -> None:
    written = change(1, Kind.CREATE, A), change(2, Kind.WRITE, A, data=b"x" * 9_000), change(3, Kind.SYNC, A)
    published = change(4, Kind.RENAME, A, B), change(5, Kind.SYNC, NEW)
    assert outcomes(tmp_path, *written, *published) == {(("b", b"x" * 9_000),)}


def test_of_a_write_only_some_sectors_may_be_there(tmp_path: Path) -> None:
    certain = change(1, Kind.CREATE, A), change(2, Kind.SYNC, NEW)
    found = outcomes(tmp_path, *certain, change(3, Kind.WRITE, A, data=b"x" * 1_024))
    assert (("a", bytes(512) + b"x" * 512),) in found
