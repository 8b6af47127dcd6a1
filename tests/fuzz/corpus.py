"""Whole files of every kind that the sidecar takes in: what damage is done to."""

from __future__ import annotations

import io
import struct
import tarfile
import wave
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tests.conftest import MODELS
from tests.fuzz.target import Target
from tests.scripted_engine import VOICE

RATE = 24_000
WORDS = "Hello, all of you, on this fine and early morning in the month of May."
AUDIO = {
    "wav": ("wav", "pcm_s16le"),
    "24.wav": ("wav", "pcm_s24le"),
    "float.wav": ("wav", "pcm_f32le"),
    "ulaw.wav": ("wav", "pcm_mulaw"),
    "flac": ("flac", "flac"),
    "mp3": ("mp3", "libmp3lame"),
    "opus": ("ogg", "libopus"),
    "ogg": ("ogg", "libvorbis"),
    "m4a": ("ipod", "aac"),
    "mp4": ("mp4", "aac"),
    "webm": ("webm", "libopus"),
    "mkv": ("matroska", "flac"),
    "aiff": ("aiff", "pcm_s16be"),
    "caf": ("caf", "pcm_s16le"),
    "au": ("au", "pcm_s16be"),
    "wv": ("wv", "wavpack"),
    "w64": ("w64", "pcm_s16le"),
    "adts": ("adts", "aac"),
}
"""Extension → FFmpeg's container and codec."""
SCRIPTS = {
    "md": "# One\n\n**Ada:** Hello there. [pause 1s]\n\nBob: (softly) *And* to you.\n\n***\n\nAda: Good night.\n",
    "fountain": "Title: A play\n\nINT. ROOM - DAY\n\nADA\n(softly)\nHello there.\n\nBOB ^\nAnd to you.\n\n> FADE OUT\n",
    "csv": 'speaker,text,pause\nAda,"Hello, ""there"".",1\nBob,And to you.,\n',
    "txt": "Ada: Hello there.\nBob: And to you.\n\nA line without anybody.\n",
    "jsonl": '{"text": "Hello."}\n{"text": "And to you.", "seed": 3}\n',
}


@dataclass(frozen=True)
class Whole:
    """A file without damage. `taken_by` are the kinds of request that take it in."""

    name: str
    data: bytes
    taken_by: str


def corpus(target: Target) -> list[Whole]:
    """Whole files of all kinds; bundles and backups are made by the sidecar itself."""
    return [*_recordings(target.sandbox), *_bundles(target), *_texts(), *_pictures(), *_models()]


def _recordings(folder: Path) -> Iterator[Whole]:
    time = np.arange(RATE) / RATE
    tone = (0.3 * np.sin(2 * np.pi * 220 * time) * np.sin(2 * np.pi * 3 * time)).astype(np.float32)
    for extension, (container, codec) in AUDIO.items():
        path = folder / "in" / f"whole.{extension}"
        try:
            _encode(path, container, codec, tone)
        except (av.FFmpegError, ValueError):
            # This build of FFmpeg writes it not, whether or not it reads it.
            continue
        yield Whole(path.name, path.read_bytes(), "audio")
    yield Whole("stereo.wav", _stereo(), "audio")


def _encode(path: Path, container: str, codec: str, samples: np.ndarray) -> None:
    with av.open(str(path), "w", format=container) as written:
        rate = 48_000 if codec == "libopus" else RATE
        stream = written.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
        frame.sample_rate = rate
        for piece in av.AudioResampler(stream.format, "mono", rate, stream.frame_size or 1_024).resample(frame):
            written.mux(stream.encode(piece))
        written.mux(stream.encode(None))


def _stereo() -> bytes:
    told = io.BytesIO()
    with wave.open(told, "wb") as written:
        written.setnchannels(2)
        written.setsampwidth(2)
        written.setframerate(44_100)
        written.writeframes(struct.pack("<2000h", *range(-1000, 1000)) * 20)
    return told.getvalue()


def _bundles(target: Target) -> Iterator[Whole]:
    """What the sidecar writes for other sidecars."""
    out = target.sandbox / "out"
    profile = target.call("profiles.create", name="Tone", voice=VOICE)["profile"]
    made = target.call("generation.create", profile_id="Tone", text=WORDS, wait=True)["generation"]
    target.call("profiles.add_sample", profile_id=_cloned(target), path=str(_speech()), text=WORDS, wait=True)
    project = target.call("projects.create", name="Play")["project"]
    track = target.call("projects.add_track", project_id=project["id"], name="Voices")["track"]
    where = {"project_id": project["id"], "track_id": track["id"], "start_s": 0.0}
    target.call("projects.add_clip", generation_id=made["id"], **where)
    wishes = (
        ("profiles.export", {"profile_id": profile["id"]}, "profile"),
        ("profiles.export", {"profile_id": "Clone"}, "profile"),
        ("projects.export", {"project_id": project["id"]}, "project"),
        ("system.backup", {}, "backup"),
    )
    for number, (method, params, kind) in enumerate(wishes):
        path = out / f"whole-{number}.zip"
        target.call(method, path=str(path), wait=True, **params)
        yield Whole(path.name, path.read_bytes(), kind)


def _speech() -> Path:
    """Somebody speaking, since a voice is made of nothing else."""
    return next(iter(sorted((MODELS / "recordings").glob("*.wav"))))


def _cloned(target: Target) -> str:
    return str(target.call("profiles.create", name="Clone")["profile"]["id"])


def _texts() -> Iterator[Whole]:
    for extension, text in SCRIPTS.items():
        yield Whole(f"whole.{extension}", text.encode(), "script")


def _pictures() -> Iterator[Whole]:
    for extension in ("png", "jpeg"):
        told = io.BytesIO()
        Image.radial_gradient("L").resize((32, 32)).convert("RGB").save(told, extension)
        yield Whole(f"whole.{extension}", told.getvalue(), "picture")


def _models() -> Iterator[Whole]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("scripted/scripted.bin", b"1")
    yield Whole("whole-model.zip", packed.getvalue(), "model")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("scripted/scripted.bin")
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"1"))
    yield Whole("whole-model.tar.gz", packed.getvalue(), "model")
