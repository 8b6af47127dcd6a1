from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("PyInstaller", reason="the extra freeze is not installed")

from licences import LicenceFault, collect
from variants import VARIANTS

ANY, NO_GPL = replace(VARIANTS["cpu"], models=()), replace(VARIANTS["no-gpl"], models=())


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """The inner folder of a bundle that holds two libraries of FFmpeg's, one of them under the GPL."""
    libraries = tmp_path / "inner" / "av.libs"
    libraries.mkdir(parents=True)
    (libraries / "libavcodec-5e6b81c2.so.62").touch()
    (libraries / "libx264-d6533a8d.so.165").touch()
    return tmp_path / "inner"


def test_every_part_is_in_the_index_with_its_version_licence_and_text(inner: Path, tmp_path: Path) -> None:
    import jsonrpcserver

    collect(inner, [Path(jsonrpcserver.__file__)], ANY, (), tmp_path / "licences")
    _, _, table = (tmp_path / "licences" / "INDEX.txt").read_text("utf-8").partition("\n\n")
    rows = (line.split(" | ") for line in table.splitlines())
    index = {name: (version, licence, text) for name, version, licence, text in rows}
    assert index["jsonrpcserver"] == ("5.0.9", "MIT", "jsonrpcserver.txt")
    assert index["x264"][1] == "GPL-2.0-or-later"
    texts = {text: (tmp_path / "licences" / text).read_text("utf-8") for _, _, text in index.values()}
    assert "Permission is hereby granted" in texts["jsonrpcserver.txt"]
    # The LGPL's third version is a set of additions to the GPL's.
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in texts["FFmpeg.txt"]
    assert "GNU GENERAL PUBLIC LICENSE" in texts["FFmpeg.txt"]


def test_a_bundle_without_gpl_parts_refuses_one(inner: Path, tmp_path: Path) -> None:
    with pytest.raises(LicenceFault, match=r"x264 is under GPL-2\.0-or-later, which no-gpl must not hold"):
        collect(inner, [], NO_GPL, (), tmp_path / "licences")
    assert not (tmp_path / "licences").exists()


def test_a_library_that_was_emptied_is_none_any_more(inner: Path, tmp_path: Path) -> None:
    emptied = inner / "av.libs" / "libx264-d6533a8d.so.165"
    collect(inner, [], NO_GPL, [emptied], tmp_path / "licences")
    assert "x264" not in (tmp_path / "licences" / "INDEX.txt").read_text("utf-8")


def test_a_library_that_nobody_knows_fails_the_freeze(inner: Path, tmp_path: Path) -> None:
    (inner / "libmystery.so.1").touch()
    with pytest.raises(LicenceFault, match=r"Nothing is known of .*libmystery\.so\.1"):
        collect(inner, [], ANY, (), tmp_path / "licences")
