"""Screenplays in Fountain (fountain.io/syntax): cues, dialogue and action; by hand, for the readers that there are know
neither lines' numbers nor names with accents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from sidecar.text.dialogue.cues import said
from sidecar.text.dialogue.parts import Break, Heading, Part, Unsaid, refusal

_UNREAD = re.compile(r"/\*.*?\*/|\[\[.*?\]\]", re.DOTALL)
_UNENDED = re.compile(r"/\*|\[\[")
_TITLE_KEY = re.compile(
    r"(title|credit|authors?|source|(draft )?date|contact|copyright|notes|revision|format)\s*:", re.IGNORECASE
)
_SCENE = re.compile(r"(?:int|ext|est|int\.?/ext|ext\.?/int|i/e)[. ]", re.IGNORECASE)
_SCENE_NUMBER = re.compile(r"\s*#[\w.\-]+#\s*$")
_CUE = re.compile(r"(?P<name>[^()^]+?)\s*(?P<extensions>(?:\([^()]*\)\s*)*)\^?\s*")
_EXTENSION = re.compile(r"\(([^()]*)\)")
# Where a voice comes from and that it goes on is for the picture; other words behind a name say how it sounds.
_PICTURE_EXTENSION = re.compile(r"v\.?\s?o\.?|o\.?\s?[sc]\.?|cont(.d|inued|\.)?|off|pre-?lap", re.IGNORECASE)
_EMPHASIS = re.compile(r"(?<!\\)(\*{1,3}|_)(?=\S)(.+?)(?<=\S)(?<!\\)\1")
_ESCAPE = re.compile(r"\\([*_])")


def read_fountain(text: str, narrated: bool, scenes: bool) -> Iterator[Part]:
    """The parts of a screenplay: sections are chapters, and scenes too if `scenes`; the action is spoken if `narrated`.

    Raises:
        InvalidParams: a comment or note that does not end.

    """
    lines = _without_comments(text).split("\n")
    numbered = list(enumerate(lines, 1))[_title_page(lines) :]
    for is_text, run in groupby(numbered, key=lambda line: bool(line[1].strip()) or _keeps_dialogue(line[1])):
        block = list(run)
        if is_text:
            yield from _read_block(block[0][0], [line.strip() for _, line in block], narrated, scenes)
        yield Break(block[-1][0], "paragraph")


def _keeps_dialogue(line: str) -> bool:
    """Two spaces make an empty line a part of the dialogue around it."""
    return line == "  "


def _without_comments(text: str) -> str:
    """The text with its lines, but without what is between `/*` and `*/` and between double brackets."""
    text = _UNREAD.sub(lambda match: "\n" * match[0].count("\n"), text)
    if unended := _UNENDED.search(text):
        number = text.count("\n", 0, unended.start()) + 1
        raise refusal(number, f"what begins with {unended[0]!r} does not end.")
    return text


def _title_page(lines: Sequence[str]) -> int:
    """How many lines the title page takes, which goes to the first empty line."""
    if not lines or not _TITLE_KEY.match(lines[0]):
        return 0
    return next((index for index, line in enumerate(lines) if not line.strip()), len(lines))


def _read_block(first: int, lines: Sequence[str], narrated: bool, scenes: bool) -> Iterator[Part]:
    """What stands between two empty lines: marked lines one by one, else a speech, or else action."""
    action: list[str] = []
    for index, line in enumerate(lines):
        number = first + index
        if not action and index + 1 < len(lines) and (cue := _cue(line)):
            yield from _speech(number, cue, lines[index + 1 :])
            return
        marked = _marked(number, line, scenes)
        if marked is None:
            action.append(line.removeprefix("!").strip("<> \t") if line[:1] in "!>" else line)
            continue
        yield from _action(number - len(action), action, narrated)
        action = []
        yield from marked
    yield from _action(first + len(lines) - len(action), action, narrated)


def _marked(number: int, line: str, scenes: bool) -> list[Part] | None:
    """What a line is by the mark at its start, or by its look; None if it is action."""
    if re.fullmatch(r"={3,}", line):
        return [Break(number, "scene")]
    if line.startswith("#"):
        return [Heading(number, _plain(line.strip("# ")))]
    if line.startswith("="):
        return []
    if _SCENE.match(line) or re.match(r"\.[^.]", line):
        title = _plain(_SCENE_NUMBER.sub("", line.removeprefix(".")))
        return [Heading(number, title)] if scenes else [Break(number, "scene")]
    is_transition = line.startswith(">") and not line.endswith("<")
    if is_transition or (line.isupper() and line.endswith("TO:")):
        return [Break(number, "scene")]
    return None


def _cue(line: str) -> tuple[str, tuple[str, ...]] | None:
    """A speaker's name, in capitals or behind an `@`, and how the words behind it say that he speaks."""
    forced = line.startswith("@")
    match = _CUE.fullmatch(line.removeprefix("@"))
    if match is None or line[:1] in ("!", ">", "#", "=", "~", ".") or _SCENE.match(line) or line.endswith("TO:"):
        return None
    if not forced and not match["name"].isupper():
        return None
    extensions = [extension.strip() for extension in _EXTENSION.findall(match["extensions"])]
    return _plain(match["name"]), tuple(words for words in extensions if not _PICTURE_EXTENSION.fullmatch(words))


def _speech(number: int, cue: tuple[str, tuple[str, ...]], lines: Sequence[str]) -> Iterator[Part]:
    name, directions = cue
    yield from said(number, name, "\n".join(_plain(line.removeprefix("~")) for line in lines), directions)


def _action(number: int, lines: Sequence[str], narrated: bool) -> Iterator[Part]:
    words = "\n".join(map(_plain, lines))
    if not words.strip():
        return
    if narrated:
        yield from said(number, None, words)
    else:
        yield Unsaid(number, f"the action {words[:40]!r} is not spoken, as no narrator is named")


def _plain(words: str) -> str:
    """Words without the marks of bold, italics and underline, which may stand within one another."""
    bare = _EMPHASIS.sub(r"\2", words)
    return _plain(bare) if bare != words else _ESCAPE.sub(r"\1", bare).strip()
