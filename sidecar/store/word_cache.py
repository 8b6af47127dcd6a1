"""Word times that were found once, on the disk: what a recogniser takes minutes for is read in a moment."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from sidecar.operating_system import replace
from sidecar.store.files import FileStore

Words = list[dict[str, Any]]


class WordCache:
    """One small file for each recording and text; the modification time is that of the last use. Files may vanish."""

    def __init__(self, files: FileStore) -> None:
        self._files = files

    def find(self, *key: str) -> Words | None:
        """The words that were kept under this key, or None."""
        path = self._path(key)
        try:
            words: Words = json.loads(path.read_bytes())
            os.utime(path)
        except (FileNotFoundError, ValueError):
            return None
        return words

    def keep(self, words: Words, *key: str) -> None:
        """Keep words; a kill leaves all of them or none."""
        temporary = self._files.temporary(".json")
        try:
            temporary.write_text(json.dumps(words, ensure_ascii=False), "utf-8")
            replace(temporary, self._path(key))
        finally:
            temporary.unlink(missing_ok=True)

    def _path(self, key: tuple[str, ...]) -> Path:
        return self._files.words / f"{hashlib.sha256(json.dumps(key).encode()).hexdigest()}.json"
