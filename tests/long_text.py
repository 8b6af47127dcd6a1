"""A text of any length in which every sentence is another one, so that none can be lost or doubled unnoticed."""

from __future__ import annotations

from itertools import product

_WHO = ("The miller", "A sailor", "My aunt", "The doctor", "Our neighbour", "The teacher", "A stranger", "The baker")
_DOES = ("bought", "lost", "painted", "carried", "found", "hid", "sold", "mended")
_WHAT = ("a green boat", "an old lamp", "two wooden chairs", "the silver key", "a heavy coat", "three small bells")
_WHERE = ("by the river", "in the garden", "near the church", "behind the station", "at the market", "under the bridge")
_WHEN = ("on Monday", "before the storm", "after supper", "in the spring", "late at night", "early in the morning")
SENTENCES_A_PARAGRAPH = 6


def sentences(chars: int) -> list[str]:
    """As many sentences as take about so many characters, no two alike."""
    chosen: list[str] = []
    length = 0
    for when, where, what, does, who in product(_WHEN, _WHERE, _WHAT, _DOES, _WHO):
        if length >= chars:
            return chosen
        chosen.append(f"{who} {does} {what} {where} {when}.")
        length += len(chosen[-1]) + 1
    raise ValueError(f"There are only {length} characters.")


def paragraphs(chosen: list[str]) -> str:
    """The sentences as a text."""
    starts = range(0, len(chosen), SENTENCES_A_PARAGRAPH)
    return "\n\n".join(" ".join(chosen[start : start + SENTENCES_A_PARAGRAPH]) for start in starts)
