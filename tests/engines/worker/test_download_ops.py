from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants, hf_hub_download

from sidecar.engines.model_files import FileFact, blob_path, is_doubtful, known_facts, snapshot_dir, to_json
from sidecar.engines.worker.download_ops import fetch
from sidecar.errors import ModelUnavailable, StorageError, VoiceboxError
from tests.hub_server import BLOCK, NO_FAULT, Fault, Hub, HubFile, Plan

REPOSITORY = "Org/Name"
COMMIT = "c0ffee" + "0" * 34
BIG = "weights/model.bin"
FILES = {"config.json": HubFile.small(b"{}"), BIG: HubFile.big(6 * BLOCK, b"weights")}


class Listening:
    """Hears how far an operation is, and never cancels it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float, float | None, str]] = []

    def check(self) -> None:
        pass

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        self.told.append((stage, completed, total, unit))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub(dict(FILES)) as running:
        monkeypatch.setenv("HF_ENDPOINT", running.url)
        monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 1)
        yield running


def run(cache: Path, **files: FileFact) -> Path:
    params = {
        "model": "a-model",
        "repository": REPOSITORY,
        "revision": COMMIT,
        "cache": str(cache),
        "files": to_json(dict.fromkeys(FILES, FileFact(None)) | files),
    }
    return Path(fetch(params, Listening())["path"])


def failing(fault: Fault, name: str = BIG) -> Plan:
    return lambda method, asked, start: fault if asked == name else NO_FAULT


def content(name: str) -> bytes:
    return b"".join(FILES[name].blocks(0))


def test_what_comes_is_proven_and_where_the_hub_client_looks_for_it(hub: Hub, tmp_path: Path) -> None:
    here = run(tmp_path)
    assert here == snapshot_dir(tmp_path, REPOSITORY, COMMIT)
    assert not is_doubtful(here)
    assert known_facts(here, FILES)[BIG].checksums == (FILES[BIG].etag,)
    for name in FILES:
        found = hf_hub_download(REPOSITORY, name, revision=COMMIT, cache_dir=tmp_path, local_files_only=True)
        assert Path(found).read_bytes() == content(name)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(status=403, error_code="GatedRepo"), "gated"),
        (Fault(status=403), "denied"),
        (Fault(status=401), "denied"),
        (Fault(status=407), "proxy"),
        (Fault(status=404, error_code="EntryNotFound"), "not_found"),
        (Fault(status=404, error_code="RevisionNotFound"), "not_found"),
        (Fault(status=404, error_code="RepoNotFound"), "not_found"),
        (Fault(flip=True), "checksum"),
    ],
)
def test_a_failure_has_a_reason_and_nothing_then_counts_as_whole(
    hub: Hub, tmp_path: Path, fault: Fault, reason: str
) -> None:
    hub.plan = failing(fault)
    with pytest.raises(ModelUnavailable) as caught:
        run(tmp_path)
    assert caught.value.data["reason"] == reason
    assert caught.value.data["model"] == "a-model"
    here = snapshot_dir(tmp_path, REPOSITORY, COMMIT)
    assert is_doubtful(here) or not here.exists()
    hub.plan = failing(NO_FAULT)
    assert (run(tmp_path) / BIG).read_bytes() == content(BIG)


def test_what_arrives_damaged_is_fetched_once_more(hub: Hub, tmp_path: Path) -> None:
    faults = [Fault(flip=True)]
    hub.plan = lambda method, name, start: faults.pop() if (method, name) == ("GET", BIG) and faults else NO_FAULT
    assert (run(tmp_path) / BIG).read_bytes() == content(BIG)
    assert hub.sent[BIG] == 2 * FILES[BIG].size


def test_faults_of_the_server_stalls_and_cuts_are_sat_out(hub: Hub, tmp_path: Path) -> None:
    faults = [Fault(cut_after=2 * BLOCK), Fault(stall_after=BLOCK), Fault(status=500), Fault(cut_after=0)]
    hub.plan = lambda method, name, start: faults.pop() if (method, name) == ("GET", BIG) and faults else NO_FAULT
    assert (run(tmp_path) / BIG).read_bytes() == content(BIG)
    assert hub.sent[BIG] <= FILES[BIG].size + len(faults) * BLOCK


def test_a_server_that_stays_faulty_is_named_as_the_reason(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    hub.plan = failing(Fault(status=503))
    with pytest.raises(ModelUnavailable, match="HTTP 503") as caught:
        run(tmp_path)
    assert caught.value.data["reason"] == "server"


def test_no_network_and_a_dead_proxy_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelUnavailable, match="cannot be reached") as caught:
        run(tmp_path)
    assert caught.value.data["reason"] == "network"
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://hub.invalid")
    with pytest.raises(ModelUnavailable, match="proxy") as caught:
        run(tmp_path)
    assert caught.value.data["reason"] == "proxy"


@pytest.mark.parametrize(
    "pinned",
    [FileFact(1), FileFact(None, checksums=("0" * 64,))],
)
def test_other_files_than_the_known_ones_are_refused_before_the_first_byte(
    hub: Hub, tmp_path: Path, pinned: FileFact
) -> None:
    with pytest.raises(ModelUnavailable, match="other files") as caught:
        run(tmp_path, **{BIG: pinned})
    assert caught.value.data["reason"] == "checksum"
    assert hub.fetched() == 0


def test_a_checksum_that_the_hub_does_not_tell_is_checked_afterwards(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        run(tmp_path, **{"config.json": FileFact(2, checksums=("0" * 64,))})
    assert (caught.value.data["reason"], caught.value.data["files"]) == ("checksum", ["config.json"])


@pytest.mark.parametrize("etag", ["../../../../outside", "/outside", "..", ".hidden", "C:outside", "a\\b", "a" * 129])
def test_an_etag_that_is_no_plain_name_of_a_file_is_refused(hub: Hub, tmp_path: Path, etag: str) -> None:
    hub.files["config.json"] = HubFile(b"{}", 2, etag=etag)
    checksum = hashlib.sha256(b"{}").hexdigest()
    with pytest.raises(ModelUnavailable, match="ETag") as caught:
        run(tmp_path / "cache", **{"config.json": FileFact(2, checksums=(checksum,))})
    assert caught.value.data["reason"] == "protocol"
    assert hub.fetched() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_which_nobody_knows_a_checksum_is_refused(hub: Hub, tmp_path: Path) -> None:
    hub.files["config.json"] = HubFile(b"{}", 2, etag="a-name-of-its-own")
    with pytest.raises(ModelUnavailable, match=r"checksum of config\.json") as caught:
        run(tmp_path)
    assert caught.value.data["reason"] == "protocol"
    assert hub.fetched() == 0
    checksum = hashlib.sha256(b"{}").hexdigest()
    here = run(tmp_path, **{"config.json": FileFact(2, checksums=(checksum,))})
    assert (here / "config.json").read_bytes() == b"{}"


def test_a_disk_without_room_is_told_before_the_first_byte(hub: Hub, tmp_path: Path) -> None:
    hub.files[BIG] = HubFile(b"x", 1 << 50, large=True, etag="e" * 64)
    with pytest.raises(StorageError, match="MB are free") as caught:
        run(tmp_path)
    assert caught.value.data["reason"] == "disk_full"
    assert caught.value.data["needed_bytes"] > 1 << 50
    assert hub.fetched() == 0


def test_bytes_that_are_there_are_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    blob = blob_path(snapshot_dir(tmp_path, REPOSITORY, COMMIT), f"{FILES[BIG].etag}.incomplete")
    blob.parent.mkdir(parents=True)
    blob.write_bytes(content(BIG)[: 4 * BLOCK])
    assert (run(tmp_path) / BIG).read_bytes() == content(BIG)
    assert hub.sent[BIG] == 2 * BLOCK


def test_a_leftover_that_is_too_long_is_thrown_away(hub: Hub, tmp_path: Path) -> None:
    blob = blob_path(snapshot_dir(tmp_path, REPOSITORY, COMMIT), f"{FILES[BIG].etag}.incomplete")
    blob.parent.mkdir(parents=True)
    blob.write_bytes(content(BIG) + b"more")
    assert (run(tmp_path) / BIG).read_bytes() == content(BIG)


def test_an_unwritable_cache_is_a_fault_of_the_disk(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "models--Org--Name").write_text("a file where a folder has to be")
    with pytest.raises((VoiceboxError, OSError)) as caught:
        run(tmp_path)
    assert not isinstance(caught.value, ModelUnavailable)
