"""Which modules and files belong into the bundle of a variant: for the recipe, `sidecar.spec`."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

from variants import ARCHITECTURES, TORCH_SOURCES, UNUSED_FILES, WITH_DATA, Variant

from sidecar.engines.specs import ENGINES
from sidecar.services.system import PACKAGES
from sidecar.text.normalise_wording import LANGUAGES

ESPEAK_LANGUAGES = ("en", *(language for engine in ENGINES for language in engine.extra_languages))
"""English too, since its words occur in other languages' sentences."""
LOCALES = ("root", *LANGUAGES)


class Contents:
    """The contents of one variant's bundle."""

    def __init__(self, variant: Variant) -> None:
        self._excluded = variant.excludes

    @property
    def packages(self) -> list[str]:
        """The top packages that are imported by a name in a string, which PyInstaller cannot see."""
        named = (module for engine in ENGINES for module in (*engine.modules, *engine.extra_modules))
        return ["sidecar", *self._inside(named)]

    @property
    def architectures(self) -> list[str]:
        """The packages of transformers that are imported in the same way."""
        return [f"transformers.models.{name}" for name in ARCHITECTURES if self._inside(["transformers"])]

    @property
    def with_data(self) -> list[str]:
        """The packages whose data files, and libraries that they load by themselves, are to be collected."""
        return self._inside(WITH_DATA)

    @property
    def with_metadata(self) -> list[str]:
        """The distributions whose versions `system.info` tells."""
        return [name for name in PACKAGES if self._inside([name.replace("-", "_")])]

    def wants_file(self, file: str) -> bool:
        """Whether a file belongs into the bundle; `file` is its place there."""
        path = Path(file)
        if any(fnmatchcase(path.as_posix(), pattern) for pattern in UNUSED_FILES):
            return False
        match path.parts:
            case ("babel", "locale-data", name):
                return name.partition(".")[0].partition("_")[0] in LOCALES
            case ("espeakng_loader", "espeak-ng-data", name) if name.endswith("_dict"):
                return name.removesuffix("_dict") in ESPEAK_LANGUAGES
            case ("torch", *_, name) if name.endswith(".py"):
                return any(fnmatchcase(path.as_posix(), pattern) for pattern in TORCH_SOURCES)
        return self.wants_module(path.with_suffix("").as_posix().replace("/", "."))

    def wants_module(self, module: str) -> bool:
        """Whether a module belongs into the bundle: of transformers' architectures, most do not."""
        match module.split("."):
            case ("transformers", "models", name, _, *_):
                return name in ARCHITECTURES
        return True

    def wants_metadata(self, folder: str, modules: Iterable[str]) -> bool:
        """Whether a folder is no package's metadata, or that of one with any of these top modules.

        The hook of transformers brings the metadata of whatever could work with it and is installed.
        """
        name, is_metadata, _ = folder.partition(".dist-info")
        if not is_metadata:
            return True
        owners = packages_distributions()
        inside = {_plain(owner) for module in modules for owner in owners.get(module, ())}
        return _plain(name.rpartition("-")[0]) in inside

    def _inside(self, modules: Iterable[str]) -> list[str]:
        return [module for module in modules if module not in self._excluded and find_spec(module)]


def _plain(distribution: str) -> str:
    return distribution.replace("-", "_").lower()
