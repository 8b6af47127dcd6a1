"""Qwen3-TTS over the real pipe, on tiny random checkpoints: every kind of voice, from the profile to the file."""

from __future__ import annotations

import base64
import wave
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.process.sidecar_process import Refused, SidecarProcess

pytestmark = [
    pytest.mark.process,
    pytest.mark.models,
    pytest.mark.skipif(find_spec("qwen_tts") is None, reason="the extra qwen is not installed"),
]

FRAME = 1_920
SENTENCE = "The tide was out, and the boats lay on the sand."
TWO_PARAGRAPHS = f"{SENTENCE} Nobody minded.\n\nIn the evening it came back. {SENTENCE}"
CHECKPOINTS = {
    "qwen3-tts-0.6b-base": ("base", "0b6"),
    "qwen3-tts-1.7b-custom-voice": ("custom_voice", "1b7"),
    "qwen3-tts-1.7b-voice-design": ("voice_design", "1b7"),
}


@pytest.fixture(scope="module")
def qwen(start: Callable[..., SidecarProcess], tmp_path_factory: pytest.TempPathFactory) -> Iterator[SidecarProcess]:
    """A sidecar whose data folder holds a tiny checkpoint of every kind."""
    from tests.engines.qwen.checkpoints import make_checkpoint

    data_dir = tmp_path_factory.mktemp("qwen") / "data"
    for model, (kind, size) in CHECKPOINTS.items():
        # What a random checkpoint designs must last long enough to be cloned from.
        eagerness = 1.0 if kind == "voice_design" else 3.0
        make_checkpoint(data_dir / "models" / model, kind, size=size, seed=5, eagerness=eagerness)
    # What random weights say is no speech, which checking it would find.
    with start(data_dir, VOICEBOX_DEVICE="cpu", VOICEBOX_DEFAULT_VERIFY="off") as running:
        yield running


@pytest.fixture(scope="module")
def cloned(qwen: SidecarProcess, recordings: Path) -> str:
    """A profile of two samples, one with its transcript and one that is transcribed."""
    samples = [
        {"path": str(recordings / "en_david.wav"), "text": "It seemed to him that it fell to earth."},
        {"path": str(recordings / "en_sarah.wav")},
    ]
    return str(qwen.call("profiles.create", name="Two samples", samples=samples, wait=True)["profile"]["id"])


def test_every_checkpoint_counts_as_installed(qwen: SidecarProcess) -> None:
    states = {model["id"]: model["state"] for model in qwen.call("models.list")["items"]}
    assert {states[model] for model in CHECKPOINTS} <= {"installed", "loaded"}
    assert states["qwen3-tts-1.7b-base"] == "absent"


def test_a_cloned_voice_speaks_in_whole_frames_and_its_prompt_is_cached(qwen: SidecarProcess, cloned: str) -> None:
    first = qwen.call("generation.create", profile_id=cloned, text=SENTENCE, seed=3, wait=True)["generation"]
    again = qwen.call("generation.create", profile_id=cloned, text=SENTENCE, seed=3, wait=True)["generation"]
    assert (first["engine"], first["model"], first["fidelity"]) == ("qwen", "qwen3-tts-0.6b-base", "cloned")
    assert round(first["duration_s"] * 24_000) % FRAME == 0
    assert (first["prompt_cached"], again["prompt_cached"]) == (False, True)
    assert Path(first["audio_path"]).read_bytes() == Path(again["audio_path"]).read_bytes()


def test_what_is_no_speech_fails_after_other_seeds_were_tried_and_can_be_taken_as_it_is(
    qwen: SidecarProcess, cloned: str
) -> None:
    with pytest.raises(Refused) as refusal:
        qwen.call("generation.create", profile_id=cloned, text=SENTENCE, seed=3, verify="length", wait=True)
    assert refusal.value.data["kind"] == "engine_failed"
    failed = qwen.call("history.list", status="failed")["items"][0]
    assert failed["error"]["data"]["chunks"][0]["reasons"]
    assert (failed["quality"]["passed"], failed["quality"]["retakes"]) == (False, 3)
    taken = qwen.call("generation.retry", generation_id=failed["id"], verify="off", wait=True)["generation"]
    assert (taken["status"], taken["quality"]["passed"]) == ("completed", False)


def test_what_is_not_checked_is_heard_frame_by_frame_and_is_the_take_that_is_kept(
    qwen: SidecarProcess, cloned: str
) -> None:
    made = qwen.call("generation.create", profile_id=cloned, text=TWO_PARAGRAPHS, stream=True, wait=True)["generation"]
    pieces = [piece for piece in qwen.events("generation.audio") if piece["generation_id"] == made["id"]]
    first = base64.b64decode(pieces[0]["data"])
    assert 0 < len(first) <= 2 * 4 * FRAME
    assert [piece["last"] for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    with wave.open(made["audio_path"]) as take:
        assert b"".join(base64.b64decode(piece["data"]) for piece in pieces) == take.readframes(take.getnframes())


def test_a_changed_sample_is_encoded_anew(qwen: SidecarProcess, cloned: str) -> None:
    sample = qwen.call("profiles.list_samples", profile_id=cloned)["items"][0]
    qwen.call("profiles.update_sample", sample_id=sample["id"], text="It seemed to him.")
    made = qwen.call("generation.create", profile_id=cloned, text=SENTENCE, wait=True)["generation"]
    assert made["prompt_cached"] is False


def test_chunks_of_a_long_text_are_spoken_in_one_pass_and_all_of_them(qwen: SidecarProcess, cloned: str) -> None:
    made = qwen.call(
        "generation.create",
        profile_id=cloned,
        text=TWO_PARAGRAPHS,
        chunking={"max_chars": 100, "pause_s": 0.5},
        wait=True,
    )["generation"]
    # Two paragraphs of one chunk each, a paragraph's pause between them.
    assert round((made["duration_s"] - 1.0) * 24_000) % FRAME == 0
    assert made["stop_reason"] in ("eos", "cap")


def test_a_preset_obeys_an_instruction(qwen: SidecarProcess) -> None:
    voice = {"kind": "preset", "engine": "qwen", "voice_id": "serena"}
    profile = qwen.call("profiles.create", name="Serena", voice=voice)["profile"]["id"]
    plain = qwen.call("generation.create", profile_id=profile, text=SENTENCE, seed=1, wait=True)["generation"]
    whispered = qwen.call(
        "generation.create", profile_id=profile, text=SENTENCE, seed=1, instruct="Whisper it.", wait=True
    )["generation"]
    assert plain["fidelity"] == whispered["fidelity"] == "preset"
    assert Path(plain["audio_path"]).read_bytes() != Path(whispered["audio_path"]).read_bytes()


def test_a_designed_voice_speaks_and_becomes_a_cloned_profile_with_one_call(qwen: SidecarProcess) -> None:
    voice = {"kind": "designed", "instruct": "An old sailor with a deep, slow voice."}
    profile = qwen.call("profiles.create", name="Sailor", voice=voice)["profile"]["id"]
    spoken = qwen.call("generation.create", profile_id=profile, text=SENTENCE, wait=True)["generation"]
    assert spoken["fidelity"] == "designed"
    clone = qwen.call("profiles.clone_design", profile_id=profile, text=SENTENCE, seed=5, wait=True)["profile"]
    assert (clone["name"], clone["voice"]["kind"], clone["sample_count"]) == ("Sailor (2)", "cloned", 1)
    said = qwen.call("generation.create", profile_id=clone["id"], text="Ahoy there.", wait=True)["generation"]
    assert said["fidelity"] == "cloned"


def test_sampling_reaches_the_model(qwen: SidecarProcess, cloned: str) -> None:
    def bytes_of(seed: int, **sampling: float) -> bytes:
        made = qwen.call("generation.create", profile_id=cloned, text="Hello.", seed=seed, sampling=sampling, wait=True)
        return Path(made["generation"]["audio_path"]).read_bytes()

    greedy = {"temperature": 0.0, "subtalker_temperature": 0.0}
    assert bytes_of(1, **greedy) == bytes_of(2, **greedy)
    assert bytes_of(1) != bytes_of(2)


def test_it_speaks_at_a_speed_that_the_model_itself_does_not_know(qwen: SidecarProcess, cloned: str) -> None:
    (engine,) = (each for each in qwen.call("engines.list")["items"] if each["id"] == "qwen")
    assert engine["capabilities"]["speed"]
    assert (engine["limits"]["speed_minimum"], engine["limits"]["speed_maximum"]) == (0.5, 2.0)
    usual, fast = (
        qwen.call("generation.create", profile_id=cloned, text=SENTENCE, seed=3, speed=speed, wait=True)["generation"]
        for speed in (1.0, 2.0)
    )
    assert fast["duration_s"] == pytest.approx(usual["duration_s"] / 2, rel=0.1)


@pytest.mark.parametrize(
    "asked",
    [
        {"instruct": "Whisper it."},
        {"speed": 2.5},
        {"language": "sv"},
        {"model": "qwen3-tts-1.7b-custom-voice", "engine": "qwen"},
    ],
)
def test_what_a_cloning_checkpoint_cannot_do_is_refused_before_a_job_exists(
    qwen: SidecarProcess, cloned: str, asked: dict[str, object]
) -> None:
    before = qwen.call("jobs.list")["total"]
    with pytest.raises(Refused) as refusal:
        qwen.call("generation.create", **{"profile_id": cloned, "text": SENTENCE, "engine": "qwen"} | asked)
    assert refusal.value.data["kind"] == "unsupported"
    assert qwen.call("jobs.list")["total"] == before
