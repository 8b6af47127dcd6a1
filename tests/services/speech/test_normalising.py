from __future__ import annotations

import pytest

from sidecar.errors import Unsupported
from sidecar.services.speech.normalising import require_normalising
from sidecar.text.normalise_wording import LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_that_can_be_read_is_let_through(language: str) -> None:
    require_normalising(language)


def test_another_language_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(Unsupported, match=r"'sv', only of en, de, .*; leave out normalise") as refusal:
        require_normalising("sv")
    assert refusal.value.data == {"language": "sv"}


def test_without_the_packages_only_english_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sidecar.services.speech.normalising.PACKAGES", ("json", "no_such_package"))
    require_normalising("en")
    with pytest.raises(Unsupported, match=r"needs the packages no_such_package; .* extra 'normalise'") as refusal:
        require_normalising("fr")
    assert refusal.value.data == {"language": "fr", "extra": "normalise"}
