"""Downloads as a user sees them: the real program against a hub on loopback that cuts, stalls, refuses and lies."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from huggingface_hub import hf_hub_download

from sidecar.engines.model_files import snapshot_dir
from sidecar.services.models.table import MODELS
from tests.hub_server import NO_FAULT, Fault, Hub, HubFile
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = pytest.mark.process

MODEL = next(entry for entry in MODELS if entry.id == "qwen3-tts-0.6b-base")
OTHER = next(entry for entry in MODELS if entry.id == "qwen3-tts-1.7b-base")
WEIGHTS = ("model.safetensors", "speech_tokenizer/model.safetensors")
HUNDRED_MB = 100 << 20
BLOCK = 64 << 10
"""What a cut may cost."""

Begin = Callable[..., SidecarProcess]


def files_of(sizes: tuple[int, int] = (5 << 20, 3 << 20)) -> dict[str, HubFile]:
    """Every file of the entry: the weights of these sizes, the others small."""
    small = {name: HubFile.small(f"{{}} {name}".encode()) for name in MODEL.files if name not in WEIGHTS}
    return small | {name: HubFile.big(size, name.encode()) for name, size in zip(WEIGHTS, sizes, strict=True)}


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub(files_of()) as running:
        yield running


@pytest.fixture
def begin(hub: Hub, tmp_path: Path) -> Begin:
    """Starts a sidecar that knows of nothing but this hub and empty folders."""

    def spawn(**environment: str) -> SidecarProcess:
        places = {"HF_HOME": str(tmp_path / "hf"), "VOICEBOX_MODELS_DIR": str(tmp_path / "models")}
        hub_of_test = {"HF_ENDPOINT": hub.url, "HF_HUB_DOWNLOAD_TIMEOUT": "1", "HF_TOKEN": "secret"}
        return SidecarProcess(tmp_path / "data", **(places | hub_of_test | environment))

    return spawn


def model_of(sidecar: SidecarProcess, model: str = MODEL.id) -> Message:
    (found,) = (each for each in sidecar.call("models.list")["items"] if each["id"] == model)
    return dict(found)


def download(sidecar: SidecarProcess, model: str = MODEL.id) -> Message:
    return dict(sidecar.call("models.download", model=model, wait=True)["model"])


def refusal(sidecar: SidecarProcess, method: str = "models.download", **params: object) -> Refused:
    with pytest.raises(Refused) as caught:
        sidecar.call(method, **({"model": MODEL.id, "wait": True} | params))
    return caught.value


def test_a_model_is_fetched_into_the_hub_clients_own_layout_and_proven(begin: Begin, hub: Hub, tmp_path: Path) -> None:
    with begin() as sidecar:
        assert (model_of(sidecar)["state"], model_of(sidecar)["bytes"]) == ("absent", 0)
        model = download(sidecar)
        here = snapshot_dir(tmp_path / "hf" / "hub", MODEL.repository or "", MODEL.revision)
        total = sum(file.size for file in hub.files.values())
        assert (model["state"], model["path"], model["bytes"]) == ("installed", str(here), total)
        assert model["shared"]
        assert hub.fetched() == total
        assert hub.tokens >= {"Bearer secret"}
        for name, file in hub.files.items():
            assert (here / name).read_bytes() == b"".join(file.blocks(0)), name
        before = hub.asked.copy()
        assert download(sidecar)["state"] == "installed"
        assert hub.asked == before
        assert sidecar.call("models.verify", model=MODEL.id, wait=True)["model"]["state"] == "installed"


def test_what_another_tool_has_fetched_is_found_and_not_fetched_again(begin: Begin, hub: Hub, tmp_path: Path) -> None:
    def fetch(name: str) -> None:
        hf_hub_download(MODEL.repository or "", name, revision=MODEL.revision, endpoint=hub.url, cache_dir=cache)

    cache = tmp_path / "hf" / "hub"
    names = list(MODEL.files)
    for name in names[:-1]:
        fetch(name)
    with begin() as sidecar:
        assert model_of(sidecar)["state"] == "partial"
        fetch(names[-1])
        assert (model_of(sidecar)["state"], model_of(sidecar)["shared"]) == ("installed", True)
        fetched = hub.fetched()
        download(sidecar)
        assert hub.fetched() == fetched


def test_fifty_cuts_at_random_places_cost_no_more_than_a_block_each(begin: Begin, hub: Hub) -> None:
    cuts, dice, lock = [0], Random(7), hub.lock

    def plan(method: str, name: str, start: int) -> Fault:
        with lock:
            if method == "HEAD" or name not in WEIGHTS or cuts[0] == 50:
                return NO_FAULT
            cuts[0] += 1
            return Fault(cut_after=dice.randrange(BLOCK, 300_000))

    hub.plan = plan
    with begin() as sidecar:
        assert download(sidecar)["state"] == "installed"
    assert cuts == [50]
    assert hub.fetched() <= sum(file.size for file in hub.files.values()) + 50 * BLOCK


def test_two_hundred_megabytes_survive_a_kill_and_are_not_fetched_twice(begin: Begin, hub: Hub) -> None:
    hub.files = files_of((2 * HUNDRED_MB, 1 << 20))
    hub.plan = lambda method, name, start: Fault(pace_s=0.001)
    with begin() as sidecar:
        job = sidecar.call("models.download", model=MODEL.id)["job_id"]
        sidecar.wait_for(lambda: True if hub.fetched() > HUNDRED_MB // 2 else None)
        sidecar.kill()
        assert hub.fetched() < 2 * HUNDRED_MB
    hub.plan = lambda method, name, start: NO_FAULT
    with begin() as sidecar:
        finished = sidecar.event("job.finished", job_id=job)
        assert finished["result"]["model"]["state"] == "installed"
    assert hub.fetched() <= sum(file.size for file in hub.files.values()) + 64 * BLOCK  # What lay in the sockets.


def test_a_download_process_that_is_killed_is_replaced_and_goes_on(begin: Begin, hub: Hub) -> None:
    hub.plan = lambda method, name, start: Fault(pace_s=0.02)
    with begin() as sidecar:
        job = sidecar.call("models.download", model=MODEL.id)["job_id"]
        sidecar.wait_for(lambda: True if hub.fetched() > 1 << 20 else None)
        (pid,) = (engine["pid"] for engine in sidecar.call("system.health")["engines"] if engine["role"] == "download")
        os.kill(pid, signal.SIGKILL)
        hub.plan = lambda method, name, start: NO_FAULT
        assert sidecar.event("job.finished", job_id=job)["result"]["model"]["state"] == "installed"
    assert hub.fetched() < 1.5 * sum(file.size for file in hub.files.values())


def test_a_cancel_stops_the_traffic_within_a_second_and_keeps_what_has_come(begin: Begin, hub: Hub) -> None:
    hub.plan = lambda method, name, start: Fault(pace_s=0.02)
    with begin() as sidecar:
        job = sidecar.call("models.download", model=MODEL.id)["job_id"]
        sidecar.wait_for(lambda: True if hub.fetched() > 1 << 20 else None)
        cancelled_at = time.monotonic()
        assert sidecar.call("jobs.cancel", job_id=job)["job"]["status"] == "cancelled"
        assert time.monotonic() - cancelled_at < 1.0
        assert hub.last_sent_at - cancelled_at < 1.0
        left = model_of(sidecar)
        assert (left["state"], 0 < left["bytes"] < left["size_bytes"]) == ("partial", True)
        hub.plan = lambda method, name, start: NO_FAULT
        fetched = hub.fetched()
        assert download(sidecar)["state"] == "installed"
        on_their_way = len(WEIGHTS) * BLOCK
        assert hub.fetched() - fetched <= sum(file.size for file in hub.files.values()) - left["bytes"] + on_their_way


def test_progress_tells_bytes_speed_and_time_and_two_downloads_keep_theirs_apart(begin: Begin, hub: Hub) -> None:
    hub.plan = lambda method, name, start: Fault(pace_s=0.01)
    with begin() as sidecar:
        jobs = [sidecar.call("models.download", model=model.id)["job_id"] for model in (MODEL, OTHER)]
        assert sidecar.call("models.download", model=MODEL.id)["job_id"] == jobs[0]
        for job in jobs:
            assert sidecar.event("job.finished", job_id=job)["status"] == "completed"
        for job in jobs:
            told = [news for news in sidecar.events("job.progress") if news["job_id"] == job]
            loading = [news for news in told if news["stage"] == "downloading"]
            assert [news["completed"] for news in loading] == sorted(news["completed"] for news in loading)
            assert {(news["total"], news["unit"]) for news in loading} == {
                (sum(file.size for file in hub.files.values()), "bytes")
            }
            assert any("MB/s" in news["message"] and news["eta_s"] for news in loading)
        names = [message.get("method") for message in sidecar.messages]
        before_the_first_end = sidecar.messages[: names.index("job.finished")]
        assert {m["params"]["job_id"] for m in before_the_first_end if m.get("method") == "job.progress"} == set(jobs)


@pytest.mark.skipif(sys.platform != "linux", reason="another process's limits can be set on Linux only")
def test_a_full_disk_is_a_storage_error_and_the_rest_comes_when_there_is_room(begin: Begin, hub: Hub) -> None:
    with begin() as sidecar:
        pid = sidecar.process.pid
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE, (4 << 20, resource.RLIM_INFINITY))
        error = refusal(sidecar)
        assert (error.data["kind"], error.data["reason"]) == ("storage", "disk_full")
        assert model_of(sidecar)["state"] == "partial"
    with begin() as sidecar:
        assert resource.prlimit(sidecar.process.pid, resource.RLIMIT_FSIZE) == unlimited
        assert download(sidecar)["state"] == "installed"


def test_offline_means_that_nothing_is_fetched(begin: Begin, hub: Hub) -> None:
    with begin(VOICEBOX_OFFLINE="1") as sidecar:
        error = refusal(sidecar)
        assert (error.data["kind"], error.data["reason"]) == ("model_unavailable", "offline")
    assert hub.asked.total() == 0


def test_a_model_that_no_hub_has_says_how_to_get_it(begin: Begin) -> None:
    with begin() as sidecar:
        error = refusal(sidecar, model="kokoro-82m")
        assert (error.data["reason"], "models.install" in error.message) == ("no_repository", True)


def test_damage_is_found_by_verifying_and_mended_by_downloading(begin: Begin, hub: Hub) -> None:
    with begin() as sidecar:
        weights = Path(download(sidecar)["path"]) / WEIGHTS[0]
        with weights.open("r+b") as file:
            file.seek(1_000)
            file.write(b"\xff\xff")
        error = refusal(sidecar, "models.verify")
        assert (error.data["reason"], error.data["files"]) == ("checksum", [WEIGHTS[0]])
        assert model_of(sidecar)["state"] == "partial"
        fetched = hub.fetched()
        assert download(sidecar)["state"] == "installed"
        assert hub.fetched() - fetched == hub.files[WEIGHTS[0]].size


def test_files_of_other_programs_are_deleted_only_if_that_is_said(begin: Begin, tmp_path: Path) -> None:
    with begin() as sidecar:
        download(sidecar)
        with pytest.raises(Refused) as caught:
            sidecar.call("models.delete", model=MODEL.id)
        error = caught.value
        assert (error.data["kind"], "also_shared" in error.message) == ("conflict", True)
        assert sidecar.call("models.delete", model=MODEL.id, also_shared=True)["model"]["state"] == "absent"
        assert not list((tmp_path / "hf" / "hub").glob("models--*"))


def test_without_a_named_cache_models_are_ours_and_move_even_through_a_kill(begin: Begin, tmp_path: Path) -> None:
    nobody = {"HF_HOME": "", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    target = tmp_path / "elsewhere" / "models"
    with begin(**nobody) as sidecar:
        model = download(sidecar)
        assert (Path(model["path"]).is_relative_to(tmp_path / "models" / "hub"), model["shared"]) == (True, False)
        (tmp_path / "models" / "mine.txt").touch()
        job = sidecar.call("models.move", path=str(target))["job_id"]
        sidecar.kill()
    with begin(**nobody) as sidecar:
        assert sidecar.event("job.finished", job_id=job)["result"] == {"models_dir": str(target)}
        assert os.listdir(tmp_path / "models") == ["mine.txt"]
        assert Path(model_of(sidecar)["path"]).is_relative_to(target / "hub")
    with begin(**nobody) as sidecar:
        assert sidecar.call("models.verify", model=MODEL.id, wait=True)["model"]["state"] == "installed"
        assert sidecar.call("models.delete", model=MODEL.id)["model"]["state"] == "absent"
        assert list((target / "hub").glob("models--*")) == []
        moved = sidecar.call("models.move", path=str(tmp_path / "back"), wait=True)
        assert moved["models_dir"] == str(tmp_path / "back")


def test_a_model_is_installed_from_a_folder_and_from_an_archive(begin: Begin, models_dir: Path, tmp_path: Path) -> None:
    source = models_dir / "speaker-encoder"
    archive = Path(shutil.make_archive(str(tmp_path / "encoder"), "gztar", models_dir, source.name))
    with begin() as sidecar:
        for path in (source, archive):
            made = sidecar.call("models.install", model="speaker-encoder", path=str(path), wait=True)["model"]
            assert (made["state"], made["path"]) == ("installed", str(tmp_path / "models" / "speaker-encoder"))
            again = refusal(sidecar, "models.install", model="speaker-encoder", path=str(path))
            assert again.data["kind"] == "conflict"
            sidecar.call("models.verify", model="speaker-encoder", wait=True)
            assert sidecar.call("models.delete", model="speaker-encoder")["model"]["state"] == "absent"
        (tmp_path / "empty").mkdir()
        missing = refusal(sidecar, "models.install", model="speaker-encoder", path=str(tmp_path / "empty"))
        assert (missing.data["reason"], missing.data["files"]) == ("incomplete", ["encoder.onnx"])
        nowhere = refusal(sidecar, "models.install", model="speaker-encoder", path=str(tmp_path / "nowhere"))
        assert nowhere.data["kind"] == "not_found"
        assert os.listdir(tmp_path / "models") == []


def test_a_model_that_is_worked_at_is_left_alone(begin: Begin, hub: Hub, models_dir: Path, tmp_path: Path) -> None:
    hub.plan = lambda method, name, start: Fault(pace_s=0.05)
    with begin() as sidecar:
        job = sidecar.call("models.download", model=MODEL.id)["job_id"]
        sidecar.wait_for(lambda: True if hub.fetched() else None)
        for method, params in (
            ("models.verify", {"model": MODEL.id}),
            ("models.install", {"model": MODEL.id, "path": str(models_dir)}),
            ("models.delete", {"model": MODEL.id, "also_shared": True}),
            ("models.move", {"path": str(tmp_path / "elsewhere")}),
        ):
            with pytest.raises(Refused) as caught:
                sidecar.call(method, **params)
            assert caught.value.data["kind"] == "conflict", method
        sidecar.call("jobs.cancel", job_id=job)
        assert sidecar.call("models.delete", model=MODEL.id, also_shared=True)["model"]["bytes"] == 0
        assert list((tmp_path / "hf" / "hub").glob("models--*")) == []


@pytest.mark.models
def test_a_loaded_model_is_neither_deleted_nor_moved(begin: Begin, models_dir: Path, tmp_path: Path) -> None:
    # Linked, not copied: what is deleted here stays where it belongs.
    shutil.copytree(models_dir / "kokoro-82m", tmp_path / "models" / "kokoro-82m", copy_function=os.link)
    with begin() as sidecar:
        sidecar.call("models.load", model="kokoro-82m", wait=True)
        for method, params in (
            ("models.delete", {"model": "kokoro-82m"}),
            ("models.move", {"path": str(tmp_path / "elsewhere")}),
        ):
            with pytest.raises(Refused) as caught:
                sidecar.call(method, **params)
            assert (caught.value.data["kind"], "models.unload" in caught.value.message) == ("conflict", True)
        sidecar.call("models.unload")
        assert sidecar.call("models.delete", model="kokoro-82m")["model"]["state"] == "absent"


def test_a_folder_that_models_cannot_move_to_is_refused(begin: Begin, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    with begin() as sidecar:
        for path, kind in (
            (tmp_path / "full", "conflict"),
            (tmp_path / "models" / "inside", "invalid_params"),
            (tmp_path, "invalid_params"),
        ):
            with pytest.raises(Refused) as caught:
                sidecar.call("models.move", path=str(path))
            assert caught.value.data["kind"] == kind
    assert (tmp_path / "full" / "mine.txt").exists()
