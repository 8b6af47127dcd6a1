"""Libraries of any size for `tests.benchmarks.load`, written straight into the database; no audio lies behind them."""

from __future__ import annotations

import json
import random
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sidecar.errors import Cancelled
from sidecar.store.migrate import migrate

SEED = 8
SYLLABLES = ("ba", "con", "der", "en", "fi", "gra", "hu", "in", "jo", "kel", "lo", "men", "no", "pra", "qui", "ron")
WORDS = 5_000
PHRASES = ("今日はいい天気です。", "voilà l'été, enfin! ", "Übung macht den Meister. ")
HASH_BYTES = 256 * 1024 * 1024
USUAL_HASH_BYTES = 1024 * 1024
"""FTS5 collects so much in memory before it writes a segment; writing seldom is what makes a million texts minutes."""
STATUSES = ("completed",) * 18 + ("failed", "cancelled")
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
VOICE = {"kind": "preset", "engine": "scripted", "voice_id": "tone"}
SETTINGS = {
    "instruct": None,
    "sampling": {"temperature": None, "top_k": None, "top_p": None, "repetition_penalty": None},
    "speed": 1.0,
    "chunking": {"max_chars": 100, "crossfade_s": 0.05, "pause_s": {}},
    "loudness_lufs": None,
    "effects": [],
    "verify": "length",
    "normalise": False,
    "model_revision": "1",
}
TIMINGS = {"queue_s": 0.1, "load_s": 0.0, "compute_s": 1.5, "real_time_factor": 0.3, "first_audio_s": 0.4}
CHUNK_QUALITY = {"position": 0, "passed": True, "tries": 1, "seed": 1, "rate": 4.2, "reasons": []}
UNMEASURED = {"wer": None, "similarity": None}
QUALITY = {"verify": "length", "passed": True, "retakes": 0, "rate": 4.2, "chunks": [CHUNK_QUALITY | UNMEASURED]}


@dataclass(frozen=True)
class Size:
    """How much is in a library."""

    profiles: int
    generations: int
    jobs: int

    @property
    def name(self) -> str:
        """As a folder is called."""
        return f"{self.profiles}-{self.generations}-{self.jobs}"


def fill(data_dir: Path, size: Size) -> None:
    """Make a library of this size in a new data folder. The same size is the same library."""
    data_dir.mkdir(parents=True, mode=0o700)
    path = data_dir / "voicebox.db"
    migrate(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA temp_store = MEMORY;")
        rng = random.Random(SEED)
        ids = [_id(rng) for _ in range(size.profiles)]
        with connection:
            _insert(connection, "profiles", _profiles(ids))
            _insert(connection, "samples", _samples(rng, ids))
        generations = [(_id(rng), _id(rng)) for _ in range(size.generations)]
        with connection:
            _search_index(connection, hashsize=HASH_BYTES)
            _insert(connection, "generations", _generations(rng, ids, generations))
            _search_index(connection, hashsize=USUAL_HASH_BYTES)
        with connection:
            _insert(connection, "versions", _versions(rng, generations))
            _insert(connection, "jobs", _jobs(rng, generations[-size.jobs :] if size.jobs else []))
            _insert(connection, "usage", _usage(rng, ids))


def _search_index(connection: sqlite3.Connection, **settings: int) -> None:
    connection.executemany("INSERT INTO history_search (history_search, rank) VALUES (?, ?)", settings.items())


def _insert(connection: sqlite3.Connection, table: str, rows: Iterator[dict[str, Any]]) -> None:
    first = next(rows, None)
    if first is None:
        return
    statement = f"INSERT INTO {table} ({', '.join(first)}) VALUES ({', '.join(f':{name}' for name in first)})"
    connection.execute(statement, first)
    connection.executemany(statement, rows)


def _profiles(ids: list[str]) -> Iterator[dict[str, Any]]:
    for number, profile_id in enumerate(ids):
        name = f"Voice {number:05}"
        yield {
            "id": profile_id,
            "name": name,
            "name_key": name.casefold(),
            "description": f"The voice number {number} of a large library.",
            "language": ("en", "de", "ja")[number % 3],
            "voice": json.dumps(VOICE),
            "created_at": _time(number),
            "updated_at": _time(number + 7),
        }


def _samples(rng: random.Random, profile_ids: list[str]) -> Iterator[dict[str, Any]]:
    for profile_id in profile_ids:
        for position in range(2):
            sample_id = _id(rng)
            yield {
                "id": sample_id,
                "profile_id": profile_id,
                "position": position,
                "text": "What was said in the sample.",
                "audio_path": f"audio/samples/{sample_id}.wav",
                "sha256": sample_id,
                "duration_s": 6.5,
                "metrics": "{}",
                "warnings": "[]",
                "created_at": _time(position),
            }


def _generations(
    rng: random.Random, profile_ids: list[str], generations: list[tuple[str, str]]
) -> Iterator[dict[str, Any]]:
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(WORDS)]
    for number, (generation_id, version_id) in enumerate(generations):
        status = STATUSES[rng.randrange(len(STATUSES))]
        profile = rng.randrange(len(profile_ids))
        yield {
            "id": generation_id,
            "profile_id": profile_ids[profile],
            "profile_name": f"Voice {profile:05}",
            "title": f"Title {number}" if number % 10 == 0 else None,
            "text": _text(rng, words, number),
            "language": ("en", "de", "ja")[number % 3],
            "engine": ("scripted", "kokoro", "qwen")[number % 3],
            "model": "scripted",
            "seed": number,
            "settings": json.dumps(SETTINGS),
            "status": status,
            "error": None if status == "completed" else json.dumps(Cancelled("So it ended.").payload()),
            "favorite": number % 50 == 0,
            "fidelity": "preset",
            "quality": json.dumps(QUALITY | UNMEASURED),
            "timings": json.dumps(TIMINGS),
            "prompt_cached": True,
            "stop_reason": "eos",
            "default_version_id": version_id if status == "completed" else None,
            "created_at": _time(number),
            "finished_at": _time(number + 1),
        }


def _text(rng: random.Random, words: list[str], number: int) -> str:
    """Mostly a sentence or two, now and then pages; some of it in other scripts."""
    length = min(round(rng.lognormvariate(2.4, 0.8)) + 2, 400)
    text = " ".join(rng.choices(words, k=length)).capitalize() + "."
    return PHRASES[number % len(PHRASES)] + text if number % 20 == 0 else text


def _versions(rng: random.Random, generations: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """One take each, and every tenth generation has one with effects too."""
    for number, (generation_id, version_id) in enumerate(generations):
        for kind, known in (
            (("take", version_id), ("effects", _id(rng))) if number % 10 == 0 else (("take", version_id),)
        ):
            yield {
                "id": known,
                "generation_id": generation_id,
                "label": kind.title(),
                "kind": kind,
                "seed": number,
                "audio_path": f"audio/generations/{known}.wav",
                "duration_s": 4.2,
                "sample_rate": 24_000,
                "created_at": _time(number),
            }


def _jobs(rng: random.Random, generations: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    batch = _id(rng)
    for number, (generation_id, version_id) in enumerate(generations):
        if number % 100 == 0:
            batch = _id(rng)
        yield {
            "id": _id(rng),
            "kind": ("generation", "transcription", "generation")[number % 3],
            "lane": "engine",
            "status": STATUSES[rng.randrange(len(STATUSES))],
            "fraction": 1.0,
            "attempts": 1,
            "result": "{}",
            "subject": generation_id,
            "payload": json.dumps({"version_id": version_id, "seed": 1, "settings": SETTINGS, "stream": False}),
            "announced": True,
            "parent_id": batch if number % 2 else None,
            "created_at": _time(number),
            "started_at": _time(number + 1),
            "finished_at": _time(number + 2),
        }


def _usage(rng: random.Random, profile_ids: list[str]) -> Iterator[dict[str, Any]]:
    """Two years of days, each with a few profiles."""
    for day in range(730 if profile_ids else 0):
        for profile in rng.sample(range(len(profile_ids)), min(20, len(profile_ids))):
            yield {
                "day": (BEGAN + timedelta(days=day)).date().isoformat(),
                "kind": "generation",
                "engine": "scripted",
                "model": "scripted",
                "profile_id": profile_ids[profile],
                "profile_name": f"Voice {profile:05}",
                "count": 10,
                "characters": 1_000,
                "audio_s": 42.0,
                "compute_s": 15.0,
            }


def _id(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _time(number: int) -> str:
    """One a minute, as the store writes times."""
    return (BEGAN + timedelta(minutes=number)).isoformat(timespec="microseconds").replace("+00:00", "Z")
