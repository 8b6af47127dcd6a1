from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sidecar.audio.decode import decode
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = [
    pytest.mark.process,
    pytest.mark.models,
    pytest.mark.skipif(find_spec("espeakng_loader") is None, reason="the extra espeak is not installed"),
]

WRITTEN = "Le train de 14h30 coûte 12,50 €."
WORDS = "Le train de quatorze heures trente coûte douze euros cinquante."


def speak(sidecar: SidecarProcess, text: str, **params: Any) -> Message:
    said = {"profile_id": "heart", "text": text, "language": "fr", "verify": "off"} | params
    return dict(sidecar.call("generation.create", **said, wait=True)["generation"])


def samples_of(generation: Message) -> NDArray[np.float32]:
    return decode(Path(generation["audio_path"]), 24_000)


def test_numbers_are_spoken_in_words_and_kept_as_they_are_written(sidecar: SidecarProcess) -> None:
    plain, read, words = speak(sidecar, WRITTEN), speak(sidecar, WRITTEN, normalise=True), speak(sidecar, WORDS)
    assert np.array_equal(samples_of(read), samples_of(words))
    assert not np.array_equal(samples_of(plain), samples_of(words))
    assert (read["text"], read["settings"]["normalise"], plain["settings"]["normalise"]) == (WRITTEN, True, False)


def test_another_take_is_read_as_the_first_one_was(sidecar: SidecarProcess) -> None:
    first = speak(sidecar, WRITTEN, normalise=True)
    again = sidecar.call("generation.regenerate", generation_id=first["id"], wait=True)["generation"]
    assert again["settings"]["normalise"]
    assert np.array_equal(samples_of(again), samples_of(first))


def test_a_language_that_cannot_be_put_into_words_is_refused_before_a_job_exists(sidecar: SidecarProcess) -> None:
    before = sidecar.call("jobs.list")["total"]
    with pytest.raises(Refused, match=r"'hi', only of en, de, .*; leave out normalise") as refusal:
        speak(sidecar, "यह 5 किताबें हैं।", language="hi", normalise=True)
    assert refusal.value.data["kind"] == "unsupported"
    assert sidecar.call("jobs.list")["total"] == before
