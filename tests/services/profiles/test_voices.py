from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from sidecar.engines.specs import ENGINES
from sidecar.errors import InvalidParams
from sidecar.services.models.catalogue import Choice
from sidecar.services.models.table import MODELS
from sidecar.services.profiles.voices import engine_voice, preferred_engine
from sidecar.store import profiles as store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import samples
from sidecar.store.values import Row

CHOICE = Choice(ENGINES[0], MODELS[0], Path("/models/kokoro"))
PRESET = {"kind": "preset", "engine": "kokoro", "voice_id": "af_heart"}
DESIGNED = {"kind": "designed", "instruct": "an old sailor"}
Change = Callable[[Connection, Row], Any]


def add_profile(connection: Connection, voice: dict[str, Any] | None = None) -> Row:
    return store.resolve(connection, store.insert_profile(connection, name="Ada", voice=voice or {"kind": "cloned"}))


def add_sample(connection: Connection, profile: Row, sha256: str, text: str | None) -> str:
    fixed = {"audio_path": f"audio/samples/{sha256}.wav", "duration_s": 1.0, "metrics": {}, "warnings": []}
    return store.append_sample(connection, profile["id"], sha256=sha256, text=text, **fixed)


def first_sample(connection: Connection, profile: Row) -> Row:
    return store.samples_of(connection, profile["id"])[0]


def update_first_sample(connection: Connection, profile: Row, **values: Any) -> None:
    rows.change(connection, samples, first_sample(connection, profile)["id"], **values)


def swap(connection: Connection, profile: Row) -> None:
    store.move_sample(connection, first_sample(connection, profile), 1)


async def keys(database: Database, tmp_path: Path, change: Change, then: Choice = CHOICE) -> tuple[str, str]:
    """The key of a cloned profile's prompt before and after a change."""
    files = FileStore(tmp_path / "data")

    def transaction(connection: Connection) -> tuple[str, str]:
        profile = add_profile(connection)
        for sha256, text in (("1", "One."), ("2", None)):
            add_sample(connection, profile, sha256, text)
        before = engine_voice(connection, files, profile, CHOICE)
        change(connection, profile)
        profile = store.resolve(connection, profile["id"])
        return before["prompt_key"], engine_voice(connection, files, profile, then)["prompt_key"]

    return await database.write(transaction)


@pytest.mark.parametrize(
    "change",
    [
        lambda connection, profile: update_first_sample(connection, profile, sha256="3"),
        lambda connection, profile: update_first_sample(connection, profile, text="Another."),
        lambda connection, profile: update_first_sample(connection, profile, text=None),
        lambda connection, profile: add_sample(connection, profile, "3", "Three."),
        lambda connection, profile: rows.remove(
            connection, samples, store.samples_of(connection, profile["id"])[0]["id"]
        ),
        swap,
        lambda connection, profile: store.update_profile(connection, profile["id"], voice=PRESET),
    ],
    ids=["audio", "text", "no text", "one more", "one less", "order", "kind of voice"],
)
async def test_the_key_changes_with_the_voice(database: Database, tmp_path: Path, change: Change) -> None:
    before, after = await keys(database, tmp_path, change)
    assert before != after


@pytest.mark.parametrize(
    "choice",
    [
        replace(CHOICE, model=replace(CHOICE.model, id="another")),
        replace(CHOICE, model=replace(CHOICE.model, revision="2")),
        replace(CHOICE, engine=replace(CHOICE.engine, id="another")),
        replace(CHOICE, engine=replace(CHOICE.engine, prompt_version=2)),
    ],
    ids=["model", "revision", "engine", "preparation"],
)
async def test_the_key_changes_with_what_makes_the_prompt(database: Database, tmp_path: Path, choice: Choice) -> None:
    before, after = await keys(database, tmp_path, lambda connection, profile: None, choice)
    assert before != after


@pytest.mark.parametrize(
    "change",
    [
        lambda connection, profile: store.update_profile(
            connection, profile["id"], name="Grace", description="new", language="de", default_engine="kokoro"
        ),
        lambda connection, profile: update_first_sample(
            connection, profile, audio_path="elsewhere.wav", duration_s=2.0, metrics={"rms_db": -20}, warnings=["loud"]
        ),
        lambda connection, profile: store.touch(connection, profile["id"]),
    ],
    ids=["description", "place", "time"],
)
async def test_the_key_changes_with_nothing_else(database: Database, tmp_path: Path, change: Change) -> None:
    moved = replace(CHOICE, model_dir=Path("/elsewhere"), model=replace(CHOICE.model, name="New name", licence="MIT"))
    before, after = await keys(database, tmp_path, change, moved)
    assert before == after


async def test_two_profiles_of_one_stock_voice_share_its_prompt(database: Database, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "data")

    def transaction(connection: Connection) -> set[str]:
        one = add_profile(connection, PRESET)
        other = one | {"id": "another", "name": "Grace"}
        quiet = one | {"voice": PRESET | {"voice_id": "af_sky"}}
        designed = one | {"voice": DESIGNED}
        return {engine_voice(connection, files, row, CHOICE)["prompt_key"] for row in (one, other, quiet, designed)}

    assert len(await database.write(transaction)) == 3


async def test_an_engine_is_told_of_the_voice_what_its_kind_needs(database: Database, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "data")

    def transaction(connection: Connection) -> list[dict[str, Any]]:
        cloned = add_profile(connection)
        add_sample(connection, cloned, "1", "One.")
        profiles = (cloned, cloned | {"voice": PRESET}, cloned | {"voice": DESIGNED})
        return [engine_voice(connection, files, profile, CHOICE)["voice"] for profile in profiles]

    assert await database.write(transaction) == [
        {
            "kind": "cloned",
            "voice_id": None,
            "description": None,
            "references": [{"path": str(files.root / "audio/samples/1.wav"), "text": "One."}],
        },
        {"kind": "preset", "voice_id": "af_heart", "description": None, "references": []},
        {"kind": "designed", "voice_id": None, "description": "an old sailor", "references": []},
    ]


async def test_a_cloned_voice_without_a_sample_is_refused(database: Database, tmp_path: Path) -> None:
    files = FileStore(tmp_path / "data")
    with pytest.raises(InvalidParams, match=r"'Ada' has no sample yet; add one with profiles\.add_sample"):
        await database.write(lambda connection: engine_voice(connection, files, add_profile(connection), CHOICE))


@pytest.mark.parametrize(
    ("asked", "voice", "default", "preferred"),
    [
        ("qwen", PRESET, "other", "qwen"),
        (None, PRESET, "other", "kokoro"),
        (None, {"kind": "cloned"}, "other", "other"),
        (None, {"kind": "cloned"}, None, None),
    ],
)
def test_an_engine_that_is_asked_for_comes_before_the_voices_own_and_the_profiles(
    asked: str | None, voice: dict[str, Any], default: str | None, preferred: str | None
) -> None:
    assert preferred_engine({"voice": voice, "default_engine": default}, asked) == preferred
