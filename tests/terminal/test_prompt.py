"""What the prompt offers: completion and help."""

from __future__ import annotations

import pytest

from sidecar.terminal.completion import completions
from sidecar.terminal.describe import description, list_of_methods
from sidecar.terminal.interface import Interface


@pytest.mark.parametrize(
    ("before", "word", "offered"),
    [
        ("", "sp", ["speech.count", "speech.make"]),
        ("", "e", ["exit"]),
        ("help ", "speech.m", ["speech.make"]),
        ("speech.make ", "t", ["text=", "title="]),
        ("speech.make text=a ", "t", ["title="]),
        ("speech.make ", "format=", ["format=wav", "format=flac"]),
        ("speech.make ", "format=f", ["format=flac"]),
        ("speech.make ", "text=", []),
        ("speech.make ", "sampling.", ["sampling.top_k=", "sampling.top_p="]),
        ("speech.make ", "voice.kind=", ["voice.kind=cloned", "voice.kind=preset"]),
        ("speech.make ", "strange=", []),
        ("strange ", "t", []),
    ],
)
def test_tab_offers_what_can_come_next(interface: Interface, before: str, word: str, offered: list[str]) -> None:
    assert completions(interface, before, word) == offered


def test_the_list_of_methods_says_the_first_sentence_of_each(interface: Interface) -> None:
    assert list_of_methods(interface).splitlines() == [
        "speech.count  Count what was spoken.",
        "speech.make   Speak a text.",
    ]


def test_a_method_is_described_with_what_each_parameter_may_be(interface: Interface) -> None:
    lines = description(interface, interface.method("speech.make")).splitlines()
    assert lines[:3] == [
        "speech.make: Speak a text. Or sing it.",
        "  text = string (required)",
        "  title = string | null",
    ]
    assert '  format = wav | flac (default "wav")' in lines
    assert "  seed = integer | null: The same seed, the same speech." in lines
    assert "    sampling.top_k = integer | null" in lines
    assert "    voice.voice_id = string" in lines
