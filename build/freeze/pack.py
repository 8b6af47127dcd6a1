"""The archives of a bundle: one of the program, and one of its models, which hardly compress and seldom change."""

from __future__ import annotations

import lzma
import tarfile
from pathlib import Path

LEVEL = 6
"""Of xz: higher ones gain a few per mille and take far more memory to unpack."""


def pack(bundle: Path, models: Path) -> tuple[Path, Path]:
    """Make BUNDLE.tar.xz and BUNDLE-models.tar beside a bundle; unpacked in one place, they are the bundle again."""
    program, beside = archives(bundle)
    with lzma.open(program, "wb", preset=LEVEL) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(
            bundle, bundle.name, filter=lambda member: None if _lies_in(member.name, bundle, models) else member
        )
    with tarfile.open(beside, "w") as archive:
        archive.add(models, models.relative_to(bundle.parent).as_posix())
    return program, beside


def archives(bundle: Path) -> tuple[Path, Path]:
    """Where the archives of a bundle are, or would be."""
    return bundle.with_name(f"{bundle.name}.tar.xz"), bundle.with_name(f"{bundle.name}-models.tar")


def _lies_in(name: str, bundle: Path, folder: Path) -> bool:
    return bundle.parent.joinpath(name).is_relative_to(folder)
