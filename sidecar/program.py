"""How this program starts itself again in another role."""

from __future__ import annotations

import sys
from pathlib import Path


def own_command(*arguments: str) -> list[str]:
    """The command line that runs this program, installed or frozen, with these arguments."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "sidecar", *arguments]


def built_in_models() -> Path | None:
    """The folder of the models inside this program, where it is frozen. Nothing is ever written there."""
    inside = getattr(sys, "_MEIPASS", None)
    return Path(inside) / "models" if inside else None
