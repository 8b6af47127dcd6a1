"""Streaming: a take heard while it is being made is the take that is kept."""

from __future__ import annotations

import base64
import wave

import pytest

from tests.process.sidecar_process import Message, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

FOUR_SENTENCES = (
    "The first sentence is the one that everybody waits for, and so it is spoken and sent before the others. "
    "The second one follows while the first is heard, which takes longer than making it on most machines. "
    "The third is only here to make the work long enough that its beginning can be told from its end. "
    "[pause 1s] The fourth is the last one, and after it there is nothing more to say to anybody."
)


def pieces_of(sidecar: SidecarProcess, generation: Message) -> list[Message]:
    return [piece for piece in sidecar.events("generation.audio") if piece["generation_id"] == generation["id"]]


def samples_of(path: str) -> bytes:
    with wave.open(path) as take:
        return take.readframes(take.getnframes())


@pytest.fixture(scope="module")
def streamed(sidecar: SidecarProcess) -> Message:
    """A take of four sentences, streamed."""
    return dict(
        sidecar.call("generation.create", profile_id="heart", text=FOUR_SENTENCES, stream=True, wait=True)["generation"]
    )


def test_the_pieces_put_together_are_the_take(sidecar: SidecarProcess, streamed: Message) -> None:
    pieces = pieces_of(sidecar, streamed)
    assert b"".join(base64.b64decode(piece["data"]) for piece in pieces) == samples_of(streamed["audio_path"])


def test_the_pieces_are_numbered_and_timed_and_the_last_one_says_so(sidecar: SidecarProcess, streamed: Message) -> None:
    pieces = pieces_of(sidecar, streamed)
    assert [piece["sequence"] for piece in pieces] == list(range(len(pieces)))
    assert [piece["last"] for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    heard_s = 0.0
    for piece in pieces:
        assert piece["start_s"] == pytest.approx(heard_s)
        heard_s += len(base64.b64decode(piece["data"])) / 2 / piece["sample_rate"]
    assert heard_s == pytest.approx(streamed["duration_s"])


def test_the_first_piece_comes_long_before_the_end(sidecar: SidecarProcess, streamed: Message) -> None:
    heard = [message.get("method") for message in sidecar.messages]
    first = heard.index("generation.audio")
    later_progress = [
        message["params"]["fraction"]
        for message in sidecar.messages[:first]
        if message.get("method") == "job.progress" and message["params"]["kind"] == "generation"
    ]
    assert max(later_progress) < 0.5


def test_without_being_asked_nothing_is_streamed(sidecar: SidecarProcess) -> None:
    made = sidecar.call("generation.create", profile_id="heart", text="Quietly.", wait=True)["generation"]
    assert pieces_of(sidecar, made) == []
