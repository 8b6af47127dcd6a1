"""From text to Kokoro's phonemes: nothing is left out, what cannot be spoken is refused."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.engines.kokoro.phonemes import Phonemizer, split_phonemes, to_ids
from sidecar.errors import EngineFailed, Unsupported

LIMIT = 510


@pytest.fixture(scope="module")
def phonemizer() -> Phonemizer:
    return Phonemizer()


def test_english_becomes_phonemes_with_its_punctuation(phonemizer: Phonemizer) -> None:
    assert phonemizer.phonemes("Hello world, it's fine.", "en") == "həlˈO wˈɜɹld, ɪts fˈIn."  # noqa: RUF001


def test_a_time_of_day_is_spoken_and_not_dropped(phonemizer: Phonemizer) -> None:
    assert phonemizer.phonemes("5:45", "en") == phonemizer.phonemes("five forty-five", "en")


@settings(deadline=None, max_examples=50)
@given(words=st.lists(st.text(string.ascii_letters, min_size=1, max_size=10), min_size=1, max_size=6))
def test_every_word_adds_something_to_hear(phonemizer: Phonemizer, words: list[str]) -> None:
    phonemes = phonemizer.phonemes(" , ".join(words), "en")
    assert all(any(symbol.isalpha() for symbol in part) for part in phonemes.split(","))


@pytest.mark.parametrize("text", ["", "   ", "...", "?!", '"" — ()'])
def test_text_without_a_sound_is_refused(phonemizer: Phonemizer, text: str) -> None:
    with pytest.raises(Unsupported, match="nothing to pronounce"):
        phonemizer.phonemes(text, "en")


def test_characters_of_another_script_are_named_in_the_refusal(phonemizer: Phonemizer) -> None:
    with pytest.raises(Unsupported, match="你 好") as refusal:
        phonemizer.phonemes("Hello 你好", "en")
    assert refusal.value.data["characters"] == ["你", "好"]


@pytest.mark.parametrize("language", ["de", "ja", "zh", "xx"])
def test_a_language_that_it_does_not_speak_is_refused(phonemizer: Phonemizer, language: str) -> None:
    with pytest.raises(Unsupported, match=f"cannot speak the language '{language}'"):
        phonemizer.phonemes("Guten Tag", language)


def test_spanish_needs_espeak_and_uses_single_symbols_for_its_affricates(phonemizer: Phonemizer) -> None:
    pytest.importorskip("espeakng_loader")
    assert phonemizer.phonemes("¿Mucho gusto?", "es") == "mˈuʧo ɣˈusto?"  # noqa: RUF001


def test_a_spanish_text_in_cyrillic_is_refused(phonemizer: Phonemizer) -> None:
    with pytest.raises(Unsupported, match="cannot pronounce"):
        phonemizer.phonemes("Привет", "es")


@given(st.text("ab .,!?;", max_size=3000), st.integers(1, LIMIT))
def test_pieces_joined_are_the_whole_and_none_is_too_long(phonemes: str, preferred: int) -> None:
    pieces = split_phonemes(phonemes, preferred, LIMIT)
    assert "".join(pieces) == phonemes
    assert all(0 < len(piece) <= LIMIT for piece in pieces)


def test_a_piece_ends_with_a_sentence_if_it_can() -> None:
    assert split_phonemes("one two. three, four. five", 5, 24) == ["one two. ", "three, four. ", "five"]


def test_a_long_sentence_is_cut_at_its_last_clause_that_fits() -> None:
    assert split_phonemes("aaa, bbb, ccc ddd", 5, 14) == ["aaa, bbb, ", "ccc ddd"]


def test_a_word_longer_than_the_limit_is_cut_rather_than_shortened() -> None:
    assert split_phonemes("a" * 25, 5, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_a_symbol_that_the_model_does_not_know_is_an_error_and_not_left_out() -> None:
    assert to_ids("ab", {"a": 1, "b": 2}) == [1, 2]
    with pytest.raises(EngineFailed, match="no symbol for c"):
        to_ids("abc", {"a": 1, "b": 2})
