"""Who speaks, how, and what: names before a colon, directions in brackets, marks of pauses.

A speaker is named at the start of a line by at most four words and forty characters before a colon, behind which there
is a space or the line's end (or by any name before a full-width colon). What is behind the colon of a time, an address
or a path is no speech. A backslash before the colon says that there is no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass

from sidecar.text.chunks import MAX_PAUSE_S, PAUSE_MARK, is_sayable, without_marks
from sidecar.text.dialogue.parts import Break, Part, Pause, Said, Unsaid, refusal

Names = Set[str] | None
"""The keys (see `name_key`) of the speakers that there are; None if nobody has said, so that any name may be one."""

MOST_WORDS = 4
MOST_CHARS = 40
_CUE = re.compile(
    r"\s*(?P<name>[^\W_][^:：()\[\]\\!?;\"“”«»]*?)\s*"  # noqa: RUF001  # the full-width colon is meant
    r"(?:\((?P<direction>[^()]*)\)\s*)?(?::(?=\s|$)|：)\s*(?P<text>.*)"  # noqa: RUF001
)
_ESCAPED_COLON = re.compile(r"\\(?=[:：])")  # noqa: RUF001
_BRACKETS = re.compile(r"(\s*)\[([^\[\]]*)\]([.,;:!?…])?")
_LEADING_DIRECTION = re.compile(r"\s*\(([^()]*)\)\s*")
_LONE_DIRECTION = re.compile(r"^\s*\(([^()]*)\)\s*$", re.MULTILINE)
_FIRST_MARK = re.compile(rf"\s*(?:{PAUSE_MARK.pattern})\s*", re.IGNORECASE)
_LAST_MARK = re.compile(rf"\s*(?:{PAUSE_MARK.pattern})\s*$", re.IGNORECASE)
_LIKE_A_MARK = re.compile(r"pause\b", re.IGNORECASE)
# Lower-case words within names: "the Duke of York", "Vincent van Gogh", "Tom and Ann".
_PARTICLES = frozenset(("a", "an", "and", "da", "de", "del", "der", "di", "du", "e", "el", "et", "la", "le"))
_PARTICLES |= frozenset(("of", "the", "und", "van", "vom", "von", "y", "zu"))


@dataclass(frozen=True)
class Cue:
    """A line that names its speaker, with what is in parentheses behind the name."""

    name: str
    directions: tuple[str, ...]
    text: str


def name_key(name: str) -> str:
    """What makes two names one: their letters, whatever the case and the spaces."""
    return " ".join(name.split()).casefold()


def find_cue(line: str, names: Names) -> Cue | None:
    """The speaker whom a line names, if it does: one of `names`, or else what looks like a name."""
    match = _CUE.fullmatch(line)
    if match is None or names == frozenset():
        return None
    name = " ".join(match["name"].split())
    if len(name) > MOST_CHARS or len(name.split()) > MOST_WORDS:
        return None
    if name_key(name) not in (names or ()) and not _looks_like_a_name(name):
        return None
    direction = (match["direction"] or "").strip()
    return Cue(name, (direction,) if direction else (), match["text"])


def said(number: int, speaker: str | None, text: str, directions: tuple[str, ...] = ()) -> Iterator[Part]:
    """What is spoken of a text, and around it the pauses; in brackets are directions, which are not spoken.

    So are parentheses that stand before the words or have a line to themselves; others are words as any.

    Raises:
        InvalidParams: a pause that is none, or too long; a name with nothing to say.

    """
    text, found = _without_directions(number, text)
    directions += found
    before, text, after = _edge_pauses(number, text)
    if before is not None:
        yield Pause(number, before)
    if is_sayable(without_marks(text)):
        yield Said(number, speaker, _ESCAPED_COLON.sub("", text), directions)
    elif text:
        yield Unsaid(number, f"{text[:40]!r} has no word in it; a short pause stands for it")
        yield Break(number, "paragraph")
    elif speaker and before is None and not directions:
        raise refusal(number, f"{speaker} has nothing to say; write the words behind the colon or directly below it.")
    if directions and not is_sayable(without_marks(text)):
        yield Unsaid(number, f"the direction {'; '.join(directions)!r} is nobody's who speaks")
    if after is not None:
        yield Pause(number, after)


def require_pause(number: int, seconds: float) -> float:
    """The seconds of a pause. Raises `InvalidParams` if there are too many or fewer than none."""
    if not 0 <= seconds <= MAX_PAUSE_S:
        raise refusal(
            number, f"a pause of {seconds:g} s is not possible; 0 to {MAX_PAUSE_S:g} s are, one after the other."
        )
    return seconds


def _looks_like_a_name(name: str) -> bool:
    """Capitals or digits at the start of every word but of particles, and of the first one; scripts may have none."""
    words = name.split()
    return not words[0][0].islower() and all(not word[0].islower() or word in _PARTICLES for word in words)


def _without_directions(number: int, text: str) -> tuple[str, tuple[str, ...]]:
    """The words in one line, with the marks of pauses that are within them, and what stands in brackets."""
    directions: list[str] = []

    def take(match: re.Match[str]) -> str:
        bracket, behind = f"[{match[2]}]", match[3] or ""
        if PAUSE_MARK.fullmatch(bracket):
            return match[0]
        if _LIKE_A_MARK.match(match[2].strip()):
            raise refusal(number, f"{bracket!r} is no pause; write its seconds like this: [pause 1.5s].")
        directions.append(match[2])
        return behind or " "

    text = _LONE_DIRECTION.sub(r"[\1]", text)
    while leading := _LEADING_DIRECTION.match(text):
        directions.append(leading[1])
        text = text[leading.end() :]
    text = " ".join(_BRACKETS.sub(take, text).split())
    return text, tuple(" ".join(direction.split()) for direction in directions if direction.strip())


def _edge_pauses(number: int, text: str) -> tuple[float | None, str, float | None]:
    """The seconds of silence that are asked for before and after the words, None where none is, and the words."""
    before = after = None
    while first := _FIRST_MARK.match(text):
        before = (before or 0.0) + require_pause(number, float(first[1]))
        text = text[first.end() :]
    while last := _LAST_MARK.search(text):
        after = (after or 0.0) + require_pause(number, float(last[1]))
        text = text[: last.start()]
    return before, text, after
