from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import InvalidParams
from sidecar.text.scripts import ScriptItem, from_json_lines, from_lines, from_paragraphs, from_table

COLUMNS = {"text": True, "title": True, "speed": False, "seed": False, "sampling.top_k": False, "effects": False}
LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n")), max_size=20)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), min_size=1).filter(
    lambda cell: cell == cell.strip() and cell
)


def lines_of(text: str) -> list[str]:
    """As a file gives them: each with its end."""
    return text.splitlines(keepends=True)


def texts(items: Iterator[ScriptItem]) -> list[tuple[int, str]]:
    return [(item.line, item.values["text"]) for item in items]


def table(text: str) -> list[ScriptItem]:
    return list(from_table(lines_of(text), COLUMNS))


def test_every_line_with_something_on_it_is_an_item() -> None:
    assert texts(from_lines(["One.\r\n", "\n", "  \t\n", "  Two. \n", "Three."])) == [
        (1, "One."),
        (4, "Two."),
        (5, "Three."),
    ]


def test_lines_between_blank_ones_are_a_paragraph() -> None:
    assert texts(from_paragraphs(lines_of("\n\nOne,\r\nstill one.\n \nTwo.\n\n\n\nThree.\n"))) == [
        (3, "One,\nstill one."),
        (6, "Two."),
        (10, "Three."),
    ]


@given(LINES)
def test_no_word_of_a_text_is_lost_by_lines_or_by_paragraphs(lines: list[str]) -> None:
    words = " ".join(lines).split()
    for split in (from_lines, from_paragraphs):
        items = list(split(line + "\n" for line in lines))
        assert " ".join(item.values["text"] for item in items).split() == words
        assert all(lines[item.line - 1].strip() for item in items)


def test_every_line_of_json_is_an_item() -> None:
    lines = ['{"text": "One.", "speed": 1.5}\n', "\n", '{"text": "Two.", "sampling": {"top_k": 5}}']
    assert list(from_json_lines(lines)) == [
        ScriptItem(1, {"text": "One.", "speed": 1.5}),
        ScriptItem(3, {"text": "Two.", "sampling": {"top_k": 5}}),
    ]


@pytest.mark.parametrize("line", ["{", "['text']", '{"speed": NaN}', "null", "[]", '"text"', "{} {}"])
def test_a_line_that_is_no_json_object_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(InvalidParams, match=r"^Line 3 of the file: .*\.$") as refusal:
        list(from_json_lines(['{"text": "One."}\n', "\n", line]))
    (error,) = refusal.value.data["errors"]
    assert (error["loc"], error["line"]) == (["path"], 3)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_separated_by_comma_semicolon_or_tab(delimiter: str) -> None:
    text = "title|text|speed\n,;|One, two; three.|1.5\n".replace("|", "\t")
    rows = list(csv.reader(io.StringIO(text), delimiter="\t"))
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(rows)
    assert table(written.getvalue()) == [ScriptItem(2, {"title": ",;", "text": "One, two; three.", "speed": 1.5})]


def test_cells_that_are_no_text_are_json_and_a_dot_leads_into_an_object() -> None:
    items = table(
        'text,speed,seed,sampling.top_k,effects\n007,1.5,42,50,"[{""type"": ""gain""}]"\ntrue,,,,\n"1.5", fast,4.0,,\n'
    )
    assert [item.values for item in items] == [
        {"text": "007", "speed": 1.5, "seed": 42, "sampling": {"top_k": 50}, "effects": [{"type": "gain"}]},
        {"text": "true"},
        {"text": "1.5", "speed": "fast", "seed": 4.0},
    ]


def test_a_quoted_cell_may_hold_line_breaks_and_rows_know_where_they_begin() -> None:
    items = table('text,title\n"One,\nstill ""one"".",A\n\n,\nTwo.,B\n')
    assert items == [
        ScriptItem(2, {"text": 'One,\nstill "one".', "title": "A"}),
        ScriptItem(6, {"text": "Two.", "title": "B"}),
    ]


@given(st.lists(st.tuples(CELLS, CELLS), max_size=10), st.sampled_from(",;\t"))
def test_what_a_spreadsheet_writes_is_read_as_it_was(rows: list[tuple[str, str]], delimiter: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows([("text", "title"), *rows])
    lines = io.StringIO(written.getvalue(), newline="")
    assert [item.values for item in from_table(lines, COLUMNS)] == [
        {"text": text, "title": title} for text, title in rows
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "'text' among them"),
        ("\n\n", 1, "'text' among them"),
        ("title\nOne\n", 1, "'text' among them"),
        ("text,volume\nOne,11\n", 1, "no column 'volume'"),
        ("text,text\nOne,Two\n", 1, "twice"),
        ("text,\nOne,\n", 1, "no column ''"),
        ("text,title\nOne,A\nTwo\n", 3, "1 cells"),
        ("text,title\nOne, two,A\n", 2, "3 cells"),
        ('text\nOne\n"Two\n', 3, "no row"),
        ('text\n"One" and\n', 2, "no row"),
        ("text\nOne\n" + "x" * 200_000, 3, "field limit"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_by_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(InvalidParams, match=reason) as refusal:
        table(text)
    (error,) = refusal.value.data["errors"]
    assert error.items() >= {"loc": ["path"], "line": line}.items()


def test_nothing_is_read_beyond_what_is_asked_for() -> None:
    def endless() -> Iterator[str]:
        yield "text\n"
        while True:
            yield "One.\n"

    for items in (from_lines(endless()), from_table(endless(), COLUMNS)):
        assert next(items).values["text"]


def test_json_is_read_as_it_was_written() -> None:
    values = {"text": "Zoë 😀 \n", "speed": 0.5}
    assert list(from_json_lines([orjson.dumps(values).decode()])) == [ScriptItem(1, values)]
