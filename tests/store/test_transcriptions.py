from __future__ import annotations

import pytest
from sqlalchemy import Connection

from sidecar.store import rows
from sidecar.store import transcriptions as store
from sidecar.store.database import Database
from sidecar.store.tables import transcriptions


@pytest.mark.parametrize("search", ["ÄRGER", "größe", "GRÖSSE", "100%"])
async def test_transcriptions_are_found_by_what_was_said_in_any_case(database: Database, search: str) -> None:
    def change(connection: Connection) -> None:
        for text in ("Ärger um die Größe, zu 100%.", "100 other words", None):
            made = store.insert_transcription(connection, model="m", settings={}, audio_path="a.wav")
            rows.change(connection, transcriptions, made, text=text)

    await database.write(change)
    found, total = await database.read(lambda connection: store.list_transcriptions(connection, None, search, 9, 0))
    assert ([row["text"] for row in found], total) == (["Ärger um die Größe, zu 100%."], 1)
