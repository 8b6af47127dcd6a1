"""What comes from the pipe, as a terminal may be given it.

A name in somebody's bundle or a server's answer may hold what a terminal obeys: escape sequences, their one-character
forms (U+009B), marks that turn the line around.
"""

from __future__ import annotations

import json
import re
import unicodedata

_SUSPECT = re.compile(r"[^\n\t -~]")


def printable(text: str) -> str:
    """The text with all that does not print written as JSON escapes it, so that JSON stays the same JSON."""
    return _SUSPECT.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    # Blanks are no print to Python but for the ASCII one; Japanese and French are full of others.
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return json.dumps(character)[1:-1]
