"""Where models may lie: this program's folders, the cache that it shares with others, and what came with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sidecar.engines.model_files import repository_dir, snapshot_dir
from sidecar.services.models.table import ModelEntry

HUB = "hub"
"""In a folder of ours, the cache of what was downloaded; beside it lies one plain folder for each installed model."""


class ModelPlaces:
    """The folders of models, the home first: that is where new ones go.

    What is downloaded goes into a cache in the hub client's own layout: that of the home, or the one shared with other
    programs where the user has named that (`HF_HOME`, `HF_HUB_CACHE`). What lies in `built_in` came with the program:
    it is read where nothing else is there, and never written to, moved or removed.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        shared: Path | None = None,
        shared_first: bool = False,
        built_in: Path | None = None,
    ) -> None:
        self._folders = list(folders)
        self._shared = [shared] if shared else []
        self._shared_first = shared_first
        self._built_in = [built_in] if built_in else []

    @property
    def home(self) -> Path:
        """Where new models go."""
        return self._folders[0]

    def settle(self, home: Path) -> None:
        """Make another folder the home; the others are still looked through."""
        self._folders = [home, *(folder for folder in self._folders if folder != home)]

    def candidates(self, entry: ModelEntry) -> list[Path]:
        """Every folder that this model may lie in, the preferred first."""
        plain = [folder / entry.id for folder in self._folders]
        built_in = [folder / entry.id for folder in self._built_in]
        if entry.repository is None:
            return [*plain, *built_in]
        snapshots = [snapshot_dir(cache, entry.repository, entry.revision) for cache in self._caches()]
        return [*plain, *snapshots, *built_in]

    def download_cache(self, entry: ModelEntry) -> Path:
        """The cache that a download goes into: one that has begun goes on where it is."""
        begun = [cache for cache in self._caches() if repository_dir(cache, entry.repository or "").exists()]
        return [*begun, *self._caches()][0]

    def is_ours(self, path: Path) -> bool:
        """Whether a path lies in a folder of this program, not in what others use too."""
        return any(path.is_relative_to(folder) for folder in (*self._folders, *self._built_in)) and not any(
            path.is_relative_to(cache) for cache in self._shared
        )

    def is_built_in(self, path: Path) -> bool:
        """Whether a path lies in the folder of models that came with the program."""
        return any(path.is_relative_to(folder) for folder in self._built_in)

    def _caches(self) -> list[Path]:
        own = [folder / HUB for folder in self._folders]
        return [*self._shared, *own] if self._shared_first else [*own, *self._shared]
