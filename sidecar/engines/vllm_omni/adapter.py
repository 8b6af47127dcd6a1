"""vLLM-Omni's servers behind the `SpeechEngine` Protocol. Nothing is loaded: what is kept is connections.

What leaves this machine is what `wording.speech_body` says, and each request tells to which host it goes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Sequence
from functools import partial
from pathlib import Path

from sidecar.engines.base import Control, Place, Samples, Spoken, Utterance, Voice, VoicePrompt
from sidecar.engines.qwen.checks import check_language, check_text
from sidecar.engines.qwen.reference import combine, read_recording
from sidecar.engines.vllm_omni.client import SpeechClient, Wanted
from sidecar.engines.vllm_omni.heeding import Heeding
from sidecar.engines.vllm_omni.key import find_key
from sidecar.engines.vllm_omni.spec import ENGINE, SERVED, SPEC
from sidecar.engines.vllm_omni.wording import FRAME_S, frames_cap, speech_body
from sidecar.errors import InvalidAudio, InvalidParams, Unsupported
from sidecar.server_urls import parse_servers

SLACK_S = 1.0
"""By so much an answer may be longer than its frames: the codec's last piece may be padded."""


class VllmOmniEngine:
    """One kind of voice on all servers. Implements `BatchSpeechEngine`; not for concurrent use.

    `model_dir` and `device` are the servers' affair; `model` is one of `spec.SERVED`, `servers` the setting's text.
    Whose turn it is and who is left alone is known for as long as this is kept, in this process.
    """

    sample_rate = SPEC.sample_rate
    memory_bytes = 0

    def __init__(self, model_dir: Path, device: str, *, model: str, servers: str) -> None:
        (self._served,) = (served for served in SERVED if served.model == model)
        self._client = SpeechClient(parse_servers(servers))
        self._heeding = Heeding()

    @staticmethod
    def place(device: str) -> Place:
        """Elsewhere, whatever is asked for."""
        return Place("remote")

    def prepare(self, voice: Voice, control: Control) -> VoicePrompt:
        """What a request says of the voice; nothing is sent.

        A cloned voice's array `reference` is float32 (n,) at 24 kHz, 30 s at most, with its `text` in the details.

        Raises:
            InvalidAudio: a cloned voice has no samples, or an unusable one.
            Unsupported: the voice is of another kind, or there is no such speaker or no description.

        """
        if voice.kind != self._served.voice_kind:
            raise Unsupported(
                f"{self._served.name}: speaks with {self._served.voice_kind} voices, not {voice.kind} ones."
            )
        if voice.kind == "preset":
            if voice.voice_id not in {speaker.voice_id for speaker in SPEC.voices}:
                raise Unsupported(f"There is no stock voice {voice.voice_id!r}; voices.list says which there are.")
            return VoicePrompt({}, {"voice_id": voice.voice_id})
        if voice.kind == "designed":
            if not (voice.description or "").strip():
                raise Unsupported("A designed voice needs a description. Say how it shall sound.")
            return VoicePrompt({}, {"description": voice.description})
        if not voice.references:
            raise InvalidAudio("A cloned voice needs a recording of its speaker. Add a sample.", reason="no_samples")
        recordings = [read_recording(reference) for reference in voice.references]
        spoken = combine([recording for recording in recordings if recording.text] or recordings)
        return VoicePrompt({"reference": spoken.samples}, {"text": spoken.text})

    def speak(self, prompt: VoicePrompt, utterance: Utterance, control: Control) -> Generator[Samples, None, Spoken]:
        """Yield the speech as it comes from a server, in pieces of its choice.

        The same seed gives the same speech on one server, if it says so; between servers nothing is promised.

        Raises:
            Unsupported, Busy, ModelUnavailable, EngineFailed: see `SpeechClient.speak`.
            Cancelled: `control` said so, at most 50 ms ago; the connection is closed.

        """
        wanted = self._wanted(prompt, utterance)
        speak = partial(self._client.speak, wanted, _key(), self._telling(control))
        samples = 0
        for piece in self._heeding.iterate(speak, control):
            samples += len(piece)
            yield piece
        return _spoken(samples, utterance)

    def speak_batch(
        self, prompt: VoicePrompt, utterances: Sequence[Utterance], control: Control
    ) -> list[tuple[Samples, Spoken]]:
        """Speak several utterances at once, a request each: the servers take turns, and each makes its own batches.

        `/v1/audio/speech/batch` is not used: its items take no seed [protocol, `SpeechBatchItem`], and one answer that
        holds all of them could neither be bounded nor shared out. Raises what `speak` raises.
        """
        wanted = [self._wanted(prompt, utterance) for utterance in utterances]
        takes = self._heeding.run(self._together(wanted, _key(), control), control)
        return [(take, _spoken(len(take), utterance)) for take, utterance in zip(takes, utterances, strict=True)]

    def close(self) -> None:
        """Close the connections."""
        self._heeding.close(self._client.close())

    def _wanted(self, prompt: VoicePrompt, utterance: Utterance) -> Wanted:
        check_language(utterance.language)
        check_text(utterance.text)
        if utterance.speed != 1.0:
            raise InvalidParams.about("speed", "Streamed speech has its own speed only [speech]; leave speed at 1.")
        if utterance.instruct and not self._served.instruct:
            raise Unsupported("Cloned voices do not follow instructions; leave out instruct.")
        body = speech_body(self._served.task, prompt, utterance)
        return Wanted(self._served.task, body, frames_cap(utterance.text) * FRAME_S + SLACK_S)

    def _telling(self, control: Control) -> Callable[[str], None]:
        """Tells what is sent where, in the words of a stage."""
        what = "the recording and the text" if self._served.task == "Base" else "the text"
        return lambda host: control.progress(f"sending {what} to {host}", 0, None, "requests")

    async def _together(self, wanted: Sequence[Wanted], key: str | None, control: Control) -> list[Samples]:
        tell, heard_s = self._telling(control), 0.0

        def hear(piece: Samples) -> None:
            nonlocal heard_s
            heard_s += len(piece) / SPEC.sample_rate
            control.progress("speaking", heard_s, None, "seconds")

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._client.take(each, key, tell, hear)) for each in wanted]
        except BaseExceptionGroup as faults:
            # The others were cancelled because of the first.
            raise faults.exceptions[0] from None
        return [task.result() for task in tasks]


def _key() -> str | None:
    found = find_key(ENGINE)
    return found[0] if found else None


def _spoken(samples: int, utterance: Utterance) -> Spoken:
    frames = round(samples / SPEC.sample_rate / FRAME_S)
    return Spoken("cap" if frames >= frames_cap(utterance.text) else "eos", frames)
