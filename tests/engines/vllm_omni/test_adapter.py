"""The engine as an engine process uses it, against servers over real sockets."""

from __future__ import annotations

import base64
import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sidecar.engines.base import Reference, Utterance, Voice, VoicePrompt
from sidecar.engines.vllm_omni.adapter import VllmOmniEngine
from sidecar.errors import Cancelled, EngineFailed, InvalidAudio, InvalidParams, Unsupported
from tests.engines.vllm_omni.listening import Listening
from tests.vllm_server import RATE, Task, Trouble, VllmServer, speech

MODELS: dict[Task, str] = {
    "Base": "vllm-omni-base",
    "CustomVoice": "vllm-omni-custom-voice",
    "VoiceDesign": "vllm-omni-voice-design",
}
TEXT = "one two three four five six"


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOX_VLLM_OMNI_KEY", "sk-test")


@contextmanager
def engine(*servers: VllmServer) -> Iterator[VllmOmniEngine]:
    addresses = ",".join(server.url for server in servers)
    made = VllmOmniEngine(Path(), "cpu", model=MODELS[servers[0].task], servers=addresses)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def base() -> Iterator[VllmServer]:
    with VllmServer("Base") as server:
        yield server


def recording(folder: Path, name: str, seconds: float, text: str | None) -> Reference:
    path = folder / name
    soundfile.write(path, 0.2 * np.sin(np.arange(round(seconds * RATE)) / 20), RATE)
    return Reference(path, text)


def cloned(folder: Path) -> Voice:
    return Voice(
        "cloned", references=(recording(folder, "a.wav", 2, "Hello there."), recording(folder, "b.wav", 1, "And you."))
    )


def utterance(text: str = TEXT, seed: int = 7, instruct: str | None = None) -> Utterance:
    return Utterance(text, "en", seed, instruct=instruct)


def test_a_clone_is_told_by_its_recordings_joined_and_what_is_said_in_them(tmp_path: Path, base: VllmServer) -> None:
    with engine(base) as made:
        prompt = made.prepare(cloned(tmp_path), Listening())
        assert base.heads == []
        pieces = list(made.speak(prompt, utterance(), Listening()))
    (body,) = base.requests
    data = base64.b64decode(body["ref_audio"].removeprefix("data:audio/wav;base64,"))
    samples, rate = soundfile.read(io.BytesIO(data))
    assert (rate, len(samples)) == (RATE, round(3.3 * RATE))
    assert body["ref_text"] == "Hello there. And you."
    assert (body["seed"], body["language"], body["input"]) == (7, "English", TEXT)
    np.testing.assert_array_equal(np.concatenate(pieces), speech(body) / np.float32(32768))


def test_a_recording_whose_words_nobody_knows_gives_its_timbre_only(tmp_path: Path, base: VllmServer) -> None:
    with engine(base) as made:
        voice = Voice("cloned", references=(recording(tmp_path, "a.wav", 2, None),))
        list(made.speak(made.prepare(voice, Listening()), utterance(), Listening()))
    assert base.requests[0]["x_vector_only_mode"] is True
    assert "ref_text" not in base.requests[0]


def test_a_prompt_serves_again_after_it_was_stored(tmp_path: Path, base: VllmServer) -> None:
    with engine(base) as made:
        prompt = made.prepare(cloned(tmp_path), Listening())
        stored = VoicePrompt({name: array.copy() for name, array in prompt.arrays.items()}, dict(prompt.details))
        list(made.speak(prompt, utterance(), Listening()))
        list(made.speak(stored, utterance(), Listening()))
    assert base.requests[0] == base.requests[1]


def test_a_speaker_follows_an_instruction() -> None:
    with VllmServer("CustomVoice") as server, engine(server) as made:
        prompt = made.prepare(Voice("preset", voice_id="ryan"), Listening())
        list(made.speak(prompt, utterance(instruct="Whisper."), Listening()))
    assert (server.requests[0]["voice"], server.requests[0]["instructions"]) == ("ryan", "Whisper.")


def test_a_designed_voice_is_its_description_and_then_the_instruction() -> None:
    with VllmServer("VoiceDesign") as server, engine(server) as made:
        prompt = made.prepare(Voice("designed", description="A warm old man."), Listening())
        list(made.speak(prompt, utterance(), Listening()))
        list(made.speak(prompt, utterance(instruct="Hurry."), Listening()))
    assert [body["instructions"] for body in server.requests] == ["A warm old man.", "A warm old man. Hurry."]


def test_each_request_says_what_goes_where_before_it_goes(tmp_path: Path, base: VllmServer) -> None:
    control = Listening()
    with engine(base) as made:
        list(made.speak(made.prepare(cloned(tmp_path), control), utterance(), control))
    assert control.stages == [f"sending the recording and the text to {base.host}"]


def test_several_texts_go_out_at_once_and_come_back_in_their_order_with_their_seeds() -> None:
    control = Listening()
    with VllmServer("CustomVoice") as first, VllmServer("CustomVoice") as second, engine(first, second) as made:
        prompt = made.prepare(Voice("preset", voice_id="ryan"), control)
        wanted = [utterance("one " * number, seed=number) for number in range(1, 9)]
        takes = made.speak_batch(prompt, wanted, control)
    assert "speaking" in control.stages
    assert len(first.requests) == len(second.requests) == 4
    for (samples, spoken), asked in zip(takes, wanted, strict=True):
        expected = speech({"input": asked.text, "seed": asked.seed}) / np.float32(32768)
        np.testing.assert_array_equal(samples, expected)
        assert spoken.stop_reason == "eos"


def test_a_take_of_several_that_broke_off_is_spoken_anew_by_another_server() -> None:
    with VllmServer("CustomVoice") as first, VllmServer("CustomVoice") as second, engine(first, second) as made:
        first.troubles.append("cut")
        prompt = made.prepare(Voice("preset", voice_id="ryan"), Listening())
        takes = made.speak_batch(prompt, [utterance(), utterance(seed=8)], Listening())
    expected = [speech({"input": TEXT, "seed": seed}) / np.float32(32768) for seed in (7, 8)]
    for (samples, _), said in zip(takes, expected, strict=True):
        np.testing.assert_array_equal(samples, said)


@pytest.mark.parametrize("trouble", ["hang", "stall"])
@pytest.mark.parametrize("together", [False, True])
def test_cancelling_closes_the_connection_at_once_though_the_server_says_nothing(
    tmp_path: Path, base: VllmServer, trouble: Trouble, together: bool
) -> None:
    base.troubles.append(trouble)

    def speak(control: Listening) -> None:
        if together:
            made.speak_batch(prompt, [utterance()], control)
        else:
            list(made.speak(prompt, utterance(), control))

    with engine(base) as made:
        prompt = made.prepare(cloned(tmp_path), Listening())
        began = time.monotonic()
        with pytest.raises(Cancelled):
            speak(Listening(base.asked.is_set))
        assert base.hung_up.wait(5)
        assert time.monotonic() - began < 1.0
        speak(Listening())


def test_speech_that_nobody_takes_any_more_is_not_waited_for(base: VllmServer, tmp_path: Path) -> None:
    base.troubles.append("stall")
    with engine(base) as made:
        speaking = made.speak(made.prepare(cloned(tmp_path), Listening()), utterance(), Listening())
        next(speaking)
        speaking.close()
        assert base.hung_up.wait(5)


def test_a_stream_that_breaks_off_says_so_and_is_left_to_the_job(tmp_path: Path, base: VllmServer) -> None:
    base.troubles.append("cut")
    with engine(base) as made:
        prompt = made.prepare(cloned(tmp_path), Listening())
        with pytest.raises(EngineFailed) as fault:
            list(made.speak(prompt, utterance(), Listening()))
    assert fault.value.data["reason"] == "broke_off"


def test_what_it_cannot_speak_with_is_refused_before_anything_is_sent(base: VllmServer, tmp_path: Path) -> None:
    with engine(base) as made:
        prompt = made.prepare(cloned(tmp_path), Listening())
        for voice in (Voice("preset", voice_id="ryan"), Voice("designed", description="A man.")):
            with pytest.raises(Unsupported):
                made.prepare(voice, Listening())
        with pytest.raises(InvalidAudio):
            made.prepare(Voice("cloned"), Listening())
        for asked in (utterance(instruct="Whisper."), utterance("…"), Utterance("one", "fi", 1)):
            with pytest.raises(Unsupported):
                list(made.speak(prompt, asked, Listening()))
        with pytest.raises(InvalidParams):
            list(made.speak(prompt, Utterance("one", "en", 1, speed=2.0), Listening()))
    assert base.heads == []


def test_the_key_of_the_environment_goes_along(tmp_path: Path) -> None:
    with VllmServer("Base", key=os.environ["VOICEBOX_VLLM_OMNI_KEY"]) as server, engine(server) as made:
        assert list(made.speak(made.prepare(cloned(tmp_path), Listening()), utterance(), Listening()))
