from __future__ import annotations

from typing import Any

import pytest

from sidecar.errors import Conflict, InvalidParams
from sidecar.services.settings import SettingsService
from sidecar.settings import Settings
from sidecar.store import settings as store
from sidecar.store.database import Database

ENGINES = ["grand", "small"]


async def loaded(database: Database, **environment: Any) -> SettingsService:
    """What a program that starts now would have in force."""
    service = SettingsService(database, environment, ENGINES)
    await service.load()
    return service


async def stored(database: Database) -> dict[str, Any]:
    return await database.read(store.stored)


def described(service: SettingsService, name: str) -> dict[str, Any]:
    (setting,) = (setting for setting in service.described() if setting["name"] == name)
    return setting


async def test_a_change_holds_at_once_and_after_a_restart(database: Database) -> None:
    service = await loaded(database)
    await service.update({"device": "cpu", "queue_limit": 3})
    assert service.values == Settings(device="cpu", queue_limit=3)
    assert (await loaded(database)).values == Settings(device="cpu", queue_limit=3)


async def test_only_what_differs_from_the_defaults_is_stored(database: Database) -> None:
    service = await loaded(database)
    await service.update({"device": "auto", "int8": True, "queue_limit": None})
    assert await stored(database) == {"int8": True}
    await service.update({"int8": False})
    assert await stored(database) == {}


async def test_what_a_newer_version_has_stored_is_left_alone(database: Database) -> None:
    await database.write(lambda connection: store.put(connection, {"colour": {"hue": 7}, "int8": True}))
    service = await loaded(database)
    await service.update({"device": "cpu"})
    await service.reset(None)
    assert await stored(database) == {"colour": {"hue": 7}}


async def test_a_stored_value_that_is_not_allowed_counts_as_none(database: Database) -> None:
    await database.write(lambda connection: store.put(connection, {"device": "abacus", "int8": True}))
    assert (await loaded(database)).values == Settings(int8=True)
    assert await stored(database) == {"device": "abacus", "int8": True}


async def test_settings_go_back_to_their_defaults_one_by_one_or_all_at_once(database: Database) -> None:
    service = await loaded(database)
    await service.update({"device": "cpu", "int8": True, "queue_limit": 3})
    await service.reset(["int8"])
    assert service.values == Settings(device="cpu", queue_limit=3)
    await service.reset(None)
    assert service.values == Settings()
    assert await stored(database) == {}


async def test_the_environment_goes_before_what_is_stored_and_cannot_be_changed(database: Database) -> None:
    await (await loaded(database)).update({"device": "cuda", "int8": True})
    service = await loaded(database, device="cpu")
    assert service.values == Settings(device="cpu", int8=True)
    with pytest.raises(Conflict, match="VOICEBOX_DEVICE fixes device"):
        await service.update({"int8": False, "device": "mps"})
    with pytest.raises(Conflict, match="VOICEBOX_DEVICE"):
        await service.reset(["device"])
    assert service.values == Settings(device="cpu", int8=True)
    await service.reset(None)
    assert await stored(database) == {"device": "cuda"}


async def test_each_value_says_where_it_comes_from(database: Database) -> None:
    service = await loaded(database, device="cpu")
    await service.update({"int8": True})
    told = {name: described(service, name) for name in ("device", "int8", "queue_limit")}
    assert {name: (setting["source"], setting["value"]) for name, setting in told.items()} == {
        "device": ("environment", "cpu"),
        "int8": ("setting", True),
        "queue_limit": ("default", None),
    }


async def test_a_form_can_be_drawn_from_what_is_told(database: Database) -> None:
    service = await loaded(database)
    assert [setting["name"] for setting in service.described()] == list(Settings.model_fields)
    assert all(setting["description"].endswith(".") for setting in service.described())
    loudness = described(service, "default_loudness_lufs")
    assert (loudness["type"], loudness["nullable"], loudness["unit"]) == ("number", True, "LUFS")
    assert (loudness["minimum"], loudness["maximum"], loudness["default"]) == (-40, -12, None)
    assert described(service, "default_verify")["choices"] == ["off", "length", "full"]
    assert described(service, "default_engine")["choices"] == ENGINES
    assert (described(service, "int8")["type"], described(service, "int8")["nullable"]) == ("boolean", False)


@pytest.mark.parametrize("changes", [{"default_engine": "nobody"}, {"int8": True, "default_engine": "nobody"}])
async def test_an_engine_that_there_is_not_is_refused_and_nothing_changes(
    database: Database, changes: dict[str, Any]
) -> None:
    service = await loaded(database)
    with pytest.raises(InvalidParams, match="there are: grand, small"):
        await service.update(changes)
    assert service.values == Settings()


async def test_a_setting_that_there_is_not_cannot_be_reset(database: Database) -> None:
    with pytest.raises(InvalidParams, match="no setting 'colour'"):
        await (await loaded(database)).reset(["device", "colour"])
