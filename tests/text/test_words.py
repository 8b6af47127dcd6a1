from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.text.words import joined, written_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('"Hello," she said.', ['"Hello,"', "she", "said."]),
        ("left — and gone …", ["left —", "and", "gone …"]),
        ("- Hi", ["- Hi"]),
        ("我有3个iPhone。「你好」", ["我", "有", "3", "个", "iPhone。", "「你", "好」"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("ดีครับ", ["ดี", "ค", "รั", "บ"]),
        ("...", []),
        ("", []),
    ],
)
def test_words_keep_their_spelling_and_their_punctuation(text: str, words: list[str]) -> None:
    assert written_words(text) == words


@given(st.text(alphabet="ab1 ,.—(\n我好。", max_size=40))
def test_no_character_is_lost_but_in_a_text_without_words(text: str) -> None:
    words = written_words(text)
    assert not words or "".join("".join(words).split()) == "".join(text.split())


def test_joined_words_have_spaces_where_their_script_has() -> None:
    assert joined(written_words("I have (at least) 3 — no,  4.")) == "I have (at least) 3 — no, 4."
    assert joined(written_words("我有三个苹果。你好，世界！")) == "我有三个苹果。你好，世界！"  # noqa: RUF001
