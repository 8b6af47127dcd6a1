"""The main job, from a fresh clone: a voice from a recording, a sentence in that voice, a WAV to play.

    python3 build/demo.py [RECORDING] [--text TEXT]

Sets everything up first, if need be. Without a recording of yours it takes one that Piper's voice "joe" speaks.
"""

from __future__ import annotations

import argparse
import wave
from pathlib import Path
from typing import Any

from setup import REPOSITORY, run_inside

EXTRAS = ("kokoro", "demo")
FOLDER = REPOSITORY / ".demo"
MODELS = REPOSITORY / ".models"
SPOKEN_BY_PIPER = (
    "The quiet harbour was full of small boats that morning. A light wind came from the west, and the gulls were "
    "calling over the roofs. Somebody was whistling while he mended his nets."
)
SENTENCE = "It is 9:30, the kettle is on, and this is the first sentence that I have ever said on this computer."


def main() -> None:
    """Run the demo."""
    run_inside(EXTRAS, Path(__file__))
    from models import assemble
    from terminal import Session, draw_waveform

    arguments = _arguments()
    assemble(MODELS)
    recording = (arguments.recording or _piper_recording()).resolve()
    with Session(FOLDER / "data", MODELS) as sidecar:
        profile = _profile(sidecar, recording)
        samples = sidecar.call("profiles.list_samples", profile_id=profile["id"])
        sidecar.say(f"It hears: {samples['items'][0]['text']}")
        made = sidecar.call("generation.create", profile_id=profile["id"], text=arguments.text, wait=True)["generation"]
        sidecar.call("history.list", limit=3)
        waveform = sidecar.call("audio.waveform", generation_id=made["id"], buckets=1000)
        picture = FOLDER / "waveform.png"
        draw_waveform(picture, waveform["minimum"], waveform["maximum"])
        sidecar.say(f"Its waveform: {picture}")
        sidecar.say(f"{made['duration_s']:.1f} s of speech ({made['fidelity']}): {made['audio_path']}")
        if arguments.picture:
            sidecar.save_picture(arguments.picture, "python3 build/demo.py")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make a voice from a recording and speak a sentence in it.")
    parser.add_argument("recording", type=Path, nargs="?", help="2 to 30 seconds of one voice, in any audio format")
    parser.add_argument("--text", default=SENTENCE, help="what to say")
    parser.add_argument("--picture", type=Path, help="keep the session as an SVG, as the README shows it")
    return parser.parse_args()


def _profile(sidecar: Any, recording: Path) -> dict[str, Any]:
    """The profile of this recording: the one of an earlier run, or a new one."""
    found = sidecar.call("profiles.list", search=recording.name)["items"]
    if found:
        return dict(found[0])
    samples = [{"path": str(recording)}]
    return dict(sidecar.call("profiles.create", name=recording.name, samples=samples, wait=True)["profile"])


def _piper_recording() -> Path:
    from models import assemble

    path = FOLDER / "joe.wav"
    if not path.exists():
        from piper import PiperVoice

        assemble(MODELS, ["piper-joe"])
        FOLDER.mkdir(exist_ok=True)
        temporary = path.with_suffix(".part")
        with wave.open(str(temporary), "wb") as file:
            PiperVoice.load(MODELS / "piper-joe" / "en_US-joe-medium.onnx").synthesize_wav(SPOKEN_BY_PIPER, file)
        temporary.rename(path)
    return path


if __name__ == "__main__":
    main()
