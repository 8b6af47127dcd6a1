"""Text as it is read aloud: numbers, dates, times, money, measures and addresses in the words of its language.

Everything else stays as it is written. What cannot be told from the writing alone (the case of a Russian noun, whether
10-12 is a score) is read in the form that is right most often. English has rules of its own, in `normalise_en`.
"""

from __future__ import annotations

from sidecar.text import normalise_en
from sidecar.text.normalise_wording import require_language


def spoken(text: str, language: str) -> str:
    """The text as it is read aloud in a language (ISO 639-1). What it gives is left as it is by a second reading.

    Raises:
        Unsupported: the language is none of `normalise_wording.LANGUAGES`.

    """
    require_language(language)
    if language == "en":
        return normalise_en.normalise(text)
    from sidecar.text.normalise_rules import rules  # Its packages are an extra, and English does without.

    for pattern, reading in rules(language):
        text = pattern.sub(reading, text)
    return text
