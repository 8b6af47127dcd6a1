"""Models that came inside the frozen program: used where nothing else is there, and never touched."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sidecar.services.models.table import MODELS
from tests.services.studio import Message, Studio

(ENCODER,) = (entry for entry in MODELS if entry.id == "speaker-encoder")
(WEIGHTS,) = ENCODER.files


@pytest.fixture
def built_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a model inside the program; its one file has the right size and the wrong content."""
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "program"), raising=False)
    folder = tmp_path / "program" / "models" / ENCODER.id
    folder.mkdir(parents=True)
    with (folder / WEIGHTS).open("wb") as file:
        file.truncate(ENCODER.files[WEIGHTS])
    return folder


@pytest.fixture
def closed(built_in: Path, tmp_path: Path) -> Studio:
    return Studio(tmp_path / "data", [])


async def encoder(studio: Studio) -> Message:
    """The model as the wire tells it."""
    models = (await studio.call("models.list"))["items"]
    return next(model for model in models if model["id"] == ENCODER.id)


async def test_it_is_installed_and_belongs_to_this_program(closed: Studio, built_in: Path) -> None:
    async with closed as studio:
        model = await encoder(studio)
        assert (model["state"], model["path"], model["shared"]) == ("installed", str(built_in), False)


@pytest.mark.parametrize("also_shared", [False, True])
async def test_it_cannot_be_deleted(closed: Studio, built_in: Path, also_shared: bool) -> None:
    async with closed as studio:
        answer = await studio.answer("models.delete", model=ENCODER.id, also_shared=also_shared)
        assert answer["error"]["data"]["kind"] == "conflict"
        assert "came with the program" in answer["error"]["message"]
        assert [path.name for path in built_in.iterdir()] == [WEIGHTS]


async def test_of_two_copies_only_ours_is_deleted(closed: Studio, built_in: Path, tmp_path: Path) -> None:
    async with closed as studio:
        ours = tmp_path / "data" / "models" / ENCODER.id
        ours.mkdir(parents=True)
        (ours / WEIGHTS).touch()
        await studio.call("models.delete", model=ENCODER.id)
        assert not ours.exists()
        assert [path.name for path in built_in.iterdir()] == [WEIGHTS]


async def test_when_it_is_found_to_be_damaged_nothing_is_written_there(closed: Studio, built_in: Path) -> None:
    async with closed as studio:
        answer = await studio.answer("models.verify", model=ENCODER.id, wait=True)
        assert answer["error"]["data"]["reason"] == "checksum"
        assert "It came with this program: install that again." in answer["error"]["message"]
        assert [path.name for path in built_in.iterdir()] == [WEIGHTS]


async def test_it_stays_where_it_is_when_the_models_move(closed: Studio, built_in: Path, tmp_path: Path) -> None:
    async with closed as studio:
        await studio.call("models.move", path=str(tmp_path / "elsewhere"), wait=True)
        model = await encoder(studio)
        assert model["path"] == str(built_in)
        assert not (tmp_path / "elsewhere" / ENCODER.id).exists()
