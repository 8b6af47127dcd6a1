"""The program speaks wherever an app may be installed and started, and writes only where it may."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.frozen.bundle import Bundle, changed, listing
from tests.frozen.conftest import Start
from tests.frozen.isolation import (
    inside_root,
    make_root,
    read_only_and_without_network,
    require_namespaces,
    system_libraries,
)
from tests.frozen.scenario import speak, speak_from_a_recording

pytestmark = [pytest.mark.process, pytest.mark.models]

AWKWARD = "Größe & 'Ton' 声"
OF_THE_SYSTEM = {"libc", "libdl", "libm", "libmvec", "libpthread", "librt", "libutil", "libz"}
"""The C library's own libraries, and the one that unpacks the program's first module."""

BARE = {name: value for name, value in os.environ.items() if name == "SYSTEMROOT"}
"""An environment with nothing in it but what Windows cannot do without."""


def test_the_demos_scenario_writes_nothing_outside_the_data_folder(
    bundle: Bundle, start: Start, recording: Path, tmp_path: Path
) -> None:
    program = bundle.copy_to(tmp_path / AWKWARD / "program").program
    home, cwd, temporary = (tmp_path / name for name in ("home", "cwd", "temporary"))
    for folder in (home, cwd, temporary):
        folder.mkdir()
    untouched = (home, cwd, program.parent)
    before = [listing(folder) for folder in untouched]
    places = {"cwd": cwd, "HOME": str(home), "TMPDIR": str(temporary)}
    with start(tmp_path / AWKWARD / "data", command=[str(program)], **places) as sidecar:
        speak_from_a_recording(sidecar, recording)
    assert sidecar.stderr == ""
    assert list(temporary.iterdir()) == []
    assert [changed(seen, listing(folder)) for seen, folder in zip(before, untouched, strict=True)] == [set()] * 3


def test_the_demos_scenario_needs_nothing_but_the_bundle_the_c_library_and_zlib(
    bundle: Bundle, start: Start, recording: Path, tmp_path: Path
) -> None:
    require_namespaces()
    libraries, root = system_libraries(bundle), tmp_path / "root"
    assert {library.name.split(".")[0] for library in libraries if "ld-linux" not in library.name} <= OF_THE_SYSTEM
    make_root(root, libraries)
    program = bundle.copy_to(root / "opt" / AWKWARD).program
    recording_inside = Path(shutil.copy(recording, root))
    before = listing(root)
    command = [*inside_root(root), str(Path("/") / program.relative_to(root))]
    with start(root / "home" / "data", command=command, inherited={}) as sidecar:
        speak_from_a_recording(sidecar, recording_inside)
    assert sidecar.stderr == ""
    # Of /tmp itself it is enough that what came has gone.
    assert {path for path in changed(before, listing(root)) if path.split("/")[0] != "home"} <= {"tmp"}


def test_it_speaks_from_a_read_only_folder_without_network(bundle: Bundle, start: Start, data_dir: Path) -> None:
    require_namespaces()
    with start(data_dir, command=[*read_only_and_without_network(bundle.folder), str(bundle.program)]) as sidecar:
        speak(sidecar)
    assert sidecar.stderr == ""


def test_it_speaks_with_an_empty_home_and_no_path(start: Start, data_dir: Path) -> None:
    with start(data_dir, inherited=BARE, HOME="") as sidecar:
        speak(sidecar)
    assert sidecar.stderr == ""
