"""Word times and subtitles of what was spoken, over the real pipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

TEXT = "The harbour was quiet. [pause 1s] Nobody was there, not even the gulls."
WORDS = ["The", "harbour", "was", "quiet.", "Nobody", "was", "there,", "not", "even", "the", "gulls."]


@pytest.fixture(scope="module")
def spoken(sidecar: SidecarProcess) -> Message:
    """A generation with a pause in its middle."""
    return dict(sidecar.call("generation.create", profile_id="heart", text=TEXT, wait=True)["generation"])


def test_the_words_are_the_texts_own_in_order_and_within_the_audio(sidecar: SidecarProcess, spoken: Message) -> None:
    words = sidecar.call("generation.words", generation_id=spoken["id"])["words"]
    assert [word["word"] for word in words] == WORDS
    times = [time for word in words for time in (word["start_s"], word["end_s"])]
    assert times == sorted(times)
    assert times[0] >= 0.0
    assert times[-1] <= spoken["duration_s"]


def test_a_pause_lies_between_the_words_and_not_in_one(sidecar: SidecarProcess, spoken: Message) -> None:
    words = sidecar.call("generation.words", generation_id=spoken["id"])["words"]
    quiet, nobody = words[WORDS.index("quiet.")], words[WORDS.index("Nobody")]
    assert nobody["start_s"] - quiet["end_s"] > 0.8


@pytest.mark.parametrize(("format", "beginning"), [("srt", "1\n00:00:0"), ("vtt", "WEBVTT\n\n00:00:0")])
def test_subtitles_hold_the_whole_text(sidecar: SidecarProcess, spoken: Message, format: str, beginning: str) -> None:
    text = sidecar.call("generation.subtitles", generation_id=spoken["id"], format=format)["text"]
    assert text.startswith(beginning)
    assert all(word in text for word in WORDS)


def test_a_recording_that_was_imported_has_no_text_to_lay_along_it(sidecar: SidecarProcess, recordings: Path) -> None:
    imported = sidecar.call("history.import_audio", path=str(recordings / "en_david.wav"), wait=True)["generation"]
    with pytest.raises(Refused) as refusal:
        sidecar.call("generation.words", generation_id=imported["id"])
    assert refusal.value.data["kind"] == "conflict"
