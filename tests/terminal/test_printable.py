from __future__ import annotations

import json

import pytest

from sidecar.terminal.printable import printable


@pytest.mark.parametrize("text", ["plain ~", "a\tb\nc", "Zoë 🎉", "日本語\u3000です", "où\u00a0?", ""])
def test_what_prints_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\u001b[2J"),
        ("\x9b2J", r"\u009b2J"),
        ("\r\x7f\x00\b", r"\r\u007f\u0000\b"),
        ("\u202eevil", r"\u202eevil"),
        ("\u2028", r"\u2028"),
        ("\U000e0041", r"\udb40\udc41"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_a_terminal_might_obey_is_shown_instead(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_json_is_the_same_json_afterwards() -> None:
    told = {"name": "\x1b]0;pwned\x07 \x9b2J \x7f \u202e \U000e0041 Zoë"}
    written = printable(json.dumps(told, ensure_ascii=False, indent=2))
    assert json.loads(written) == told
    assert written.replace("\n", "").isprintable()
