"""Names for files that every system takes: Windows, macOS and Linux alike."""

from __future__ import annotations

import unicodedata

LONGEST_BYTES = 120
"""Of a whole name in UTF-8: far below the 255 that file systems take, so that a folder's path fits before it too."""
_FORBIDDEN = frozenset('<>:"/\\|?*')
"""By Windows (Microsoft, "Naming Files, Paths, and Namespaces"); other systems forbid less."""


def numbered_name(position: int, count: int, words: str, suffix: str) -> str:
    """A name like "007 The words.mp3", unlike any other of `count` and in their order; `position` counts from 1.

    The number also keeps the name from being one that Windows reserves (CON, NUL, COM1 …), from beginning with a dot,
    and from being empty where `words` has nothing that a name can hold.
    """
    number = str(position).zfill(len(str(count)))
    room = LONGEST_BYTES - len(f"{number} {suffix}".encode())
    kept = _plain(words).encode()[:room].decode(errors="ignore").rstrip(" .")
    return f"{number} {kept}".rstrip() + suffix


def _plain(words: str) -> str:
    """One line in composed characters, without what Windows forbids or nobody sees."""
    composed = unicodedata.normalize("NFC", words)
    shown = (" " if char in _FORBIDDEN or char.isspace() else char for char in composed)
    return " ".join("".join(char for char in shown if not unicodedata.category(char).startswith("C")).split())
