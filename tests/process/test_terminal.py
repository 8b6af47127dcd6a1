"""The commands for a person at a terminal, run as that person runs them."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.bundle_attacks import MANIFEST, packed
from tests.process.conftest import Start
from tests.process.sidecar_process import FROZEN, PATIENCE_S, PROGRAM, ROOT, SidecarProcess

pytestmark = pytest.mark.process

Finished = subprocess.CompletedProcess[str]


def run(*words: str | Path, typed: str = "", cwd: Path = ROOT, **environment: str) -> Finished:
    """What the program says to a command line, and to what is typed into it."""
    search = {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*PROGRAM, *map(str, words)],
        input=typed,
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE_S,
        cwd=cwd,
        env=os.environ | search | environment,
    )


def result_of(finished: Finished) -> Any:
    """The one JSON text on stdout of a command that has gone well."""
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout)


PARTS = ("files", "tracks", "sources", "clips", "markers", "lines")
"""The lists in the manifest of a project's bundle."""


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A second of silence."""
    path = tmp_path / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 24_000, 0, "NONE", ""))
        file.writeframes(bytes(48_000))
    return path


def test_help_names_every_option_and_command() -> None:
    told = run("--help")
    words = ("--data-dir", "--parent-pid", "--log-level", "--max-line-bytes", "--version", "call", "repl", "schema")
    assert told.returncode == 0
    assert [word for word in (*words, "demo") if word not in told.stdout] == []


@pytest.mark.parametrize("command", ["call", "repl", "schema", "demo"])
def test_every_command_explains_itself(command: str) -> None:
    told = run(command, "--help")
    assert told.returncode == 0
    assert told.stdout.startswith(f"usage: voicebox-sidecar {command}")


def test_a_plain_start_imports_nothing_of_the_terminal() -> None:
    program = "import sys, sidecar.__main__, sidecar.run; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "sidecar.app" in loaded.stdout.split()
    assert "sidecar.terminal" not in loaded.stdout.split()


def test_a_call_prints_its_result_and_nothing_else(data_dir: Path) -> None:
    told = run(
        "call", "profiles.create", "--data-dir", data_dir, "name=Zoë 7", "voice.kind=designed", "voice.instruct=Deep"
    )
    profile = result_of(told)["profile"]
    assert (profile["name"], profile["voice"]) == ("Zoë 7", {"kind": "designed", "instruct": "Deep"})
    assert told.stderr == ""
    again = run(
        "--log-level", "error", "--data-dir", data_dir, "call", "profiles.get", "--json", '{"profile_id": "zoë 7"}'
    )
    assert result_of(again)["profile"] == profile


def test_a_call_waits_for_its_job_and_says_how_far_it_is(data_dir: Path, recording: Path) -> None:
    told = run("call", "history.import_audio", f"path={recording}", "--data-dir", data_dir)
    assert result_of(told)["generation"]["status"] == "completed"
    assert told.stderr.startswith("history_import: ")


def test_the_raw_answer_is_the_line_of_the_pipe(data_dir: Path) -> None:
    told = run("call", "--raw", "history.get", "generation_id=none", "--data-dir", data_dir)
    assert told.returncode == 1
    assert told.stdout.count("\n") == 1
    assert json.loads(told.stdout)["error"]["data"]["kind"] == "not_found"


def test_an_error_is_told_on_stderr_with_every_fault(data_dir: Path) -> None:
    told = run("call", "generation.create", "speed=0", "--data-dir", data_dir)
    assert (told.returncode, told.stdout) == (1, "")
    assert [name for name in ("profile_id", "text", "speed") if f"  {name}: " not in told.stderr] == []


def test_what_a_stranger_has_written_is_shown_and_not_obeyed(data_dir: Path, tmp_path: Path) -> None:
    head = {"format": "voicebox-project", "format_version": 1, "program_version": "1"}
    time = {"created_at": "2026-01-01T00:00:00Z"}
    project = {"name": "a", "description": None, "sample_rate": 24_000, "channels": 1, "\x1b[2Jdone$ \x9b": 1} | time
    manifest = head | {"project": project} | {part: [] for part in PARTS}
    (tmp_path / "bundle").write_bytes(packed({MANIFEST: json.dumps(manifest).encode()}))
    told = run("call", "projects.import", f"path={tmp_path / 'bundle'}", "--data-dir", data_dir)
    assert told.returncode == 1
    assert r"\u001b[2Jdone$ \u009b" in told.stderr
    assert told.stderr.replace("\n", "").isprintable()
    made = run("call", "history.update", "generation_id=\x9b2J", "favorite=true", "--raw", "--data-dir", data_dir)
    assert r"\u009b2J" in made.stdout
    assert made.stdout.replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["cal"], "Did you mean call?"),
        (["call"], "usage: voicebox-sidecar call"),
        (["call", "histry.stats"], "Did you mean history.stats"),
        (["call", "history.get", "generation=1"], "Did you mean generation_id?"),
        (["call", "history.stats", "--json", "[]"], "not a JSON object"),
        (["schema"], "--openrpc --typescript is required"),
    ],
)
def test_what_makes_no_sense_exits_2_with_advice(data_dir: Path, words: list[str], says: str) -> None:
    told = run("--data-dir", data_dir, *words)
    assert (told.returncode, told.stdout) == (2, "")
    assert says in told.stderr


@pytest.mark.parametrize("words", [("call", "history.stats"), ("repl",), ("demo",)])
def test_a_data_folder_in_use_is_said_and_exits_3(sidecar: SidecarProcess, words: tuple[str, ...]) -> None:
    told = run(*words, "--data-dir", sidecar.data_dir)
    assert (told.returncode, told.stdout) == (3, "")
    assert told.stderr.startswith(f"voicebox-sidecar: another voicebox-sidecar is using {sidecar.data_dir}")


@pytest.fixture
def caller(data_dir: Path, tmp_path: Path, silent_hub: str) -> Iterator[subprocess.Popen[str]]:
    """A call that waits for a download that never ends."""
    places = {"HF_ENDPOINT": silent_hub, "VOICEBOX_MODELS_DIR": str(tmp_path / "models"), "HF_HOME": str(tmp_path)}
    command = [*PROGRAM, "--data-dir", str(data_dir), "call", "models.download", "model=whisper-small"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | places
    ) as calling:
        assert calling.stderr
        assert calling.stderr.readline().startswith("model_download: ")
        yield calling


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT to one process")
def test_ctrl_c_cancels_the_request_and_exits_130(caller: subprocess.Popen[str], data_dir: Path) -> None:
    caller.send_signal(signal.SIGINT)
    said, told = caller.communicate(timeout=PATIENCE_S)
    assert (caller.returncode, said) == (130, "")
    assert "cancelled" in told
    (job,) = result_of(run("call", "jobs.list", "--data-dir", data_dir))["items"]
    assert job["status"] == "cancelled"


def test_a_sidecar_that_dies_ends_the_call_with_a_word(caller: subprocess.Popen[str]) -> None:
    (child,) = psutil.Process(caller.pid).children()
    child.kill()
    said, told = caller.communicate(timeout=PATIENCE_S)
    assert (caller.returncode, said) == (1, "")
    assert "the sidecar ended with exit code" in told


def test_the_prompt_serves_many_lines_with_one_sidecar(data_dir: Path, recording: Path) -> None:
    lines = [
        "help profiles.create",
        "",
        """profiles.create name='Ann "A" Lee' voice='{"kind": "cloned"}'""",
        'profiles.get profile_id="no such"',
        "profiles.gte",
        'profiles.list search="Ann',
        f"history.import_audio path={recording}",
        r"profiles.create name=C:\new",
        "exit",
        "profiles.create name=Never",
    ]
    told = run("repl", "--data-dir", data_dir, typed="\n".join(lines))
    assert told.returncode == 0
    assert "\n    voice.kind = " in told.stdout
    for said in ('Ann \\"A\\" Lee', "C:\\\\new", '"completed"'):
        assert said in told.stdout
    assert "Never" not in told.stdout
    for said in ("error: There is no profile", "Did you mean profiles.get", "no partner", "job.finished {"):
        assert said in told.stderr
    assert told.stderr.count("sidecar.ready") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="there is no readline")
def test_the_prompt_completes_and_remembers_all_but_keys_at_a_real_terminal(data_dir: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    command = [*PROGRAM, "repl", "--data-dir", str(data_dir)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT) as prompt:
        os.close(theirs)
        try:
            _heard_until(ours, "voicebox> ")
            os.write(ours, b"history.st\t\n")
            _heard_until(ours, '"audio_s": 0.0', "voicebox> ")
            os.write(ours, b"engines.set_key engine=kokoro key=sk-hunter2\n")
            _heard_until(ours, "needs no key", "voicebox> ")
            os.write(ours, b"\x04")
            assert prompt.wait(PATIENCE_S) == 0
        finally:
            prompt.kill()
            os.close(ours)
    assert (data_dir / "repl_history").read_text("utf-8").strip() == "history.stats"


def _heard_until(descriptor: int, *said: str) -> None:
    """Read until all of this has been said, in this order."""
    wanted = re.compile(".*".join(map(re.escape, said)), re.DOTALL)
    heard, deadline = "", time.monotonic() + PATIENCE_S
    while not wanted.search(heard):
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"{said} was not said: {heard!r}"
        heard += os.read(descriptor, 4096).decode()


def test_the_schema_is_what_discover_says_and_needs_no_data_folder(sidecar: SidecarProcess) -> None:
    told = run("--data-dir", sidecar.data_dir, "schema", "--openrpc")
    assert result_of(told) == sidecar.call("rpc.discover")


def test_the_schema_comes_as_typescript_too() -> None:
    told = run("schema", "--typescript")
    assert told.returncode == 0
    assert '"generation.create"' in told.stdout


@pytest.mark.models
def test_the_demo_leaves_a_wav_and_nothing_else(start: Start, models_dir: Path, data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "voicebox-demo.wav").write_bytes(b"mine")
    told = run("demo", "--text=Hi.", "--data-dir", data_dir, cwd=tmp_path, VOICEBOX_MODELS_DIR=str(models_dir))
    assert told.returncode == 0, told.stderr
    made = tmp_path / "voicebox-demo-2.wav"
    assert str(made) in told.stdout
    with wave.open(str(made)) as file:
        assert file.getnframes() > file.getframerate() / 5
    assert (tmp_path / "voicebox-demo.wav").read_bytes() == b"mine"
    with start(data_dir) as sidecar:
        assert sidecar.call("profiles.list")["total"] == 0
        assert sidecar.call("history.list")["total"] == 0


@pytest.mark.skipif(FROZEN is not None, reason="the frozen program has models in it")
def test_the_demo_without_models_says_where_to_get_them(data_dir: Path, tmp_path: Path) -> None:
    told = run("demo", "--data-dir", data_dir, cwd=tmp_path, VOICEBOX_MODELS_DIR=str(tmp_path / "models"))
    assert (told.returncode, told.stdout) == (1, "")
    assert "no model with voices of its own is installed" in told.stderr
    assert "models.install" in told.stderr
