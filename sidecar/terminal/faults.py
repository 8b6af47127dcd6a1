"""What can go wrong at a terminal, and the exit codes that say so."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

EXIT_OK = 0
EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
"""What shells give a program that Ctrl-C has ended: 128 and the number of SIGINT."""


class UsageError(Exception):
    """What was typed makes no request; the message says what would."""


class Refused(Exception):
    """The sidecar answered with an error."""

    def __init__(self, method: str, error: dict[str, Any]) -> None:
        super().__init__(f"{method}: {in_words(error)}")
        self.kind: str | None = error.get("data", {}).get("kind")


class ChildEnded(Exception):
    """The sidecar ended before it answered, with this exit code."""

    def __init__(self, code: int, was_ready: bool) -> None:
        super().__init__(f"the sidecar ended with exit code {code} before it had answered; its log may say why")
        self.code = code
        self.was_ready = was_ready


def in_words(error: dict[str, Any]) -> str:
    """An error of the wire for people: its message, and every single fault where there are several."""
    faults = error.get("data", {}).get("errors", [])
    if len(faults) < 2:
        return str(error["message"])
    lines = (f"  {'.'.join(map(str, fault['loc'])) or 'params'}: {fault['message']}" for fault in faults)
    return "\n".join([error["message"], *lines])


def near(name: str, known: Iterable[str]) -> str:
    """A sentence that names what is spelt nearly like this, or nothing."""
    matches = difflib.get_close_matches(name, list(known), n=3)
    return f" Did you mean {' or '.join(matches)}?" if matches else ""
