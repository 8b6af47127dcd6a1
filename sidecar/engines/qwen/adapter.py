"""Qwen3-TTS behind the `SpeechEngine` Protocol: one loaded checkpoint, whatever kind of voice it speaks with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import chain, islice, repeat
from pathlib import Path

import numpy as np
import torch

from sidecar.engines.base import Control, Place, Samples, Spoken, Utterance, Voice, VoicePrompt
from sidecar.engines.qwen.checkpoint import load_checkpoint
from sidecar.engines.qwen.checks import check_request
from sidecar.engines.qwen.codec import CodecDecoder, CodecState
from sidecar.engines.qwen.device import choose
from sidecar.engines.qwen.fast_loop import FastLoop, Take
from sidecar.engines.qwen.graphs import recorder
from sidecar.engines.qwen.linear import ExactLinear, Int8Linear
from sidecar.engines.qwen.memory import OutOfMemory, give_back, noticing_shortage, shortage
from sidecar.engines.qwen.prompt import build_clone, cloned_voice
from sidecar.engines.qwen.sampling import recipe
from sidecar.engines.qwen.script import Script, ScriptWriter
from sidecar.engines.qwen.spec import SAMPLE_RATE, VOICE_KINDS
from sidecar.errors import Unsupported

FIRST_PIECES = (4, 8, 16)
LATER_PIECES = 25
"""Frames decoded at a time: the first sound soon (0.32 s of it), then in pieces that cost less each."""

FRAME_S = 0.08
"""Seconds of speech in a frame."""

FEWEST_FRAMES_CAP = 192
FRAMES_A_TOKEN = 12
"""The most frames that a text may take: a missed end of speech would go on for ever (vllm-omni's limits)."""


class QwenEngine:
    """A checkpoint of `spec.CHECKPOINTS`, loaded. Implements `SpeechEngine`; not for concurrent use.

    `device` is "auto" or a torch device; the one in use, and why, is in `self.device`. `int8` halves the time on a
    processor and changes the sound slightly.

    Raises:
        ModelUnavailable: `model_dir` holds no complete checkpoint.
        Unsupported: int8 weights on another device than the processor.
        EngineFailed: there is not enough memory to load it.

    """

    sample_rate = SAMPLE_RATE

    def __init__(self, model_dir: Path, device: str, *, int8: bool = False) -> None:
        self.device = choose(device)
        if int8 and self.device.name != "cpu":
            raise Unsupported(f"int8 weights run on the processor only, not on {self.device.name}. Leave `int8` off.")
        if self.device.name == "cpu":
            torch.set_num_threads(self.device.threads)
        try:
            with noticing_shortage():
                self._checkpoint = load_checkpoint(model_dir, self.device)
                self._loop = FastLoop(
                    self._checkpoint.model.talker, Int8Linear if int8 else ExactLinear, recorder(self.device.name)
                )
        except OutOfMemory as error:
            raise shortage(self.device.name, 0, "load the model") from error
        give_back()
        self._model = self._checkpoint.model
        self._writer = ScriptWriter(self._model, self._checkpoint.tokenizer)
        self._decoder = CodecDecoder(self._checkpoint.codec.decoder)

    @staticmethod
    def place(device: str) -> Place:
        """The device that proves itself for `device`, "auto" or a torch device."""
        chosen = choose(device)
        return Place(chosen.name, chosen.fallback)

    @property
    def memory_bytes(self) -> int:
        """Weights and caches as they are now, in bytes."""
        return self._checkpoint.weight_bytes + self._loop.own_bytes

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        """Build the prompt of a voice of this checkpoint's kind. Arrays: see `prompt`; details hold its `kind`.

        Raises:
            InvalidAudio: a cloned voice has no samples, or an unusable one (not mono, under 1 s, silent).
            EngineFailed: out of memory twice.
            Unsupported: the voice is of another kind, or no speaker or description of this checkpoint's.

        """
        own_kind = VOICE_KINDS[self._model.tts_model_type]
        if voice.kind != own_kind:
            message = f"This checkpoint speaks with {own_kind} voices, not {voice.kind} ones. Load another checkpoint."
            raise Unsupported(message)
        if own_kind == "cloned":
            return self._twice(lambda: build_clone(voice, self._model, self._decoder, control), "read the samples")
        if own_kind == "preset":
            return VoicePrompt({}, {"kind": "preset", "voice_id": self._speaker(voice.voice_id)})
        if not (voice.description or "").strip():
            raise Unsupported("A designed voice needs a description. Say how it shall sound, in a sentence or two.")
        return VoicePrompt({}, {"kind": "designed", "description": voice.description})

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        """Yield the speech as float32 pieces (n * 1,920,) at 24 kHz: 0.32 s first, then longer ones.

        The same seed on the same device gives the same samples, alone or in a batch. With a designed voice `instruct`
        is added to its description.

        Raises:
            Unsupported, InvalidParams: see `checks.check_request`; raised by the call itself.
            Cancelled: `control` said so, at most one frame (80 ms of speech) ago.
            EngineFailed: out of memory twice, or the model computed nonsense.
        """
        self._check(prompt, [utterance])
        return self._speak_twice_if_short_of_memory(prompt, utterance, control)

    def speak_batch(
        self, prompt: VoicePrompt, utterances: Sequence[Utterance], control: Control
    ) -> list[tuple[Samples, Spoken]]:
        """Speak several utterances of one voice in one pass: whole takes, (frames * 1,920,) each, in their order.

        If memory runs out, they are spoken in two halves. Raises what `speak` raises.
        """
        self._check(prompt, utterances)
        try:
            with noticing_shortage():
                return self._together(prompt, utterances, control)
        except OutOfMemory:
            self._unload_caches()
        middle = (len(utterances) + 1) // 2
        halves = [half for half in (utterances[:middle], utterances[middle:]) if half]
        try:
            with noticing_shortage():
                return [take for half in halves for take in self._together(prompt, half, control)]
        except OutOfMemory as error:
            raise shortage(self.device.name, self.memory_bytes, f"speak {middle} texts at once") from error

    def close(self) -> None:
        """Give the model's memory back. The engine cannot be used afterwards."""
        del self._loop, self._decoder, self._writer, self._model, self._checkpoint
        give_back()

    def _check(self, prompt: VoicePrompt, utterances: Sequence[Utterance]) -> None:
        for utterance in utterances:
            check_request(prompt, utterance, self._model.tts_model_type, self._model.tts_model_size)

    def _speaker(self, voice_id: str | None) -> str:
        speakers = list(self._model.get_supported_speakers())
        if voice_id is None or voice_id not in speakers:
            raise Unsupported(f"There is no stock voice {voice_id!r}. Choose one of: {', '.join(sorted(speakers))}.")
        return voice_id

    def _twice(self, work: Callable[[], VoicePrompt], what: str) -> VoicePrompt:
        """Do `work`; if memory runs out, once more with the caches unloaded."""
        try:
            with noticing_shortage():
                return work()
        except OutOfMemory:
            self._unload_caches()
        try:
            with noticing_shortage():
                return work()
        except OutOfMemory as error:
            raise shortage(self.device.name, self.memory_bytes, what) from error

    def _speak_twice_if_short_of_memory(
        self, prompt: VoicePrompt, utterance: Utterance, control: Control
    ) -> Generator[Samples, None, Spoken]:
        given = 0
        try:
            with noticing_shortage():
                take, codec = self._begin(prompt, utterance)
                for piece in self._pieces(take, codec, control):
                    given += 1
                    yield piece
                return take.spoken
        except OutOfMemory:
            self._unload_caches()
        try:
            with noticing_shortage():
                take, codec = self._begin(prompt, utterance)
                # Speech is repeatable, so the second try goes on where the first one broke off.
                yield from islice(self._pieces(take, codec, control), given, None)
                return take.spoken
        except OutOfMemory as error:
            raise shortage(self.device.name, self.memory_bytes, "speak this text") from error

    def _pieces(self, take: Take, codec: CodecState, control: Control) -> Iterator[Samples]:
        sizes = chain(FIRST_PIECES, repeat(LATER_PIECES))
        size, waiting = next(sizes), []
        for frame in self._loop.run([take], control.check):
            waiting.append(frame)
            control.progress("speaking", take.frames * FRAME_S, None, "seconds")
            if len(waiting) == size:
                yield self._decoder.decode(torch.cat(waiting), codec)
                size, waiting = next(sizes), []
        if waiting:
            yield self._decoder.decode(torch.cat(waiting), codec)

    def _together(
        self, prompt: VoicePrompt, utterances: Sequence[Utterance], control: Control
    ) -> list[tuple[Samples, Spoken]]:
        begun = [self._begin(prompt, utterance) for utterance in utterances]
        takes = [take for take, _ in begun]
        spoken: list[list[torch.Tensor]] = [[] for _ in takes]
        for frame in self._loop.run(takes, control.check):
            for row, take in enumerate(takes):
                if take.stop_reason is None:
                    spoken[row].append(frame[row : row + 1])
            control.progress("speaking", sum(take.frames for take in takes) * FRAME_S, None, "seconds")
        results = []
        for (take, codec), frames in zip(begun, spoken, strict=True):
            parts = torch.split(torch.cat(frames), LATER_PIECES)
            pieces = [self._decoder.decode(part, codec) for part in parts]
            results.append((np.concatenate(pieces), take.spoken))
        self._loop.release()
        return results

    def _begin(self, prompt: VoicePrompt, utterance: Utterance) -> tuple[Take, CodecState]:
        script, codec = self._script(prompt, utterance)
        drawing = recipe(utterance.sampling, self._checkpoint.defaults)
        return Take(script, drawing, utterance.seed, frames_cap(script.text_tokens)), codec

    def _script(self, prompt: VoicePrompt, utterance: Utterance) -> tuple[Script, CodecState]:
        text, language, details = utterance.text, utterance.language, prompt.details
        if details["kind"] == "preset":
            return self._writer.preset(text, language, details["voice_id"], utterance.instruct), CodecState()
        if details["kind"] == "designed":
            manner = " ".join(part for part in (details["description"], utterance.instruct) if part)
            return self._writer.design(text, language, manner), CodecState()
        like = self._model.talker.codec_head.weight.new_empty(self._model.config.talker_config.hidden_size)
        voice = cloned_voice(prompt, like)
        return self._writer.clone(text, language, voice.speaker, voice.reference), voice.codec

    def _unload_caches(self) -> None:
        self._loop.release()
        give_back()


def frames_cap(text_tokens: int) -> int:
    """The most frames that a text of so many tokens may take, however long its end of speech fails to come."""
    return max(FEWEST_FRAMES_CAP, FRAMES_A_TOKEN * text_tokens)
