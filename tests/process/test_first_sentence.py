from __future__ import annotations

import base64
import re
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sidecar.audio.decode import decode, probe
from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import Message, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

RATE = 24_000
SENTENCE = "The quick brown fox jumps over the lazy dog."


@pytest.fixture(scope="module")
def profile(sidecar: SidecarProcess, recordings: Path) -> Message:
    """A profile made of a real person's recording, transcribed by the sidecar."""
    made = sidecar.call(
        "profiles.create", name="Zoë 😀 'the reader'", samples=[{"path": str(recordings / "en_david.wav")}], wait=True
    )
    return dict(made["profile"])


@pytest.fixture(scope="module")
def spoken(sidecar: SidecarProcess, profile: Message) -> Message:
    """The first sentence in that person's voice."""
    made = sidecar.call("generation.create", profile_id=profile["id"], text=SENTENCE, wait=True)
    return dict(made["generation"])


def speak(sidecar: SidecarProcess, text: str, **settings: object) -> Message:
    made = sidecar.call("generation.create", profile_id="heart", text=text, wait=True, **settings)
    return dict(made["generation"])


def samples_of(generation: Message) -> NDArray[np.float32]:
    return decode(Path(generation["audio_path"]), RATE)


def longest_silence_s(samples: NDArray[np.float32]) -> float:
    frames = samples[: samples.size // 240 * 240].reshape(-1, 240)
    quiet = "".join("q" if loud < 0.003 else "l" for loud in np.abs(frames).max(axis=1))
    return max((len(run) for run in re.findall("q+", quiet)), default=0) / 100


def test_a_profile_is_made_from_a_recording_and_knows_what_was_said(sidecar: SidecarProcess, profile: Message) -> None:
    (sample,) = sidecar.call("profiles.list_samples", profile_id=profile["name"].upper())["items"]
    assert profile["sample_count"] == 1
    assert "seemed" in sample["text"]
    assert 2.0 < sample["duration_s"] <= 30.0
    assert probe(Path(sample["audio_path"])).sample_rate == RATE


def test_a_sentence_is_spoken_in_the_recorded_voice(spoken: Message, profile: Message) -> None:
    assert spoken["status"] == "completed"
    assert spoken["profile_name"] == profile["name"]
    assert spoken["fidelity"] == "matched"
    assert 1.5 < spoken["duration_s"] < 8.0
    assert samples_of(spoken).size == pytest.approx(spoken["duration_s"] * RATE, abs=1)
    assert np.abs(samples_of(spoken)).max() > 0.05


def test_what_was_spoken_can_be_understood(sidecar: SidecarProcess, spoken: Message) -> None:
    heard = sidecar.call("transcription.create", path=spoken["audio_path"], language="en", wait=True)["transcription"]
    assert re.findall(r"\w+", heard["text"].lower()) == re.findall(r"\w+", SENTENCE.lower())
    words = [word["word"].strip(" .,").lower() for word in heard["words"]]
    assert words[0] == "the"
    assert all(word["start_s"] <= word["end_s"] <= heard["duration_s"] + 0.1 for word in heard["words"])


def test_the_voice_is_prepared_once(sidecar: SidecarProcess, spoken: Message, profile: Message) -> None:
    assert spoken["prompt_cached"] is False
    again = sidecar.call("generation.create", profile_id=profile["id"], text="Again.", wait=True)["generation"]
    assert again["prompt_cached"] is True


def test_it_is_found_in_the_history(sidecar: SidecarProcess, spoken: Message) -> None:
    found = sidecar.call("history.list", search="brown FOX")
    assert [item["id"] for item in found["items"]] == [spoken["id"]]
    assert sidecar.call("history.get", generation_id=spoken["id"])["generation"] == found["items"][0]
    assert sidecar.call("history.stats")["audio_s"] >= spoken["duration_s"]


def test_it_can_be_drawn(sidecar: SidecarProcess, spoken: Message) -> None:
    drawn = sidecar.call("audio.waveform", generation_id=spoken["id"], buckets=200)
    assert len(drawn["minimum"]) == len(drawn["maximum"]) == 200
    assert max(drawn["maximum"]) == pytest.approx(samples_of(spoken).max(), abs=1e-3)
    assert min(drawn["minimum"]) == pytest.approx(samples_of(spoken).min(), abs=1e-3)


@pytest.mark.parametrize("format", ["wav", "flac", "mp3", "ogg"])
def test_it_can_be_carried_out(sidecar: SidecarProcess, spoken: Message, tmp_path: Path, format: str) -> None:
    target = tmp_path / f"für 'dich' 😀.{format}"
    told = sidecar.call("history.export", generation_id=spoken["id"], format=format, path=str(target), wait=True)
    assert told["size_bytes"] == target.stat().st_size
    assert probe(target).duration_s == pytest.approx(spoken["duration_s"], abs=0.1)
    assert list(tmp_path.iterdir()) == [target]


def test_its_bytes_can_be_read_in_pieces(sidecar: SidecarProcess, spoken: Message) -> None:
    data, offset = b"", 0
    while offset is not None:
        piece = sidecar.call("audio.read", generation_id=spoken["id"], offset=offset, length=50_000)
        data += base64.b64decode(piece["data"])
        offset = piece["next_offset"]
    assert data == Path(spoken["audio_path"]).read_bytes()


def test_a_pause_in_the_text_is_silence_of_that_length(sidecar: SidecarProcess) -> None:
    spoken = speak(sidecar, "One. [pause 2s] Two.")
    assert 2.0 <= longest_silence_s(samples_of(spoken)) < 3.2
    assert longest_silence_s(samples_of(speak(sidecar, "One. Two."))) < 1.5


def test_the_loudness_that_was_asked_for_is_reached(sidecar: SidecarProcess) -> None:
    spoken = speak(sidecar, "This is as loud as it should be, neither more nor less.", loudness_lufs=-23)
    measured = sidecar.call("audio.validate", path=spoken["audio_path"])["metrics"]["loudness_lufs"]
    assert measured == pytest.approx(-23, abs=0.7)


def test_the_same_seed_speaks_the_same_samples(sidecar: SidecarProcess) -> None:
    first, second = (speak(sidecar, "Twice the same.", seed=7) for _ in range(2))
    assert np.array_equal(samples_of(first), samples_of(second))


def test_a_running_generation_is_cancelled_within_a_second_and_the_next_one_works(sidecar: SidecarProcess) -> None:
    long = sidecar.call("generation.create", profile_id="heart", text="This will not be heard to its end. " * 20)
    sidecar.event("job.progress", job_id=long["job_id"], stage="speaking")
    started = time.monotonic()
    job = sidecar.call("jobs.cancel", job_id=long["job_id"])["job"]
    assert time.monotonic() - started < 1.0
    assert job["status"] == "cancelled"
    assert sidecar.event("job.finished", job_id=long["job_id"])["error"]["kind"] == "cancelled"
    generation = sidecar.call("history.get", generation_id=long["generation"]["id"])["generation"]
    assert (generation["status"], generation["stop_reason"], generation["audio_path"]) == (
        "cancelled",
        "cancelled",
        None,
    )
    assert list((sidecar.data_dir / "tmp").iterdir()) == []
    assert speak(sidecar, "On we go.")["status"] == "completed"


def test_a_cancelled_generation_can_be_taken_up_again(sidecar: SidecarProcess) -> None:
    asked = sidecar.call("generation.create", profile_id="heart", text="Stop me. And let me go on.")
    sidecar.call("jobs.cancel", job_id=asked["job_id"])
    again = sidecar.call("generation.retry", generation_id=asked["generation"]["id"], wait=True)["generation"]
    assert (again["status"], again["error"]) == ("completed", None)


def test_a_killed_engine_costs_a_try_and_not_the_job(sidecar: SidecarProcess) -> None:
    speak(sidecar, "Warm up.")
    asked = sidecar.call("generation.create", profile_id="heart", text="The engine dies in the middle of this. " * 3)
    sidecar.event("job.progress", job_id=asked["job_id"], stage="speaking")
    killed = sidecar.engine()
    killed.kill()
    assert sidecar.event("job.finished", job_id=asked["job_id"])["status"] == "completed"
    assert sidecar.engine().pid != killed.pid


def test_a_hung_engine_is_noticed_and_costs_a_try_and_not_the_job(start: Start, data_dir: Path) -> None:
    with start(data_dir, VOICEBOX_ENGINE_SILENCE_S="8") as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        speak(sidecar, "Warm up.")
        hung = sidecar.engine()
        asked = sidecar.call("generation.create", profile_id="heart", text="The engine hangs in the middle. " * 3)
        hung.suspend()
        assert sidecar.event("job.finished", job_id=asked["job_id"])["status"] == "completed"
        assert sidecar.engine().pid != hung.pid


def test_an_idle_engine_gives_its_memory_back_and_comes_again(start: Start, data_dir: Path) -> None:
    with start(data_dir, VOICEBOX_ENGINE_IDLE_S="0.5") as sidecar:
        sidecar.call("profiles.create", name="Heart", voice=PRESET)
        assert speak(sidecar, "Wake up.")["status"] == "completed"
        engines = sidecar.descendants()
        assert engines
        sidecar.assert_no_process_left()
        assert sidecar.call("system.health")["engines"] == []
        assert speak(sidecar, "And again.")["status"] == "completed"
