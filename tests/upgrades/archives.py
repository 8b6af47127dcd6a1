"""Data folders of earlier commits, kept small: `data/SCHEMA-SHAPE-COMMIT.tar.xz`, one of each schema and shape.

python -m tests.upgrades.archives DATA_DIR COMMIT KEPT
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
LEFT_OUT = ("cache", "logs", "lock", "tmp")
"""What every start makes anew; the prompts among it are half a megabyte each."""

Row = dict[str, Any]


def unpack(archive: Path, data_dir: Path) -> Path:
    """Lay a kept data folder out, as the kill of its time has left it."""
    with tarfile.open(archive) as packed:
        packed.extractall(data_dir, filter="data")
    return data_dir


def rows(database: Path) -> dict[str, list[Row]]:
    """Every row of every table of ours; `database` is read in place, so its log may be folded in."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        names = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith(("history_", "sqlite_"))
        ]
        return {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in names}


def schema_number(database: Path) -> int:
    """Which migration a database is at."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def keep(data_dir: Path, commit: str, kept: Path) -> str:
    """Pack a data folder, unless one of its schema and shape is there already: then the newer takes its place."""
    with tempfile.TemporaryDirectory() as copied:
        copy = Path(copied) / "data"
        shutil.copytree(data_dir, copy)
        shape, schema = _shape(copy), schema_number(copy / "voicebox.db")
    mark = hashlib.sha256(shape.encode()).hexdigest()[:8]
    kept.mkdir(exist_ok=True)
    same = list(kept.glob(f"{schema:04}-{mark}-*.tar.xz"))
    for older in same:
        older.unlink()
    archive = kept / f"{schema:04}-{mark}-{commit[:7]}.tar.xz"
    with tarfile.open(archive, "w:xz", preset=9) as packed:
        for entry in sorted(data_dir.iterdir()):
            if entry.name not in LEFT_OUT and not entry.name.endswith("-shm"):
                packed.add(entry, entry.name)
    return f"schema {schema}, shape {mark}, {archive.stat().st_size} bytes{', in place of another' if same else ''}"


def _shape(data_dir: Path) -> str:
    """What work that waits or is under way is told, by the names of it: today's program must go on with that."""
    kinds = {
        (job["kind"], *sorted(json.loads(job["payload"])))
        for job in rows(data_dir / "voicebox.db")["jobs"]
        if job["status"] in ("queued", "running")
    }
    return json.dumps(sorted(kinds))


if __name__ == "__main__":
    print(keep(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
