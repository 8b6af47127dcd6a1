"""The devices to compute on, as the settings and the machine have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sidecar.engines.pool import EnginePool
from sidecar.services.models.devices import Devices
from sidecar.services.settings import SettingsService
from sidecar.store.database import Database
from sidecar.store.files import FileStore

pytestmark = pytest.mark.process


async def test_all_is_every_card_that_works_and_a_list_is_taken_as_it_is(data_dir: Path) -> None:
    files = FileStore(data_dir)
    database = Database(files.database)
    probe = EnginePool("probe", 1, files.logs / "probe.log", lambda: 1.0, 1 << 30, 30.0)
    settings = SettingsService(database, {}, [])
    devices = Devices(probe, settings)
    try:
        assert await devices.in_use() == ("auto",)
        await settings.update({"device": "cpu:0,cpu:1"})
        assert await devices.in_use() == ("cpu:0", "cpu:1")
        await settings.update({"device": "all"})
        told = await devices.known()
        cards = tuple(one["id"] for one in told["devices"] if one["proven"] and one["id"] != "cpu")
        assert await devices.in_use() == (cards or ("auto",))
        assert told["chosen"] == (",".join(cards) or "cpu")
        assert told["fallback"] is None
        await settings.update({"force_cpu": True})
        assert await devices.in_use() == ("cpu",)
    finally:
        await probe.close()
        database.close()
