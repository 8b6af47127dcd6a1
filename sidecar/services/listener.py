"""The client, as those see it who have much to tell."""

from __future__ import annotations

from typing import Any, Protocol


class Listener(Protocol):
    """Takes notifications, and says whether it reads them."""

    def send(self, method: str, params: dict[str, Any]) -> None:
        """Queue a notification."""

    async def has_room(self, patience_s: float) -> bool:
        """Wait until little is queued; whether that came about in time."""
