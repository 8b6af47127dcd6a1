"""The engine through its Protocol: every kind of voice, streamed and batched, refused, cancelled, out of memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from sidecar.engines.base import Sampling, Utterance, Voice
from sidecar.engines.qwen.adapter import QwenEngine, frames_cap
from sidecar.engines.qwen.spec import LANGUAGES
from sidecar.errors import Cancelled, EngineFailed, InvalidParams, ModelUnavailable, Unsupported
from tests.engines.qwen.stand_ins import Listener

TEXTS = {
    "zh": "早上好。很高兴见到你。",
    "en": "Good morning, how nice to see you.",
    "ja": "おはようございます。",
    "ko": "좋은 아침이에요.",
    "de": "Guten Morgen, schön, dich zu sehen.",
    "fr": "Bonjour, ravi de te voir.",
    "ru": "Доброе утро, рад тебя видеть.",
    "pt": "Bom dia, que bom ver você.",
    "es": "¡Buenos días, me alegro de verte!",
    "it": "Buongiorno, che piacere vederti.",
}
SAMPLES_A_FRAME = 1920
GREEDILY = Sampling(temperature=0.0, subtalker_temperature=0.0)


def utterance(text=TEXTS["en"], language="en", **options):
    return Utterance(text, language, **({"seed": 5} | options))


def speak(engine, prompt, asked, listener=None):
    """All pieces, and what the generator returned at its end."""
    generator, pieces = engine.speak(prompt, asked, listener or Listener()), []
    while True:
        try:
            pieces.append(next(generator))
        except StopIteration as end:
            return pieces, end.value


def said(engine, prompt, asked):
    return np.concatenate(speak(engine, prompt, asked)[0])


def test_a_clone_sounds_as_the_library_makes_it_sound(make_engine, upstream, prompt):
    ours = said(make_engine("base"), prompt, utterance())
    frames = len(ours) // SAMPLES_A_FRAME
    theirs = upstream("base").clone(TEXTS["en"], "english", prompt, seed=5, frames=frames)
    assert len(theirs.samples) == len(ours)
    assert np.abs(ours - theirs.samples).max() < 1e-4


def test_a_clone_by_the_speaker_vector_alone_sounds_as_in_the_library(make_engine, upstream, record, listener):
    engine = make_engine("base")
    prompt = engine.prepare(Voice("cloned", references=(record(3.0, None),)), listener)
    ours = said(engine, prompt, utterance(seed=2))
    theirs = upstream("base").clone(TEXTS["en"], "english", prompt, seed=2, frames=len(ours) // SAMPLES_A_FRAME)
    assert np.abs(ours - theirs.samples).max() < 1e-4


@pytest.mark.parametrize(
    ("voice", "language", "name", "instruct"),
    [
        ("vivian", "en", "english", None),
        ("vivian", "en", "english", "Very happy."),
        ("eric", "zh", "chinese", None),
    ],
    ids=["plain", "instructed", "dialect"],
)
def test_a_preset_sounds_as_in_the_library(make_engine, upstream, listener, voice, language, name, instruct):
    engine = make_engine("custom_voice")
    prompt = engine.prepare(Voice("preset", voice_id=voice), listener)
    ours = said(engine, prompt, utterance(TEXTS[language], language, instruct=instruct))
    frames = len(ours) // SAMPLES_A_FRAME
    theirs = upstream("custom_voice").preset(TEXTS[language], name, voice, instruct, seed=5, frames=frames)
    assert np.abs(ours - theirs.samples).max() < 1e-4


def test_a_designed_voice_sounds_as_in_the_library(make_engine, upstream, listener):
    engine = make_engine("voice_design")
    prompt = engine.prepare(Voice("designed", description="A calm, deep voice."), listener)
    ours = said(engine, prompt, utterance())
    frames = len(ours) // SAMPLES_A_FRAME
    theirs = upstream("voice_design").design(TEXTS["en"], "english", "A calm, deep voice.", seed=5, frames=frames)
    assert np.abs(ours - theirs.samples).max() < 1e-4


@pytest.mark.parametrize("language", LANGUAGES)
def test_ten_languages_come_out_in_whole_frames(make_engine, prompt, language):
    pieces, spoken = speak(make_engine("base"), prompt, utterance(TEXTS[language], language))
    assert all(piece.dtype == np.float32 and piece.ndim == 1 for piece in pieces)
    assert sum(map(len, pieces)) == spoken.steps * SAMPLES_A_FRAME > 0


def test_a_longer_text_may_have_more_frames():
    assert [frames_cap(tokens) for tokens in (1, 16, 17, 100)] == [192, 192, 204, 1200]


def test_a_missed_end_of_speech_is_capped_and_pieces_grow_till_then(make_engine, prompt):
    pieces, spoken = speak(make_engine("endless"), prompt, utterance("Hi.", sampling=GREEDILY))
    assert (spoken.stop_reason, spoken.steps) == ("cap", 192)
    frames = [len(piece) // SAMPLES_A_FRAME for piece in pieces]
    assert frames[:5] == [4, 8, 16, 25, 25]
    assert sum(frames) == spoken.steps


def test_the_end_of_speech_is_told(make_engine, prompt):
    assert speak(make_engine("base"), prompt, utterance())[1].stop_reason == "eos"


def test_the_same_seed_repeats_and_another_does_not(make_engine, prompt):
    engine = make_engine("base")
    first, again, other = (said(engine, prompt, utterance(seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_batch_sounds_as_its_texts_alone(make_engine, prompt, listener):
    engine = make_engine("base")
    asked = [utterance(), utterance("Bye.", seed=6), utterance(TEXTS["de"], "de", seed=7)]
    together = engine.speak_batch(prompt, asked, listener)
    for (samples, spoken), one in zip(together, asked, strict=True):
        pieces, alone = speak(engine, prompt, one)
        assert spoken == alone
        assert np.abs(samples - np.concatenate(pieces)).max() < 1e-4


def test_progress_is_told_every_frame(make_engine, prompt, listener):
    _, spoken = speak(make_engine("base"), prompt, utterance(), listener)
    assert listener.frames == list(range(1, spoken.steps + 1))


def test_cancelling_takes_effect_within_a_frame(make_engine, prompt, listener):
    listener.raise_at(6, Cancelled("The job was cancelled."))
    with pytest.raises(Cancelled):
        speak(make_engine("endless"), prompt, utterance(sampling=GREEDILY), listener)
    assert listener.checks == 6
    assert len(listener.frames) <= 5


def test_after_a_cancel_the_engine_speaks_as_ever(make_engine, prompt, listener):
    engine = make_engine("base")
    before = said(engine, prompt, utterance())
    listener.raise_at(4, Cancelled("The job was cancelled."))
    with pytest.raises(Cancelled):
        speak(engine, prompt, utterance("Something else."), listener)
    assert np.array_equal(said(engine, prompt, utterance()), before)


class RunsOut(Listener):
    """Runs out of memory at one check only, or from it on."""

    def __init__(self, check, *, for_ever=False):
        super().__init__()
        self.at, self.for_ever = check, for_ever

    def check(self):
        super().check()
        if self.checks == self.at or (self.for_ever and self.checks > self.at):
            raise torch.OutOfMemoryError("Tried to allocate 2.00 GiB.")


@pytest.mark.parametrize("check", [1, 3, 9])
def test_out_of_memory_once_is_tried_again_and_nothing_is_heard_of_it(make_engine, prompt, check):
    engine, asked = make_engine("base"), utterance()
    pieces, _ = speak(engine, prompt, asked, RunsOut(check))
    assert np.array_equal(np.concatenate(pieces), said(engine, prompt, asked))


def test_out_of_memory_twice_fails_with_the_numbers(make_engine, prompt):
    with pytest.raises(EngineFailed, match="GiB are free") as caught:
        speak(make_engine("base"), prompt, utterance(), RunsOut(3, for_ever=True))
    assert caught.value.data["free_bytes"] > 0
    assert caught.value.data["model_bytes"] == make_engine("base").memory_bytes


def test_preparing_a_voice_is_tried_again_too(make_engine, record):
    engine, voice = make_engine("base"), Voice("cloned", references=(record(2.0, "One."),))
    assert engine.prepare(voice, RunsOut(2)).details["text"] == "One."
    with pytest.raises(EngineFailed, match="read the samples"):
        engine.prepare(voice, RunsOut(2, for_ever=True))


def test_a_batch_that_does_not_fit_is_spoken_in_halves(make_engine, prompt):
    engine, asked = make_engine("base"), [utterance(seed=seed) for seed in range(4)]
    in_halves = engine.speak_batch(prompt, asked, RunsOut(2))
    in_one = engine.speak_batch(prompt, asked, Listener())
    assert [spoken for _, spoken in in_halves] == [spoken for _, spoken in in_one]


def test_a_batch_that_does_not_fit_in_halves_fails_with_the_numbers(make_engine, prompt):
    with pytest.raises(EngineFailed, match="speak 2 texts at once"):
        make_engine("base").speak_batch(prompt, [utterance()] * 4, RunsOut(2, for_ever=True))


def test_int8_speaks_too_and_takes_less_memory(make_engine, prompt):
    exact, int8 = make_engine("base"), make_engine("base", int8=True)
    assert len(said(int8, prompt, utterance())) > 0
    assert int8.memory_bytes < exact.memory_bytes


@pytest.mark.parametrize("text", ["", "  \n ", "…?! — .", "👍"], ids=["empty", "blank", "punctuation", "emoji"])
def test_a_text_without_words_is_refused(make_engine, prompt, listener, text):
    with pytest.raises(Unsupported, match="nothing to pronounce"):
        make_engine("base").speak(prompt, utterance(text), listener)
    assert listener.checks == 0


def test_an_unknown_language_is_refused_with_the_known_ones(make_engine, prompt, listener):
    with pytest.raises(Unsupported, match="zh, en, ja, ko, de, fr, ru, pt, es, it"):
        make_engine("base").speak(prompt, utterance(language="sv"), listener)


def test_instruct_is_refused_when_cloning(make_engine, prompt, listener):
    with pytest.raises(Unsupported, match="instruct"):
        make_engine("base").speak(prompt, utterance(instruct="Happy."), listener)


def test_instruct_is_refused_at_06b(make_engine, listener):
    engine = make_engine("small_custom_voice")
    prompt = engine.prepare(Voice("preset", voice_id="vivian"), listener)
    with pytest.raises(Unsupported, match=r"0\.6B"):
        engine.speak(prompt, utterance(instruct="Happy."), listener)


def test_instruct_changes_what_is_said(make_engine, listener):
    engine = make_engine("custom_voice")
    prompt = engine.prepare(Voice("preset", voice_id="vivian"), listener)
    plain, happy = (said(engine, prompt, utterance(instruct=instruct)) for instruct in (None, "Very happy."))
    assert not np.array_equal(plain, happy)


def test_another_speed_is_refused(make_engine, prompt, listener):
    with pytest.raises(Unsupported, match="speed"):
        make_engine("base").speak(prompt, utterance(speed=1.2), listener)


@pytest.mark.parametrize(
    "sampling",
    [Sampling(temperature=-1.0), Sampling(top_p=0.0), Sampling(top_k=-1), Sampling(subtalker_top_p=1.5)],
)
def test_sampling_out_of_range_is_refused(make_engine, prompt, listener, sampling):
    with pytest.raises(InvalidParams, match="are allowed"):
        make_engine("base").speak(prompt, utterance(sampling=sampling), listener)


def test_a_prompt_of_another_kind_is_refused(make_engine, prompt, listener):
    with pytest.raises(Unsupported, match="preset voices, not cloned"):
        make_engine("custom_voice").speak(prompt, utterance(), listener)


def test_line_breaks_around_a_text_make_no_difference(make_engine, prompt):
    engine = make_engine("base")
    assert np.array_equal(said(engine, prompt, utterance("\nHi.\n")), said(engine, prompt, utterance("Hi.")))


def test_a_folder_without_a_checkpoint_is_told_as_a_missing_model(tmp_path):
    with pytest.raises(ModelUnavailable) as caught:
        QwenEngine(tmp_path / "qwen3-tts-0.6b-base", "cpu")
    assert caught.value.data["model"] == "qwen3-tts-0.6b-base"


def test_nothing_is_printed_on_stdout(checkpoints, record, capfd):
    engine = QwenEngine(checkpoints["base"], "cpu")
    loud = record(3.0, "This is how I sound.", level=2.0)
    prompt = engine.prepare(Voice("cloned", references=(loud,)), Listener())
    said(engine, prompt, utterance())
    engine.close()
    assert capfd.readouterr().out == ""
