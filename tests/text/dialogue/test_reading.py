"""The whole way from a script to its lines: nothing of it is lost, whatever it is written in."""

from __future__ import annotations

import csv
import io
import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.errors import InvalidParams
from sidecar.text.dialogue.gaps import gap_after
from sidecar.text.dialogue.lines import Dialogue, DialogueLine
from sidecar.text.dialogue.reading import Format, Manner, format_of, read_dialogue

Script = list[tuple[str, str]]

SPEAKERS = st.sampled_from(["Anna", "Ben", "Dr. Oak", "Élodie"])
WORD = st.text(string.ascii_letters + "éüß", min_size=1, max_size=8)
SPEECH = st.lists(WORD, min_size=1, max_size=8).map(lambda words: " ".join(words) + ".")
SCRIPTS = st.lists(st.tuples(SPEAKERS, SPEECH), min_size=1, max_size=12)


def in_plain(script: Script) -> str:
    return "\n".join(f"{speaker}: {text}" for speaker, text in script)


def in_markdown(script: Script) -> str:
    return "\n\n".join(f"**{speaker}:** {text}" for speaker, text in script)


def in_fountain(script: Script) -> str:
    return "\n\n".join(f"@{speaker}\n{text}" for speaker, text in script)


def in_csv(script: Script) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([("speaker", "text"), *script])
    return file.getvalue()


def read(text: str, written_in: Format = "plain", **manner: bool) -> Dialogue:
    return read_dialogue(text, written_in, Manner(**manner))


def spoken(dialogue: Dialogue) -> list[tuple[str | None, str]]:
    return [(line.speaker, line.text) for line in dialogue.lines]


@pytest.mark.parametrize(
    ("write", "written_in"),
    [(in_plain, "plain"), (in_markdown, "markdown"), (in_fountain, "fountain"), (in_csv, "csv")],
)
@settings(deadline=None)
@given(script=SCRIPTS)
def test_every_speech_is_one_line_of_its_speakers(
    write: Callable[[Script], str], written_in: Format, script: Script
) -> None:
    dialogue = read(write(script), written_in)
    assert spoken(dialogue) == script
    assert dialogue.unsaid == []


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="[]()\\\0\r")), max_size=12))
def test_every_word_of_a_plain_text_is_in_exactly_one_line(lines: list[str]) -> None:
    text = "\n".join(lines)
    words = [word for word in text.split() if any(char.isalnum() for char in word)]
    try:
        dialogue = read_dialogue(text, "plain", Manner(names=frozenset()))
    except InvalidParams:
        assert words == []
        return
    heard = " ".join(line.text for line in dialogue.lines).split()
    assert [word for word in heard if any(char.isalnum() for char in word)] == words


@pytest.mark.parametrize("written_in", ["plain", "markdown", "fountain", "csv"])
@settings(deadline=None)
@given(text=st.text(st.sampled_from('\n\n  AnnaB:.,;[]()*_#>@!=~^-/\\"“：\t\r\0é小3'), max_size=80))  # noqa: RUF001
def test_whatever_is_written_is_read_or_refused_and_lines_are_in_order(written_in: Format, text: str) -> None:
    try:
        dialogue = read(text if written_in != "csv" else f"speaker,text,pause_s\n{text}", written_in, narrated=True)
    except InvalidParams:
        return
    numbers = [line.number for line in dialogue.lines]
    assert numbers == sorted(numbers)
    assert all(any(char.isalnum() for char in line.text) for line in dialogue.lines)


@given(SCRIPTS)
def test_each_line_tells_where_it_begins_in_the_script(script: Script) -> None:
    text = in_plain(script).replace(".\n", ".\n\n")
    for line in read(text).lines:
        assert text.split("\n")[line.number - 1] == f"{line.speaker}: {line.text}"


def test_lines_below_a_speakers_go_on_with_his_and_a_blank_line_ends_it() -> None:
    dialogue = read("Anna:\nHello.\n  How are you?\n\nShe waits.\r\n\r\nShe waits on.\nben: no name.")
    assert dialogue.lines == [
        DialogueLine(1, "Anna", "Hello. How are you?", boundary="paragraph"),
        DialogueLine(5, None, "She waits.", boundary="paragraph"),
        DialogueLine(7, None, "She waits on. ben: no name."),
    ]


def test_a_name_has_the_spelling_that_it_has_first() -> None:
    assert spoken(read("Anna: One.\nANNA: Two.\nAnna  : Three.")) == [
        ("Anna", "One."),
        ("Anna", "Two."),
        ("Anna", "Three."),
    ]


def test_pauses_between_lines_add_up_and_those_before_the_first_lead_in() -> None:
    dialogue = read("[pause 1s]\n\nAnna: One. [pause 2s]\n\n[pause 0.5s]\n\nBen: [pause 1s] Two.")
    assert dialogue.lead_s == 1
    assert [line.pause_after_s for line in dialogue.lines] == [3.5, None]


def test_a_chapter_begins_with_the_line_below_its_heading() -> None:
    dialogue = read("# Book\n## One\nAnna: Hello.\n\n# Two\n\nText.\n\n# Empty", "markdown")
    assert [(line.chapter, line.boundary) for line in dialogue.lines] == [
        ("Book – One", "chapter"),  # noqa: RUF001  # a dash
        ("Two", "chapter"),
    ]
    assert [(told.number, "Empty" in told.what) for told in dialogue.unsaid] == [(9, True)]


def test_headings_are_spoken_if_asked() -> None:
    dialogue = read("# One\n\nAnna: Hello.\n", "markdown", speak_headings=True)
    assert dialogue.lines == [
        DialogueLine(1, None, "One", (), "One", "paragraph"),
        DialogueLine(3, "Anna", "Hello.", boundary="paragraph"),
    ]


def test_a_table_has_pauses_chapters_and_directions_too() -> None:
    rows = ["speaker;text;pause_s;chapter;direction", "Anna;Hello.;1.5;One;softly", ";Text [sighs].;;;", ";;2;;"]
    assert read("\n".join([*rows, ";;;Two;", "Ben;Hi;;;"]), "csv").lines == [
        DialogueLine(2, "Anna", "Hello.", ("softly",), "One", pause_after_s=1.5),
        DialogueLine(3, None, "Text.", ("sighs",), None, "chapter", 2.0),
        DialogueLine(6, "Ben", "Hi", (), "Two"),
    ]


@pytest.mark.parametrize(
    ("text", "written_in", "line"),
    [
        ("Anna: Hello.\n\nBen:\n\nHello.", "plain", 3),
        ("Anna: Hello.\n[pause two seconds]", "plain", 1),
        ("Anna: Hello.\n\0", "plain", 2),
        ("speaker,text,pause_s\nAnna,Hello,long", "csv", 2),
        ("speaker,text,pause_s\nAnna,Hello,-1", "csv", 2),
        ("speaker,text,pause_s\nAnna,,1", "csv", 2),
        ("speaker,words\nAnna,Hello", "csv", 1),
    ],
)
def test_nonsense_is_refused_with_its_line(text: str, written_in: Format, line: int) -> None:
    with pytest.raises(InvalidParams, match=f"Line {line} ") as fault:
        read(text, written_in)
    assert fault.value.data["errors"][0]["line"] == line


@pytest.mark.parametrize("text", ["", "\n \n", "* * *\n", "[She leaves.]"])
def test_a_script_in_which_nothing_is_spoken_is_refused(text: str) -> None:
    with pytest.raises(InvalidParams, match="Nothing in the script is spoken"):
        read(text)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.md", "Anna: Hello.", "markdown"),
        ("A.TXT", "# Title", "plain"),
        ("a.fountain", "Anna: Hello.", "fountain"),
        ("a.tsv", "", "csv"),
        (None, "Anna: Hello.\nBen: # no", "plain"),
        ("script", "\ufeff# One\n\nText.", "markdown"),
        (None, "**Anna:** Hello.", "markdown"),
        (None, "Title: Fish\n\nFADE IN:", "fountain"),
        (None, "She waits.\n\nINT. KITCHEN - DAY\n\nANNA\nHello.", "fountain"),
        (None, '"speaker";"text"\nAnna;Hello', "csv"),
        (None, "text, speaker and more", "plain"),
    ],
)
def test_what_a_script_is_written_in_is_told_by_its_name_or_its_look(
    name: str | None, text: str, expected: Format
) -> None:
    assert format_of(name, text) == expected


def line(speaker: str = "Anna", text: str = "Yes.", **more: object) -> DialogueLine:
    return DialogueLine(1, speaker, text, **more)  # type: ignore[arg-type]


def test_gaps_grow_from_the_same_speaker_to_another_and_to_ends_of_parts() -> None:
    answer = line("Ben")
    gaps = [
        gap_after(line(), line()),
        gap_after(line(), answer),
        gap_after(line(text="Yes?”"), answer),
        gap_after(line(boundary="paragraph"), line()),
        gap_after(line(boundary="scene"), line()),
        gap_after(line(boundary="chapter"), answer),
    ]
    assert gaps == [0.3, 0.5, 0.6, 0.6, 1.5, 2.5]


def test_a_pause_that_is_asked_for_is_exact_and_others_follow_the_gap_between_speakers() -> None:
    assert gap_after(line(pause_after_s=0.0), line("Ben")) == 0
    assert gap_after(line(pause_after_s=7.25), None, gap_s=2.0) == 7.25
    assert gap_after(line(), line("Ben"), gap_s=0.25) == 0.25
    assert gap_after(line(), line(), gap_s=0.25) == 0.15
    assert gap_after(line(), None) == 0
