from __future__ import annotations

import pytest

from sidecar.errors import InvalidParams
from sidecar.text.dialogue.fountain import read_fountain
from sidecar.text.dialogue.parts import Break, Heading, Part, Said, Unsaid

SCREENPLAY = f"""\
Title: The *Big* Fish
Author: Somebody

# Act one

INT. KITCHEN - NIGHT #1A#

The kettle sings.
Steam everywhere.

ANNA (V.O.)
(cheerfully)
Nice _day_ for **it**!
{"  "}
Is it not?

ÉMILE (whispering) ^
It is. [[a note
over lines]] Really.

/* cut
ANNA
No.
*/

= They drink.

@McAvoy
~La la.

> CUT TO:

CUT TO:

.THE GARDEN

THE END

===
"""


def read(text: str, narrated: bool = False, scenes: bool = False) -> list[Part]:
    return [
        part
        for part in read_fountain(text, narrated, scenes)
        if not (isinstance(part, Break) and part.kind == "paragraph")
    ]


def test_a_screenplay_gives_what_its_characters_say_and_how() -> None:
    assert [part for part in read(SCREENPLAY) if isinstance(part, Said)] == [
        Said(11, "ANNA", "Nice day for it! Is it not?", ("cheerfully",)),
        Said(17, "ÉMILE", "It is. Really.", ("whispering",)),
        Said(28, "McAvoy", "La la."),
    ]


def test_sections_are_chapters_and_scenes_are_so_if_asked() -> None:
    assert [part for part in read(SCREENPLAY) if isinstance(part, Heading)] == [Heading(4, "Act one")]
    assert [part for part in read(SCREENPLAY, scenes=True) if isinstance(part, Heading)] == [
        Heading(4, "Act one"),
        Heading(6, "INT. KITCHEN - NIGHT"),
        Heading(35, "THE GARDEN"),
    ]


def test_action_is_the_narrators_if_there_is_one_and_told_of_if_there_is_none() -> None:
    spoken = [part for part in read(SCREENPLAY, narrated=True) if isinstance(part, Said) and part.speaker is None]
    assert spoken == [Said(8, None, "The kettle sings. Steam everywhere."), Said(37, None, "THE END")]
    assert [part.number for part in read(SCREENPLAY) if isinstance(part, Unsaid)] == [8, 37]


def test_scenes_transitions_and_page_breaks_part() -> None:
    assert [part.number for part in read(SCREENPLAY) if isinstance(part, Break)] == [6, 31, 33, 35, 39]


def test_marks_force_what_a_line_is() -> None:
    assert read("!ANNA\nShe waits.\n\n> centred <\n\n\\*stars\\*", narrated=True) == [
        Said(1, None, "ANNA She waits."),
        Said(4, None, "centred"),
        Said(6, None, "*stars*"),
    ]


@pytest.mark.parametrize("text", ["\n/* never\nends", "ANNA\n[[note\n\nHello."])
def test_a_comment_or_note_that_does_not_end_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(InvalidParams, match="Line 2 of the script"):
        read(text)
