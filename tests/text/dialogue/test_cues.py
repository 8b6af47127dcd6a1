from __future__ import annotations

import pytest

from sidecar.errors import InvalidParams
from sidecar.text.dialogue.cues import find_cue, said
from sidecar.text.dialogue.parts import Break, Part, Pause, Said, Unsaid


def parts(text: str, speaker: str | None = "Anna") -> list[Part]:
    return list(said(3, speaker, text))


@pytest.mark.parametrize(
    ("line", "name", "text"),
    [
        ("Anna: Hello there.", "Anna", "Hello there."),
        ("  Anna :  Hello: you. ", "Anna", "Hello: you. "),
        ("ANNA MARIA:", "ANNA MARIA", ""),
        ("Dr. O'Brien: It is 12:30.", "Dr. O'Brien", "It is 12:30."),
        ("The Duke of York: See http://example.org", "The Duke of York", "See http://example.org"),
        ("Speaker 2: Yes", "Speaker 2", "Yes"),
        ("Élodie: Oui.", "Élodie", "Oui."),
        ("小明：你好。", "小明", "你好。"),  # noqa: RUF001  # a full-width colon
    ],
)
def test_a_name_before_a_colon_is_a_speaker(line: str, name: str, text: str) -> None:
    cue = find_cue(line, None)
    assert cue is not None
    assert (cue.name, cue.directions, cue.text) == (name, (), text)


@pytest.mark.parametrize(
    "line",
    [
        "http://example.org is a page.",
        "12:30 is the time.",
        "C:\\Users: that is where",
        "The truth was this: he had lied.",
        "“Anna: no,” she said.",
        "She came; Anna: too.",
        "He asked: why?",
        "One Two Three Four Five: no",
        f"{'A' * 41}: no",
        "Note\\: this is said.",
        "Anna - no colon",
        ": nobody",
        "Anna:no space",
    ],
)
def test_other_colons_name_nobody(line: str) -> None:
    assert find_cue(line, None) is None


def test_a_name_that_is_known_need_not_look_like_one() -> None:
    known = frozenset({"the truth was this", "anna"})
    assert find_cue("the  Truth was this: he had lied.", known) is not None
    assert find_cue("the lie was this: he had not.", known) is None


def test_an_unknown_name_is_found_too_for_others_to_refuse_but_none_if_nobody_speaks() -> None:
    assert find_cue("Ben: Hello.", frozenset({"anna"})) is not None
    assert find_cue("Ben: Hello.", frozenset()) is None


def test_what_is_in_parentheses_behind_a_name_is_a_direction() -> None:
    cue = find_cue("Anna (whispering): Hello.", None)
    assert cue is not None
    assert (cue.name, cue.directions, cue.text) == ("Anna", ("whispering",), "Hello.")


def test_brackets_anywhere_and_parentheses_in_front_or_alone_are_directions() -> None:
    assert parts("(softly) (very) Hello [sighs] there.\n(pours tea)\nTea (green) is good.") == [
        Said(3, "Anna", "Hello there. Tea (green) is good.", ("softly", "very", "sighs", "pours tea"))
    ]


def test_pauses_at_the_edges_are_silence_between_lines_and_add_up_others_stay_in_the_text() -> None:
    assert parts("[pause 1s][PAUSE 0.5 s] One. [pause 2s] Two. [pause 3s]") == [
        Pause(3, 1.5),
        Said(3, "Anna", "One. [pause 2s] Two."),
        Pause(3, 3.0),
    ]


def test_a_text_that_is_nothing_but_a_pause_or_a_direction_is_no_speech() -> None:
    assert parts("[pause 2s]") == [Pause(3, 2.0)]
    assert parts("[She leaves.]") == [Unsaid(3, "the direction 'She leaves.' is nobody's who speaks")]


def test_a_text_without_a_word_is_a_short_pause_that_is_told_of() -> None:
    told, pause = parts("…")
    assert isinstance(told, Unsaid)
    assert pause == Break(3, "paragraph")


def test_a_backslash_before_a_colon_is_not_spoken() -> None:
    assert parts("Note\\: this.", None) == [Said(3, None, "Note: this.")]


@pytest.mark.parametrize("text", ["Hello [pause 2].", "[pause]", "[Pause for effect] Hello", "[pause 61s]"])
def test_a_pause_that_is_none_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(InvalidParams, match="Line 3 of the script") as fault:
        parts(text)
    assert fault.value.data["errors"][0]["line"] == 3


def test_a_speaker_with_nothing_to_say_is_refused() -> None:
    with pytest.raises(InvalidParams, match=r"Line 3 .* Anna has nothing to say"):
        parts("  ")
