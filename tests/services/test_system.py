from __future__ import annotations

import shutil
from pathlib import Path

from sidecar.config import Config
from sidecar.engines.fleet import EngineFleet
from sidecar.engines.messages import Limits
from sidecar.engines.pool import EnginePool
from sidecar.services.models.devices import Devices
from sidecar.services.models.residents import Residents
from sidecar.services.settings import SettingsService
from sidecar.services.system import SystemService
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.files import FileStore


def system_of(data_dir: Path) -> tuple[SystemService, Database]:
    files = FileStore(data_dir)
    database = Database(files.database)
    pool = EnginePool("probe", 1, files.logs / "probe.log", lambda: 1.0, 1 << 30, 30.0)
    settings = SettingsService(database, {}, [])
    residents = Residents({"probe": pool})
    devices = Devices(pool, settings)
    fleet = EngineFleet(devices.in_use, lambda limits, environment: pool, Limits)
    return SystemService(Config(data_dir, ()), database, files, residents, devices, fleet, settings), database


async def test_health_is_told_from_what_is_known_without_the_disk_or_the_database(data_dir: Path) -> None:
    system, database = system_of(data_dir)
    await database.write(lambda connection: queue.enqueue(connection, "work", "engine", "it", {}))
    await system.probe()
    before = system.health()
    # Closed, the database takes no query; removed, the folder shows nothing: whoever looked would stumble.
    database.close()
    shutil.rmtree(data_dir)
    assert system.health() | {"uptime_s": 0} == before | {"uptime_s": 0}
    assert (before["status"], before["database"], before["queue_depth"]) == ("ok", "ok", 1)
    assert before["disk_free_bytes"] > 0


async def test_a_folder_that_is_gone_shows_at_the_next_probe(data_dir: Path) -> None:
    system, database = system_of(data_dir)
    await system.probe()
    well = system.health()
    shutil.rmtree(data_dir)
    await system.probe()
    ill = system.health()
    assert (ill["status"], ill["writable"], ill["disk_free_bytes"]) == ("degraded", False, 0)
    assert ill["checked_at"] > well["checked_at"]
    database.close()


async def test_folders_of_audio_that_was_set_aside_show_at_the_next_probe(data_dir: Path) -> None:
    system, database = system_of(data_dir)
    await system.probe()
    assert system.health()["unclaimed"] == []
    aside = FileStore(data_dir).new_unclaimed()
    aside.mkdir()
    await system.probe()
    assert system.health()["unclaimed"] == [str(aside)]
    database.close()


async def test_a_database_that_cannot_be_read_shows_at_the_next_probe(data_dir: Path) -> None:
    system, database = system_of(data_dir)
    await system.probe()
    await database.write(lambda connection: connection.exec_driver_sql("DROP TABLE jobs").close())
    await system.probe()
    ill = system.health()
    assert ill["status"] == "degraded"
    assert "no such table: jobs" in ill["database"]
    database.close()
