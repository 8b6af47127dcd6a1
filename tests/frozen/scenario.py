"""What the README's demo does: a voice from a recording, a sentence in that voice, and what Whisper hears in it."""

from __future__ import annotations

import re
from pathlib import Path

import jiwer
import soundfile

from tests.process.conftest import PRESET
from tests.process.sidecar_process import Message, SidecarProcess

SENTENCE = "The kettle is on the stove, and the old boat leaves this morning."
MISHEARD = 0.1
"""Of all words; there are thirteen, so one."""


def speak_from_a_recording(sidecar: SidecarProcess, recording: Path) -> None:
    """The whole scenario; every result is looked at."""
    samples = [{"path": str(recording)}]
    profile = sidecar.call("profiles.create", name="Recorded", samples=samples, wait=True)["profile"]
    spoken = sidecar.call("generation.create", profile_id=profile["id"], text=SENTENCE, seed=7, wait=True)["generation"]
    assert (spoken["status"], spoken["engine"], spoken["fidelity"]) == ("completed", "kokoro", "matched")
    assert_sounds(spoken)
    asked = {"path": spoken["audio_path"], "language": "en", "words": True}
    heard = sidecar.call("transcription.create", **asked, wait=True)["transcription"]
    assert jiwer.wer(plain(SENTENCE), plain(heard["text"])) <= MISHEARD
    times = [time for word in heard["words"] for time in (word["start_s"], word["end_s"])]
    assert times == sorted(times)
    assert 0.0 <= times[0] < times[-1] <= spoken["duration_s"]
    subtitles = sidecar.call("generation.subtitles", generation_id=spoken["id"], format="srt")["text"]
    assert plain(SENTENCE) in plain(subtitles)


def speak(sidecar: SidecarProcess) -> None:
    """The least of it: a sentence in a voice that comes with the program."""
    sidecar.call("profiles.create", name="Heart", voice=PRESET)
    assert_sounds(sidecar.call("generation.create", profile_id="heart", text=SENTENCE, wait=True)["generation"])


def assert_sounds(generation: Message) -> None:
    """The file is as long as was said, and is not silent."""
    samples, rate = soundfile.read(generation["audio_path"])
    assert abs(len(samples) / rate - generation["duration_s"]) < 0.001
    assert generation["duration_s"] > 2.0
    assert abs(samples).max() > 0.05


def plain(text: str) -> str:
    """The words alone, in small letters."""
    return " ".join(re.findall(r"[a-z']+", text.lower()))
