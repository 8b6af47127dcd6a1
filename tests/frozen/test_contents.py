"""What is in the folder that an app ships: no more than it should, and a licence for all of it."""

from __future__ import annotations

from importlib import metadata

import pytest
from PyInstaller.archive.readers import CArchiveReader

from tests.frozen.bundle import Bundle

WITH_TORCH = {"torch", "transformers", "qwen_tts", "librosa", "numba", "sympy"}
FOR_DEVELOPERS = {"_pytest", "hypothesis", "mypy", "pip", "pytest"}


@pytest.fixture(scope="module")
def packages(bundle: Bundle) -> set[str]:
    """The top-level names of all that can be imported in the program."""
    archive = CArchiveReader(str(bundle.program))
    (inner,) = (name for name in archive.toc if name.endswith(".pyz"))
    modules = archive.open_embedded_archive(inner).toc
    files = (path.name for path in (bundle.folder / "_internal").iterdir())
    return {name.partition(".")[0] for name in (*modules, *files)}


def test_minimal_holds_nothing_of_torch(bundle: Bundle, packages: set[str]) -> None:
    if bundle.variant != "minimal":
        pytest.skip(f"this is the bundle {bundle.variant}")
    assert packages & WITH_TORCH == set()


def test_no_tools_for_developers_are_in_it(packages: set[str]) -> None:
    assert packages & FOR_DEVELOPERS == set()


def test_every_package_in_it_has_its_licence_beside_it(bundle: Bundle, packages: set[str]) -> None:
    owners = metadata.packages_distributions()
    bundled = {_plain(owner) for name in packages for owner in owners.get(name, ())}
    licences = bundle.folder / "licences"
    rows = [line.split(" | ") for line in (licences / "INDEX.txt").read_text("utf-8").splitlines() if " | " in line]
    assert {"numpy", "onnxruntime", "pydantic", "pyyaml"} <= bundled
    assert bundled - {_plain(row[0]) for row in rows} == set()
    assert [row for row in rows[1:] if (licences / row[3]).stat().st_size < 200] == []


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
