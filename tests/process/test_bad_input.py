"""Whatever is sent: its documented error in a whole sentence, nothing changed, and the next line is served."""

from __future__ import annotations

import base64
import hashlib
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from sidecar.store.files import MARK
from tests.process.conftest import PRESET
from tests.process.sidecar_process import Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

CODES = {
    "invalid_params": -32602,
    "not_found": -32001,
    "conflict": -32002,
    "invalid_audio": -32003,
    "unsupported": -32005,
    "storage": -32007,
}
RATE = 24_000
NOBODY = "00000000-0000-4000-8000-000000000000"
HUGE = 10**30
UNCHANGED_BY_NATURE = ("logs", "voicebox.db-wal", "voicebox.db-shm", MARK)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Path:
    """A folder of everything that is no usable recording, and one file that is."""
    folder = tmp_path_factory.mktemp("files")
    speech_like = 0.3 * np.sin(np.arange(4 * RATE) * 0.05) * np.sin(np.arange(4 * RATE) * 0.0008)
    soundfile.write(folder / "good.wav", speech_like, RATE)
    soundfile.write(folder / "silent.wav", np.zeros(4 * RATE), RATE)
    soundfile.write(folder / "short.wav", speech_like[:RATE], RATE)
    speech, rate = soundfile.read(recordings / "en_david.wav")
    soundfile.write(folder / "clipped.wav", np.clip(50 * speech, -1, 1), rate)
    (folder / "empty.wav").touch()
    (folder / "truncated.wav").write_bytes((folder / "good.wav").read_bytes()[:30])
    (folder / "text.wav").write_text("I am no recording, whatever my name says. " * 50)
    (folder / "playlist.m3u8").write_text(f"#EXTM3U\n#EXTINF:1,\n{folder / 'good.wav'}\n")
    (folder / "folder.wav").mkdir()
    os.mkfifo(folder / "fifo.wav")
    (folder / "secret.wav").write_bytes((folder / "good.wav").read_bytes())
    (folder / "secret.wav").chmod(0)
    return folder


def snapshot(sidecar: SidecarProcess) -> tuple[list[str], dict[str, str]]:
    """The database as SQL, and every file of the data folder with its digest."""
    with closing(sqlite3.connect(sidecar.data_dir / "voicebox.db")) as database:
        rows = list(database.iterdump())
    paths = (path for path in sidecar.data_dir.rglob("*") if path.is_file())
    kept = (path for path in paths if not path.relative_to(sidecar.data_dir).as_posix().startswith(UNCHANGED_BY_NATURE))
    return rows, {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept if path.name != "lock"}


def assert_refused(sidecar: SidecarProcess, kind: str, method: str, params: dict[str, Any]) -> Refused:
    """The call gets this error, in words, and nothing else happens."""
    before = snapshot(sidecar)
    with pytest.raises(Refused) as caught:
        sidecar.call(method, **params)
    refused = caught.value
    assert (refused.data["kind"], refused.code) == (kind, CODES[kind]), refused.message
    assert refused.message.endswith(".")
    assert len(refused.message) < 1_000
    assert snapshot(sidecar) == before
    assert sidecar.call("system.health")["queue_depth"] == 0
    return refused


def generation(**changed: Any) -> tuple[str, dict[str, Any]]:
    return "generation.create", {"profile_id": "heart", "text": "Good.", "wait": True} | changed


def profile(**changed: Any) -> tuple[str, dict[str, Any]]:
    return "profiles.create", {"name": "New"} | changed


def history(**params: Any) -> tuple[str, dict[str, Any]]:
    return "history.list", params


WRONG_PARAMETERS = {
    "a number for a text": generation(text=7),
    "null for a text": generation(text=None),
    "a list for a text": generation(text=["Good."]),
    "a missing text": ("generation.create", {"profile_id": "heart"}),
    "an empty text": generation(text=""),
    "a blank text": generation(text=" \n\t"),
    "a text without a letter": generation(text="... !? -- 😀"),
    "a text of nothing but pauses": generation(text="[pause 1s] [pause 2s]"),
    "a pause that is too long": generation(text="One. [pause 90s] Two."),
    "a text over the limit": generation(text="long " * 200_001),
    "ten megabytes of text": generation(text="x" * 10_000_000),
    "an unknown parameter": generation(volume=11),
    "a string for a seed": generation(seed="7"),
    "a seed below zero": generation(seed=-1),
    "a huge seed": generation(seed=HUGE),
    "a fraction for a seed": generation(seed=1.5),
    "a flag for a speed": generation(speed=True),
    "a speed of zero": generation(speed=0),
    "a string for wait": generation(wait="yes"),
    "a language that is no code": generation(language="english"),
    "sampling that is no object": generation(sampling=[1]),
    "a sampling temperature out of range": generation(sampling={"temperature": 100}),
    "unknown sampling": generation(sampling={"heat": 1}),
    "chunks that are too small": generation(chunking={"max_chars": 1}),
    "a loudness that would hurt": generation(loudness_lufs=0),
    "an empty instruction": generation(instruct=""),
    "an empty name": profile(name=""),
    "a blank name": profile(name="   "),
    "a name over the limit": profile(name="x" * 201),
    "a name with a line break": profile(name="one\ntwo"),
    "a number for a name": profile(name=5),
    "an unknown kind of voice": profile(voice={"kind": "borrowed"}),
    "a voice that is no object": profile(voice="af_heart"),
    "a preset without a voice": profile(voice={"kind": "preset", "engine": "kokoro"}),
    "a description over the limit": profile(description="x" * 2_001),
    "more samples than allowed": profile(samples=[{"path": "/tmp/a.wav"}] * 51),
    "a sample without a source": profile(samples=[{"text": "Hello."}]),
    "a sample that ends before it starts": profile(samples=[{"path": "/tmp/a.wav", "start_s": 2, "end_s": 1}]),
    "a speaker without a recording": ("generation.create", {"profile_id": "Empty", "text": "Good."}),
    "a limit of zero": history(limit=0),
    "a limit over the limit": history(limit=201),
    "a negative offset": history(offset=-1),
    "a huge offset": history(offset=HUGE),
    "an unknown order": history(sort="random"),
    "an unknown status": history(status="lost"),
    "a time that is none": history(since="yesterday"),
    "a time that no calendar has": history(since="2026-13-45T99:99:99Z"),
    "a flag for channels": ("projects.create", {"name": "Play", "channels": True}),
    "a fraction for a sample rate": ("projects.create", {"name": "Play", "sample_rate": 44_100.0}),
    "data without a byte": ("audio.probe", {"data": ""}),
    "a sample whose words are white space": profile(samples=[{"path": "/tmp/a.wav", "text": " "}]),
    "a search over the limit": history(search="x" * 501),
    "nothing to delete": ("history.delete", {"generation_ids": []}),
    "a name cleared": ("profiles.update", {"profile_id": "heart", "name": None}),
    "no path and no data": ("audio.probe", {}),
    "both path and data": ("audio.probe", {"path": "/tmp/a.wav", "data": "AAAA"}),
    "data that is not base64": ("audio.probe", {"data": "*not base64*"}),
    "a path with a null character": ("audio.probe", {"path": "/tmp/\0.wav"}),
    "no columns to draw": ("audio.waveform", {"path": "/tmp/a.wav", "buckets": 0}),
    "a wait of no time": ("jobs.wait", {"job_id": NOBODY, "timeout_s": 0}),
    "an empty id": ("jobs.get", {"job_id": ""}),
}
NOT_THERE = {
    "a profile": ("profiles.get", {"profile_id": NOBODY}),
    "a profile's name": ("profiles.get", {"profile_id": "' OR 1=1 --"}),
    "a profile to change": ("profiles.update", {"profile_id": NOBODY, "name": "New"}),
    "a profile to delete": ("profiles.delete", {"profile_id": NOBODY}),
    "a profile to copy": ("profiles.duplicate", {"profile_id": NOBODY}),
    "a profile to prepare": ("profiles.prepare", {"profile_id": NOBODY}),
    "a profile to list": ("profiles.list_samples", {"profile_id": NOBODY}),
    "a profile to speak": generation(profile_id=NOBODY),
    "a sample": ("profiles.update_sample", {"sample_id": NOBODY, "text": "Hello."}),
    "a sample to remove": ("profiles.remove_sample", {"sample_id": NOBODY}),
    "an engine": generation(engine="steam"),
    "a model": generation(model="gpt"),
    "an engine of a profile": profile(default_engine="steam"),
    "an engine of a voice": profile(voice={"kind": "preset", "engine": "steam", "voice_id": "af_heart"}),
    "a voice": profile(voice={"kind": "preset", "engine": "kokoro", "voice_id": "af_nobody"}),
    "a profile whose history is asked for": history(profile_id=NOBODY),
    "a generation": ("history.get", {"generation_id": NOBODY}),
    "a generation to change": ("history.update", {"generation_id": NOBODY, "favorite": True}),
    "a generation to delete": ("history.delete", {"generation_ids": [NOBODY]}),
    "a generation to retry": ("generation.retry", {"generation_id": NOBODY}),
    "a generation to export": ("history.export", {"generation_id": NOBODY, "path": "/tmp/a.wav"}),
    "a generation to draw": ("audio.waveform", {"generation_id": NOBODY}),
    "a transcription": ("transcription.get", {"transcription_id": NOBODY}),
    "a transcription to export": ("transcription.export", {"transcription_id": NOBODY, "format": "srt"}),
    "a job": ("jobs.get", {"job_id": NOBODY}),
    "a job to cancel": ("jobs.cancel", {"job_id": NOBODY}),
    "a job to wait for": ("jobs.wait", {"job_id": NOBODY}),
}
CANNOT = {
    "a language": generation(language="ja"),
    "an instruction": generation(instruct="Angrily."),
    "a temperature": generation(sampling={"temperature": 0.5}),
    "a speed": generation(speed=9.5),
    "a voice of another engine": generation(engine="qwen"),
    "a voice of another engine, prepared": ("profiles.prepare", {"profile_id": "heart", "engine": "qwen"}),
    "a default engine without the voice": profile(voice=PRESET, default_engine="qwen"),
    "another default engine without the voice": ("profiles.update", {"profile_id": "heart", "default_engine": "qwen"}),
    "a designed voice": ("generation.create", {"profile_id": "Designed", "text": "Good.", "engine": "kokoro"}),
}
NO_RECORDING = {
    "empty.wav": ("invalid_audio", "empty_file"),
    "truncated.wav": ("invalid_audio", None),
    "text.wav": ("invalid_audio", "not_audio"),
    "playlist.m3u8": ("invalid_audio", None),
    "folder.wav": ("invalid_audio", "not_a_file"),
    "fifo.wav": ("invalid_audio", "not_a_file"),
    "/dev/zero": ("invalid_audio", "not_a_file"),
    "missing.wav": ("not_found", None),
    "empty.wav/below a file.wav": ("not_found", None),
}
NO_REFERENCE = {"silent.wav": "silent", "short.wav": "duration", "clipped.wav": "clipping"}
TAKERS: dict[str, Callable[[str], tuple[str, dict[str, Any]]]] = {
    "profiles.create": lambda path: profile(samples=[{"path": path}]),
    "profiles.add_sample": lambda path: ("profiles.add_sample", {"profile_id": "Empty", "path": path}),
    "transcription.create": lambda path: ("transcription.create", {"path": path}),
    "history.import_audio": lambda path: ("history.import_audio", {"path": path}),
    "audio.probe": lambda path: ("audio.probe", {"path": path}),
    "audio.validate": lambda path: ("audio.validate", {"path": path}),
    "audio.waveform": lambda path: ("audio.waveform", {"path": path}),
    "audio.convert": lambda path: ("audio.convert", {"path": path, "path_out": f"{path}.flac", "format": "flac"}),
}


@pytest.fixture(scope="module", autouse=True)
def _profiles(sidecar: SidecarProcess) -> None:
    sidecar.call("profiles.create", name="Empty")
    sidecar.call("profiles.create", name="Designed", voice={"kind": "designed", "instruct": "A deep voice."})


@pytest.mark.parametrize("called", WRONG_PARAMETERS.values(), ids=WRONG_PARAMETERS)
def test_parameters_that_do_not_fit_are_refused(sidecar: SidecarProcess, called: tuple[str, dict[str, Any]]) -> None:
    refused = assert_refused(sidecar, "invalid_params", *called)
    for error in refused.data["errors"]:
        assert error.keys() == {"loc", "message", "type"}
    assert refused.data["errors"]


def test_positional_parameters_are_refused(sidecar: SidecarProcess) -> None:
    sidecar.send_json({"jsonrpc": "2.0", "id": "by position", "method": "profiles.get", "params": ["heart"]})
    assert sidecar.answer("by position")["error"]["code"] == -32602


@pytest.mark.parametrize("called", NOT_THERE.values(), ids=NOT_THERE)
def test_what_is_not_there_is_not_found(sidecar: SidecarProcess, called: tuple[str, dict[str, Any]]) -> None:
    refused = assert_refused(sidecar, "not_found", *called)
    assert refused.data["resource"]
    assert refused.data["id"]


@pytest.mark.parametrize("called", CANNOT.values(), ids=CANNOT)
def test_what_the_engine_cannot_do_is_never_ignored(
    sidecar: SidecarProcess, called: tuple[str, dict[str, Any]]
) -> None:
    assert_refused(sidecar, "unsupported", *called)


def test_a_name_that_is_taken_in_any_case_is_a_conflict(sidecar: SidecarProcess) -> None:
    assert_refused(sidecar, "conflict", *profile(name="HEART", voice=PRESET))


@pytest.mark.parametrize("taker", TAKERS)
@pytest.mark.parametrize("name", NO_RECORDING)
def test_a_file_that_is_no_recording_is_refused(sidecar: SidecarProcess, files: Path, taker: str, name: str) -> None:
    kind, reason = NO_RECORDING[name]
    refused = assert_refused(sidecar, kind, *TAKERS[taker](str(files / name)))
    assert reason in (None, refused.data.get("reason"))


@pytest.mark.parametrize("taker", ["profiles.create", "profiles.add_sample"])
@pytest.mark.parametrize("name", NO_REFERENCE)
def test_a_recording_that_is_no_reference_is_refused_with_the_reason(
    sidecar: SidecarProcess, files: Path, taker: str, name: str
) -> None:
    refused = assert_refused(sidecar, "invalid_audio", *TAKERS[taker](str(files / name)))
    assert refused.data["reason"] == NO_REFERENCE[name]


def test_one_bad_sample_of_several_makes_no_profile(sidecar: SidecarProcess, files: Path, recordings: Path) -> None:
    samples = [{"path": str(recordings / "en_david.wav"), "text": "Good."}, {"path": str(files / "silent.wav")}]
    assert_refused(sidecar, "invalid_audio", *profile(samples=samples))


@pytest.mark.parametrize("taker", TAKERS)
def test_a_path_that_is_not_absolute_is_refused(sidecar: SidecarProcess, taker: str) -> None:
    assert_refused(sidecar, "invalid_params", *TAKERS[taker]("here/there.wav"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("taker", TAKERS)
def test_a_file_that_may_not_be_read_is_a_storage_error(sidecar: SidecarProcess, files: Path, taker: str) -> None:
    assert_refused(sidecar, "storage", *TAKERS[taker](str(files / "secret.wav")))


def test_bytes_that_are_no_recording_are_refused(sidecar: SidecarProcess) -> None:
    data = base64.b64encode(b"I am no recording. " * 100).decode()
    for method in ("audio.probe", "audio.validate", "transcription.create"):
        assert_refused(sidecar, "invalid_audio", method, {"data": data})


@pytest.mark.parametrize("method", ["audio.read", "audio.waveform"])
@pytest.mark.parametrize("sources", [{}, {"path": None}, {"generation_id": None, "sample_id": None}])
def test_audio_that_is_nowhere_is_refused(sidecar: SidecarProcess, method: str, sources: dict[str, None]) -> None:
    assert_refused(sidecar, "invalid_params", method, sources)


def test_a_source_that_is_null_is_none_given(sidecar: SidecarProcess, files: Path) -> None:
    path = str(files / "good.wav")
    assert sidecar.call("audio.read", path=path, generation_id=None) == sidecar.call("audio.read", path=path)


@pytest.mark.parametrize("name", ["fifo.wav", "folder.wav", "/dev/zero"])
def test_what_is_no_ordinary_file_is_not_read(sidecar: SidecarProcess, files: Path, name: str) -> None:
    assert_refused(sidecar, "invalid_audio", "audio.read", {"path": str(files / name)})


@pytest.mark.parametrize(
    ("target", "kind"),
    [("folder.wav", "invalid_params"), ("nowhere/out.wav", "not_found"), ("good.wav/out", "not_found")],
)
def test_a_place_where_nothing_can_be_written_is_refused(
    sidecar: SidecarProcess, files: Path, target: str, kind: str
) -> None:
    params = {"path": str(files / "good.wav"), "path_out": str(files / target), "format": "wav"}
    assert_refused(sidecar, kind, "audio.convert", params)


@pytest.mark.parametrize(
    "name",
    [
        "😀 Zoë",
        'O\'Hara "the voice"',
        "'; DROP TABLE profiles; --",
        "名前",
        "%_\\",
        "x" * 200,
        "null",
        "Ⅷ ﬁ ẞ",
        "e\u0301",
    ],
)
def test_a_name_of_any_letters_is_kept_and_found(sidecar: SidecarProcess, name: str) -> None:
    made = sidecar.call("profiles.create", name=name)["profile"]
    assert made["name"] == name
    assert sidecar.call("profiles.get", profile_id=name)["profile"] == made
    assert [found["name"] for found in sidecar.call("profiles.list", search=name)["items"]] == [name]
    sidecar.call("profiles.delete", profile_id=made["id"])


def test_a_file_name_of_any_letters_is_read(sidecar: SidecarProcess, files: Path, tmp_path: Path) -> None:
    odd = tmp_path / "😀 'quoted' \"twice\" % \\ 名.wav"
    odd.write_bytes((files / "good.wav").read_bytes())
    assert sidecar.call("audio.probe", path=str(odd))["duration_s"] == pytest.approx(4.0)
