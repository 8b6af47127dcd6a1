"""Texts where there is room for so many characters only."""

from __future__ import annotations


def shortened(text: str, chars: int) -> str:
    """The text, or its first characters with a sign that more follows."""
    return text if len(text) <= chars else f"{text[: chars - 1]}…"
