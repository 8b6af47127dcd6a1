"""What other operating systems do, run on this one as far as it can be."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from sidecar import operating_system
from sidecar.operating_system import (
    NO_CONSOLE,
    OWN_CONSOLE_GROUP,
    hung_up,
    kill_group,
    on_ending_signals,
    remove,
    replace,
    sync,
    sync_folder,
)

SYSTEMS = ("linux", "darwin", "win32")


class Held:
    """A file that another program holds open for so many attempts, as Windows tells it."""

    def __init__(self, attempts: int) -> None:
        self.attempts = attempts

    def __call__(self, act: Callable[..., None]) -> Callable[..., None]:
        def attempt(*paths: Path) -> None:
            self.attempts -= 1
            if self.attempts >= 0:
                raise PermissionError(errno.EACCES, "The process cannot access the file", str(paths[0]))
            act(*paths)

        return attempt


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old"
    path.write_text("old")
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    path = tmp_path / "new"
    path.write_text("new")
    return path


@pytest.fixture
def kept_signals() -> Iterator[None]:
    """Puts back what was done at SIGTERM before."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_file_takes_the_place_of_another(old: Path, new: Path, system: str) -> None:
    replace(new, old, system)
    assert old.read_text() == "new"
    assert not new.exists()


def test_on_windows_a_file_that_a_scanner_holds_for_a_moment_is_waited_for(old: Path, new: Path) -> None:
    replace(new, old, "win32", Held(2)(os.replace))
    assert old.read_text() == "new"


def test_on_windows_a_file_that_stays_held_is_a_fault_in_the_end(
    old: Path, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operating_system, "SHARING_WAIT_S", 0.01)
    with pytest.raises(PermissionError):
        replace(new, old, "win32", Held(1_000)(os.replace))
    assert (old.read_text(), new.read_text()) == ("old", "new")


@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_elsewhere_a_refusal_is_final(old: Path, new: Path, system: str) -> None:
    held = Held(2)
    with pytest.raises(PermissionError):
        replace(new, old, system, held(os.replace))
    assert held.attempts == 1


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_removed_file_is_gone_and_one_that_was_gone_is_no_fault(old: Path, system: str) -> None:
    assert remove(old, system)
    assert not old.exists()
    assert remove(old, system)


def test_on_windows_a_file_that_plays_stays_and_that_is_told(old: Path) -> None:
    assert not remove(old, "win32", Held(1)(os.unlink))
    assert old.exists()


def test_elsewhere_a_file_that_may_not_be_removed_is_a_fault(old: Path) -> None:
    with pytest.raises(PermissionError):
        remove(old, "linux", Held(1)(os.unlink))


def test_a_file_and_a_folder_are_synced(old: Path) -> None:
    sync(old)
    sync_folder(old.parent)


def test_where_a_folder_cannot_be_synced_by_its_nature_that_is_no_fault() -> None:
    for folder in ("/proc", "/dev/null"):
        if Path(folder).exists():
            sync_folder(Path(folder), "linux")


def test_on_windows_no_folder_is_opened(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    sync_folder(missing, "win32")
    with pytest.raises(FileNotFoundError):
        sync_folder(missing, "linux")


@pytest.mark.parametrize("system", SYSTEMS)
async def test_a_signal_that_asks_for_the_end_is_heard_in_the_loop(kept_signals: None, system: str) -> None:
    stopped = asyncio.Event()
    on_ending_signals(asyncio.get_running_loop(), stopped.set, system)
    signal.raise_signal(signal.SIGTERM)
    await asyncio.wait_for(stopped.wait(), 5)


@pytest.mark.skipif(sys.platform == "win32", reason="a niceness is a number on POSIX only")
def test_an_engine_process_lets_others_go_first() -> None:
    program = "import psutil; from sidecar.operating_system import lower_priority; lower_priority(); "
    program += "print(psutil.Process().nice())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert int(told.stdout) == min(19, int(psutil.Process().nice()) + 5)


def test_the_flags_of_windows_are_accepted_where_they_mean_nothing() -> None:
    flags = OWN_CONSOLE_GROUP | NO_CONSOLE
    assert subprocess.run([sys.executable, "-c", ""], creationflags=flags).returncode == 0


def test_in_binary_mode_no_byte_is_changed() -> None:
    program = "import os; from sidecar.rpc.pipe import claim_standard_streams as claim; pipe = claim(); "
    program += "os.write(pipe.write_fd, os.read(pipe.read_fd, 99))"
    every = bytes(range(99))
    assert subprocess.run([sys.executable, "-c", program], input=every, capture_output=True).stdout == every


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells only readers")
@pytest.mark.parametrize("left_unread", [b"", b"the last words"])
def test_a_pipe_whose_writer_is_gone_has_hung_up_whatever_is_left_in_it(left_unread: bytes) -> None:
    read_fd, write_fd = os.pipe()
    try:
        os.write(write_fd, left_unread)
        assert not hung_up(read_fd)
        os.close(write_fd)
        assert hung_up(read_fd)
    finally:
        os.close(read_fd)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells of a socket that was shut down for writing")
def test_a_socket_that_was_shut_down_for_writing_has_hung_up() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert not hung_up(ours.fileno())
        theirs.shutdown(socket.SHUT_WR)
        assert hung_up(ours.fileno())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such groups")
def test_what_a_leader_has_left_behind_is_killed_with_its_group() -> None:
    leaves_a_child = "import subprocess; print(subprocess.Popen(['sleep', '600'], stdout=2).pid)"
    leader = subprocess.run(
        [sys.executable, "-c", leaves_a_child], process_group=0, stdout=subprocess.PIPE, check=False
    )
    child = psutil.Process(int(leader.stdout))
    kill_group(os.getpgid(child.pid))
    assert psutil.wait_procs([child], timeout=10)[1] == []
    kill_group(child.pid)
