"""The extra that pictures and timelines for other programs need."""

from __future__ import annotations

from importlib.util import find_spec

from sidecar.errors import Unsupported

EXTRA = "studio"


def require_package(module: str, what: str) -> None:
    """Raise `Unsupported` unless a package of the extra is installed; `what` needs it, and begins the message."""
    if find_spec(module) is None:
        raise Unsupported(
            f"{what} need the package {module}; install voicebox-sidecar with the extra {EXTRA!r}.",
            packages=[module],
            extra=EXTRA,
        )
