from __future__ import annotations

from pathlib import Path

import pytest

from sidecar.errors import InvalidParams, NotFound
from sidecar.services.transfers import require_place


def test_a_new_file_and_one_to_be_replaced_may_be_written(tmp_path: Path) -> None:
    require_place(str(tmp_path / "new.wav"))
    (tmp_path / "old.wav").touch()
    require_place(str(tmp_path / "old.wav"))


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="make it first") as refusal:
        require_place(str(tmp_path / "gone" / "a.wav"))
    assert refusal.value.data == {"resource": "folder", "id": str(tmp_path / "gone")}


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotFound, match="no folder"):
        require_place(str(tmp_path / "file" / "a.wav"))


@pytest.mark.parametrize("place", ["{folder}", "/dev/null"])
def test_what_is_no_ordinary_file_is_not_written_over(tmp_path: Path, place: str) -> None:
    with pytest.raises(InvalidParams, match="no ordinary file") as refusal:
        require_place(place.format(folder=tmp_path), "path_out")
    assert refusal.value.data["errors"][0]["loc"] == ["path_out"]
