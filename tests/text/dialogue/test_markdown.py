from __future__ import annotations

from sidecar.text.dialogue.markdown import read_markdown
from sidecar.text.dialogue.parts import Break, Heading, Part, Said, Unsaid

BOOK = """\
# Moby *Dick*

## Chapter 1\\. Loomings

Call me _Ishmael_. Some years ago, never mind
how long [precisely](http://example.org), I thought &amp; sailed.

**Anna:** Hello.
**Ben**: Hi `there`. ![a whale](whale.png)
Note\\: it is cold.

***

- Anna: One.
- Ben: Two

> Anna: Three.

```
code
```

<!-- a comment -->
"""


def read(text: str) -> list[Part]:
    return [part for part in read_markdown(text, None) if part != Break(part.number, "paragraph")]


def test_headings_paragraphs_and_names_are_read_without_their_marks() -> None:
    assert read(BOOK) == [
        Heading(1, "Moby Dick"),
        Heading(3, "Chapter 1. Loomings"),
        Said(5, None, "Call me Ishmael. Some years ago, never mind how long precisely, I thought & sailed."),
        Unsaid(9, "an image is not read"),
        Said(8, "Anna", "Hello."),
        Said(9, "Ben", "Hi there. Note: it is cold."),
        Break(12, "scene"),
        Said(14, "Anna", "One."),
        Said(15, "Ben", "Two"),
        Said(17, "Anna", "Three."),
        Unsaid(19, "a block of code is not read"),
        Unsaid(23, "a block of HTML is not read"),
    ]


def test_pauses_and_directions_are_as_in_plain_text() -> None:
    assert read("**Anna** (softly): Hello. [She waits.]\n\n*[Thunder.]*\n") == [
        Said(1, "Anna", "Hello.", ("softly", "She waits.")),
        Unsaid(3, "the direction 'Thunder.' is nobody's who speaks"),
    ]
