"""What cannot be spoken, said before anything is computed."""

from __future__ import annotations

import unicodedata

from sidecar.engines.base import Sampling, Utterance, VoicePrompt
from sidecar.engines.qwen.spec import LANGUAGE_NAMES, VOICE_KINDS, follows_instructions
from sidecar.errors import InvalidParams, Unsupported

SPOKEN_CATEGORIES = ("L", "N")
"""Unicode's general categories of letters and numbers; a text without any makes the model produce noise."""


def check_request(prompt: VoicePrompt, utterance: Utterance, model_type: str, size: str) -> None:
    """Refuse what a checkpoint of this type and size cannot speak.

    Raises:
        Unsupported: the text holds nothing to pronounce, or the language, the kind of voice, the instruction or
            the speed is beyond this checkpoint.
        InvalidParams: a sampling parameter is out of its range.

    """
    check_language(utterance.language)
    check_text(utterance.text)
    kind, own_kind = prompt.details["kind"], VOICE_KINDS[model_type]
    if kind != own_kind:
        raise Unsupported(f"This checkpoint speaks with {own_kind} voices, not {kind} ones. Load the one for {kind}.")
    if utterance.instruct and not follows_instructions(model_type, size):
        raise Unsupported(
            "This checkpoint does not follow `instruct`: cloned voices never do, and no 0.6B checkpoint does. "
            "Leave it out, or use a preset or designed voice of the 1.7B checkpoints."
        )
    if utterance.speed != 1.0:
        raise Unsupported(f"Qwen3-TTS has no speed control (asked for {utterance.speed:g}). Leave `speed` at 1.")
    check_sampling(utterance.sampling)


def check_text(text: str) -> None:
    """Raise `Unsupported` unless the text holds a letter or a digit."""
    if not any(unicodedata.category(character)[0] in SPOKEN_CATEGORIES for character in text):
        raise Unsupported("The text holds nothing to pronounce: no letter and no digit. Add words to it.")


def check_language(language: str) -> None:
    """Raise `Unsupported` unless the language is one of the ten, or "auto"."""
    if language not in LANGUAGE_NAMES:
        raise Unsupported(
            f"Qwen3-TTS does not speak {language!r}. Use one of: {', '.join(LANGUAGE_NAMES)}.", language=language
        )


def check_sampling(sampling: Sampling) -> None:
    """Raise `InvalidParams` for a parameter that no probability distribution can be made with."""
    _check_range("temperature", sampling.temperature, 0.0, 2.0)
    _check_range("subtalker_temperature", sampling.subtalker_temperature, 0.0, 2.0)
    _check_range("top_k", sampling.top_k, 0, 2048)
    _check_range("subtalker_top_k", sampling.subtalker_top_k, 0, 2048)
    _check_range("top_p", sampling.top_p, 0.01, 1.0)
    _check_range("subtalker_top_p", sampling.subtalker_top_p, 0.01, 1.0)
    _check_range("repetition_penalty", sampling.repetition_penalty, 1.0, 2.0)


def _check_range(name: str, value: float | None, lowest: float, highest: float) -> None:
    if value is not None and not lowest <= value <= highest:
        raise InvalidParams.about(
            f"sampling.{name}", f"{value:g} is out of range: {lowest:g} to {highest:g} are allowed."
        )
