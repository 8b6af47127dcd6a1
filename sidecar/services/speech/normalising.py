"""Whether text can be put into words as it is read aloud, said before a job exists."""

from __future__ import annotations

from importlib.util import find_spec

from sidecar.errors import Unsupported
from sidecar.text.normalise_wording import require_language

EXTRA = "normalise"
PACKAGES = ("babel", "unicode_rbnf")
"""What every language but English needs."""


def require_normalising(language: str) -> None:
    """Raise `Unsupported` unless numbers of this language (ISO 639-1) can be put into words here."""
    require_language(language)
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing and language != "en":
        raise Unsupported(
            f"Putting numbers into words of {language!r} needs the packages {', '.join(missing)}; install "
            f"voicebox-sidecar with the extra {EXTRA!r}, or leave out normalise.",
            language=language,
            extra=EXTRA,
        )
