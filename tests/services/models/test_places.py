from __future__ import annotations

from pathlib import Path

import pytest

from sidecar.config import Config
from sidecar.engines.model_files import FileFact, promise, prove, repository_dir, snapshot_dir
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.models.places import ModelPlaces
from sidecar.services.models.table import ModelEntry

ENTRY = ModelEntry(
    id="a-model",
    engine="grand",
    name="A model",
    files={"weights.bin": 3},
    memory_bytes=1,
    licence="MIT",
    languages=(),
    source="a hub",
    revision="c" * 40,
    repository="Org/Name",
)
FOLDERS = Path("/first"), Path("/second")
SHARED = Path("/home/.cache/huggingface/hub")


def test_our_folders_are_looked_through_before_the_caches_and_the_shared_one_last() -> None:
    snapshot = Path("models--Org--Name") / "snapshots" / ENTRY.revision
    assert ModelPlaces(FOLDERS, SHARED).candidates(ENTRY) == [
        Path("/first/a-model"),
        Path("/second/a-model"),
        Path("/first/hub") / snapshot,
        Path("/second/hub") / snapshot,
        SHARED / snapshot,
    ]


def test_a_download_goes_home_or_into_the_cache_that_the_user_has_named() -> None:
    assert ModelPlaces(FOLDERS, SHARED).download_cache(ENTRY) == Path("/first/hub")
    assert ModelPlaces(FOLDERS, SHARED, shared_first=True).download_cache(ENTRY) == SHARED


def test_a_download_that_has_begun_goes_on_where_it_is(tmp_path: Path) -> None:
    places = ModelPlaces([tmp_path / "ours"], tmp_path / "shared")
    repository_dir(tmp_path / "shared", "Org/Name").mkdir(parents=True)
    assert places.download_cache(ENTRY) == tmp_path / "shared"


def test_a_new_home_goes_first_and_the_old_one_is_still_looked_through() -> None:
    places = ModelPlaces(FOLDERS)
    places.settle(Path("/new"))
    assert places.home == Path("/new")
    assert places.candidates(ENTRY)[:3] == [Path("/new/a-model"), Path("/first/a-model"), Path("/second/a-model")]


def test_what_others_use_is_not_ours_even_inside_our_folder() -> None:
    places = ModelPlaces(FOLDERS, Path("/first/huggingface/hub"))
    assert places.is_ours(Path("/first/hub/models--Org--Name"))
    assert not places.is_ours(Path("/first/huggingface/hub/models--Org--Name"))
    assert not places.is_ours(Path("/third/a-model"))


def test_a_snapshot_in_doubt_is_partial_whatever_files_are_there(tmp_path: Path) -> None:
    catalogue = Catalogue((), (ENTRY,), ModelPlaces([tmp_path / "ours"], tmp_path / "shared"))
    here = snapshot_dir(tmp_path / "shared", "Org/Name", ENTRY.revision)
    assert catalogue.state(ENTRY) == ("absent", None)
    promise(here, {"weights.bin": FileFact(3)})
    assert catalogue.state(ENTRY) == ("partial", here)
    (here / "weights.bin").write_bytes(b"123")
    assert catalogue.state(ENTRY) == ("partial", here)
    prove(here)
    assert catalogue.state(ENTRY) == ("installed", here)


@pytest.mark.parametrize(
    ("environment", "cache", "named"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a", True),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b/hub", True),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub", False),
        ({}, str(Path.home() / ".cache/huggingface/hub"), False),
    ],
)
def test_the_shared_cache_is_where_the_hub_client_has_it(environment: dict[str, str], cache: str, named: bool) -> None:
    config = Config.from_environment(environment, Path("/data"), 1_024)
    assert (str(config.hub_cache), config.hub_cache_named) == (cache, named)


@pytest.mark.parametrize(
    ("environment", "offline"),
    [
        ({}, False),
        ({"VOICEBOX_OFFLINE": "1"}, True),
        ({"VOICEBOX_OFFLINE": "0"}, False),
        ({"VOICEBOX_OFFLINE": " True"}, True),
        ({"VOICEBOX_OFFLINE": "off"}, False),
        ({"HF_HUB_OFFLINE": "1"}, True),
        ({"HF_HUB_OFFLINE": "YES"}, True),
    ],
)
def test_offline_is_what_either_variable_says(environment: dict[str, str], offline: bool) -> None:
    assert Config.from_environment(environment, Path("/data"), 1_024).offline is offline


@pytest.mark.parametrize("name", ["VOICEBOX_OFFLINE", "VOICEBOX_ENGINE_SILENCE_S"])
def test_a_variable_that_says_nothing_that_can_be_understood_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: 'sure'"):
        Config.from_environment({name: "sure"}, Path("/data"), 1_024)


def test_what_came_with_the_program_is_looked_at_last_and_is_ours() -> None:
    places = ModelPlaces(FOLDERS, SHARED, built_in=Path("/program/models"))
    assert places.candidates(ENTRY)[-1] == Path("/program/models/a-model")
    assert places.is_ours(Path("/program/models/a-model"))
    assert places.is_built_in(Path("/program/models/a-model"))
    assert not places.is_built_in(Path("/first/a-model"))


def test_downloads_and_a_new_home_leave_what_came_with_the_program_alone() -> None:
    places = ModelPlaces(FOLDERS, built_in=Path("/program/models"))
    places.settle(Path("/new"))
    assert places.home == Path("/new")
    assert places.download_cache(ENTRY) == Path("/new/hub")
    assert places.candidates(ENTRY)[-1] == Path("/program/models/a-model")


def test_a_model_that_came_with_the_program_is_installed_until_a_newer_copy_of_ours_goes_first(tmp_path: Path) -> None:
    built_in, ours = tmp_path / "program" / "a-model", tmp_path / "ours" / "a-model"
    catalogue = Catalogue((), (ENTRY,), ModelPlaces([ours.parent], built_in=built_in.parent))
    built_in.mkdir(parents=True)
    (built_in / "weights.bin").write_bytes(b"123")
    assert catalogue.state(ENTRY) == ("installed", built_in)
    ours.mkdir(parents=True)
    (ours / "weights.bin").write_bytes(b"1")
    assert catalogue.state(ENTRY) == ("installed", built_in)
    (ours / "weights.bin").write_bytes(b"123")
    assert catalogue.state(ENTRY) == ("installed", ours)
