"""Voice prompts: what they are made of, and that they come back exactly from where they are kept."""

from __future__ import annotations

import json

import numpy as np
import pytest
import safetensors.numpy
import torch

from sidecar.engines.base import Utterance, Voice, VoicePrompt
from sidecar.engines.qwen.prompt import encode
from sidecar.engines.qwen.reference import combine, read_recording
from sidecar.errors import InvalidAudio, Unsupported

FRAMES_A_SECOND = 12.5
TAIL_S = 0.5
GAP_S = 0.3


def prepare(engine, listener, *references):
    return engine.prepare(Voice("cloned", references=references), listener)


def frames(seconds):
    return int(np.ceil(round((seconds + TAIL_S) * FRAMES_A_SECOND, 6)))


@pytest.mark.parametrize("seconds", [3.0, 30.0])
def test_a_reference_becomes_frames_of_sixteen_codes_and_a_speaker_vector(make_engine, record, listener, seconds):
    prompt = prepare(make_engine("base"), listener, record(seconds, "This is how I sound."))
    assert prompt.arrays["codes"].shape == (frames(seconds), 16)
    assert prompt.arrays["codes"].dtype == np.int16
    assert prompt.arrays["speaker"].shape == (32,)
    assert prompt.arrays["speaker"].dtype == np.float32
    assert prompt.details == {"kind": "cloned", "text": "This is how I sound.", "seconds": seconds}


def test_a_reference_of_five_minutes_is_cut_with_its_text(make_engine, record, listener):
    text = " ".join(f"This is sentence {number:03d}." for number in range(120))
    prompt = prepare(make_engine("base"), listener, record(300.0, text))
    assert 27.0 < prompt.details["seconds"] <= 30.0
    assert text.startswith(prompt.details["text"])
    assert prompt.details["text"].endswith(".")
    assert len(prompt.details["text"]) < len(text) / 9


def test_two_samples_are_joined(make_engine, record, listener):
    prompt = prepare(make_engine("base"), listener, record(2.0, "One."), record(3.0, "Two.", pitch=180.0))
    assert prompt.details["text"] == "One. Two."
    assert len(prompt.arrays["codes"]) == frames(2.0 + GAP_S + 3.0)


def test_of_two_samples_only_the_transcribed_one_is_continued_but_both_teach_the_voice(make_engine, record, listener):
    engine = make_engine("base")
    transcribed, other = record(2.0, "One."), record(3.0, None, pitch=180.0)
    both, alone = prepare(engine, listener, transcribed, other), prepare(engine, listener, transcribed)
    assert np.array_equal(both.arrays["codes"], alone.arrays["codes"])
    assert not np.array_equal(both.arrays["speaker"], alone.arrays["speaker"])


def test_without_any_transcript_the_speaker_vector_stands_alone(make_engine, record, listener):
    prompt = prepare(make_engine("base"), listener, record(2.0, None), record(3.0, "  "))
    assert set(prompt.arrays) == {"speaker"}
    assert prompt.details["text"] is None


def test_the_prompt_is_what_the_library_makes_of_the_same_sound(make_engine, upstream, record, listener):
    reference = record(3.0, "This is how I sound.")
    prompt = prepare(make_engine("base"), listener, reference)
    sound = combine([read_recording(reference)]).samples
    tts = upstream("base").tts
    item = tts.create_voice_clone_prompt((sound, 24_000), reference.text)[0]
    np.testing.assert_allclose(prompt.arrays["speaker"], item.ref_spk_embedding.numpy(), atol=1e-6)
    tail = np.zeros(round(TAIL_S * 24_000), dtype=np.float32)
    with_tail = tts.create_voice_clone_prompt((np.concatenate([sound, tail]), 24_000), reference.text)[0]
    assert np.array_equal(prompt.arrays["codes"], with_tail.ref_code.numpy())


def test_encoding_appends_half_a_second_of_silence(upstream):
    codes = encode(np.zeros(24_000, dtype=np.float32), upstream("base").tts.model)
    assert codes.shape == (frames(1.0), 16)
    assert codes.dtype == torch.int64


def test_a_stored_prompt_speaks_the_same_samples(make_engine, prompt, listener, tmp_path):
    safetensors.numpy.save_file(prompt.arrays, tmp_path / "prompt.safetensors")
    details = json.loads(json.dumps(prompt.details))
    restored = VoicePrompt(safetensors.numpy.load_file(tmp_path / "prompt.safetensors"), details)
    utterance = Utterance("Good morning.", "en", seed=4)
    said = [np.concatenate(list(make_engine("base").speak(kept, utterance, listener))) for kept in (prompt, restored)]
    assert np.array_equal(*said)


def test_speaking_leaves_the_prompt_as_it_was(make_engine, prompt, listener):
    before = {name: array.copy() for name, array in prompt.arrays.items()}
    list(make_engine("base").speak(prompt, Utterance("Good morning.", "en", seed=4), listener))
    assert all(np.array_equal(prompt.arrays[name], array) for name, array in before.items())


def test_a_prompt_of_another_size_is_refused(make_engine, listener):
    other = VoicePrompt({"speaker": np.zeros(2048, dtype=np.float32)}, {"kind": "cloned", "text": None})
    with pytest.raises(Unsupported, match="2048"):
        list(make_engine("base").speak(other, Utterance("Good morning.", "en", seed=4), listener))


def test_a_voice_without_samples_is_refused(make_engine, listener):
    with pytest.raises(InvalidAudio, match="no samples"):
        prepare(make_engine("base"), listener)


def test_preset_and_designed_voices_need_no_arrays(make_engine, listener):
    preset = make_engine("custom_voice").prepare(Voice("preset", voice_id="vivian"), listener)
    designed = make_engine("voice_design").prepare(Voice("designed", description="A calm woman."), listener)
    assert (preset.arrays, preset.details) == ({}, {"kind": "preset", "voice_id": "vivian"})
    assert (designed.arrays, designed.details) == ({}, {"kind": "designed", "description": "A calm woman."})


@pytest.mark.parametrize(
    ("checkpoint", "voice", "says"),
    [
        ("custom_voice", Voice("preset", voice_id="nobody"), "vivian"),
        ("custom_voice", Voice("cloned"), "preset voices"),
        ("voice_design", Voice("preset", voice_id="vivian"), "designed voices"),
        ("voice_design", Voice("designed", description=" "), "description"),
        ("base", Voice("preset", voice_id="vivian"), "cloned voices"),
    ],
)
def test_voices_that_a_checkpoint_does_not_have_are_refused(make_engine, listener, checkpoint, voice, says):
    with pytest.raises(Unsupported, match=says):
        make_engine(checkpoint).prepare(voice, listener)
