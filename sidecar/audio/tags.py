"""What a file says of itself to a player."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tags:
    """Title, who speaks, the words, the day (YYYY-MM-DD) and the program that made it; None where there is nothing."""

    title: str | None = None
    artist: str | None = None
    text: str | None = None
    date: str | None = None
    software: str | None = None

    def named(self, text: str, software: str) -> dict[str, str]:
        """By FFmpeg's names; those of the words and of the program are the format's, as players differ on them."""
        everything = {
            "title": self.title,
            "artist": self.artist,
            "date": self.date,
            text: self.text,
            software: self.software,
        }
        return {name: value for name, value in everything.items() if value}
