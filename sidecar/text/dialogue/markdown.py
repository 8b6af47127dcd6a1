"""Scripts in Markdown: headings are chapters, a rule parts two scenes, and a paragraph is read as plain text is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sidecar.text.dialogue.cues import Names
from sidecar.text.dialogue.parts import Break, Heading, Part, Unsaid
from sidecar.text.dialogue.plain import read_block

if TYPE_CHECKING:
    from markdown_it.token import Token

_NOT_READ = {"fence": "a block of code", "code_block": "a block of code", "html_block": "a block of HTML"}
_SILENT_INLINE = {"image": "an image", "html_inline": "an HTML tag"}


def read_markdown(text: str, names: Names) -> Iterator[Part]:
    """The parts of a text in CommonMark; a speaker's name may be bold, and emphasis and links are but their words."""
    # Not at the top: it takes 5 MB and a tenth of a second, for the few programs that are given a Markdown script.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").disable("text_join")
    heading = False
    for token in parser.parse(text):
        number = token.map[0] + 1 if token.map else 1
        if token.type == "heading_open":
            heading = True
        elif token.type == "inline" and heading:
            yield Heading(number, " ".join(_words(token).replace("\\", "").split()))
            heading = False
        elif token.type == "inline":
            yield from _silent(number, token)
            yield from read_block(number, _words(token).split("\n"), names)
            yield Break(number, "paragraph")
        elif token.type == "hr":
            yield Break(number, "scene")
        elif token.type in _NOT_READ:
            yield Unsaid(number, f"{_NOT_READ[token.type]} is not read")


def _words(inline: Token) -> str:
    """What is to be read of a paragraph or heading, line by line as it is written."""
    return "".join(map(_word, inline.children or ()))


def _word(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type in _SILENT_INLINE:
        return ""
    # That a colon is escaped matters to the search for names, which comes later.
    return f"\\{token.content}" if token.info == "escape" and token.content == ":" else token.content


def _silent(number: int, inline: Token) -> Iterator[Unsaid]:
    for token in inline.children or ():
        if token.type == "softbreak":
            number += 1
        elif token.type in _SILENT_INLINE:
            yield Unsaid(number, f"{_SILENT_INLINE[token.type]} is not read")
