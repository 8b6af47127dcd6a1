"""Profiles carried from one library to another, by friends and by others."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.bundle_attacks import ARCHIVES, MANIFEST, MANIFESTS, SAMPLE, SOUNDS, Attack, packed, told, unpacked
from tests.process.conftest import Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

EFFECT = {"type": "gain", "params": {"gain_db": -3.0}}


def cloned(sidecar: SidecarProcess, recordings: Path, name: str) -> Message:
    """A profile with two samples, a picture and an effect."""
    samples = [
        {"path": str(recordings / f"{who}.wav"), "text": f"What {who} says.", "start_s": 0.0, "end_s": 8.0}
        for who in ("en_david", "en_sarah")
    ]
    described = {"description": "A voice to carry about.", "language": "en", "default_effects": [EFFECT]}
    made = sidecar.call("profiles.create", name=name, samples=samples, **described)["profile"]
    picture = sidecar.data_dir.parent / "picture.png"
    picture.write_bytes(b"\x89PNG picture")
    return dict(sidecar.call("profiles.set_avatar", profile_id=made["id"], path=str(picture))["profile"])


def exported(sidecar: SidecarProcess, profile_id: str, path: Path, **options: Any) -> Path:
    written = sidecar.call("profiles.export", profile_id=profile_id, path=str(path), wait=True, **options)
    assert (written["path"], written["size_bytes"]) == (str(path), path.stat().st_size)
    return path


def imported(sidecar: SidecarProcess, path: Path, **options: Any) -> Message:
    return dict(sidecar.call("profiles.import", path=str(path), wait=True, **options)["profile"])


def refusal(sidecar: SidecarProcess, method: str, **params: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        sidecar.call(method, **params)
    return caught.value


def samples_of(sidecar: SidecarProcess, profile: Message) -> list[Message]:
    return list(sidecar.call("profiles.list_samples", profile_id=profile["id"])["items"])


def sounds_of(sidecar: SidecarProcess, profile: Message) -> list[bytes]:
    return [Path(sample["audio_path"]).read_bytes() for sample in samples_of(sidecar, profile)]


def told_of(samples: list[Message]) -> list[Message]:
    return [{name: value for name, value in sample.items() if name != "audio_path"} for sample in samples]


def tree(folder: Path) -> dict[str, int]:
    """Every file but those that change by themselves, with its size."""
    found = (path for path in folder.rglob("*") if path.is_file() and "voicebox.db" not in path.name)
    return {str(path): path.stat().st_size for path in found if "logs" not in path.parts}


@pytest.fixture(scope="module")
def bundle(sidecar: SidecarProcess, recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good bundle of the profile "Ada", who is not in the library any more."""
    path = tmp_path_factory.mktemp("bundles") / "ada.voicebox"
    exported(sidecar, cloned(sidecar, recordings, "Ada")["id"], path)
    sidecar.call("profiles.delete", profile_id="ada")
    return path


def test_a_profile_comes_back_as_it_was(sidecar: SidecarProcess, recordings: Path, tmp_path: Path) -> None:
    before = cloned(sidecar, recordings, "Grace")
    samples, sounds = samples_of(sidecar, before), sounds_of(sidecar, before)
    speech = {"text": "Good morning.", "seed": 3, "effects": [], "verify": "off", "wait": True}
    first = sidecar.call("generation.create", profile_id="grace", **speech)["generation"]
    bundle = exported(sidecar, "grace", tmp_path / "grace.voicebox")
    sidecar.call("profiles.delete", profile_id="grace")
    after = imported(sidecar, bundle)
    assert Path(after["avatar_path"]).read_bytes() == b"\x89PNG picture"
    changed = ("updated_at", "avatar_path")
    assert {key: after[key] for key in after if key not in changed} == {
        key: before[key] for key in before if key not in changed
    }
    assert told_of(samples_of(sidecar, after)) == told_of(samples)
    assert sounds_of(sidecar, after) == sounds
    again = sidecar.call("generation.create", profile_id="grace", **speech)["generation"]
    assert Path(again["audio_path"]).read_bytes() == Path(first["audio_path"]).read_bytes()


def test_the_same_profile_always_makes_the_same_bytes(
    sidecar: SidecarProcess, recordings: Path, tmp_path: Path
) -> None:
    profile = cloned(sidecar, recordings, "Twin")
    first = exported(sidecar, profile["id"], tmp_path / "first")
    assert exported(sidecar, profile["id"], tmp_path / "second").read_bytes() == first.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {"first", "second"}


def test_a_voice_without_samples_travels_too(sidecar: SidecarProcess, start: Start, tmp_path: Path) -> None:
    bundle = exported(sidecar, "heart", tmp_path / "heart.voicebox")
    with start(tmp_path / "data") as elsewhere:
        heart = imported(elsewhere, bundle)
        assert (heart["name"], heart["voice"]["voice_id"], heart["sample_count"]) == ("Heart", "af_heart", 0)


def test_the_cached_prompt_travels_if_asked(
    sidecar: SidecarProcess, recordings: Path, start: Start, tmp_path: Path
) -> None:
    profile = cloned(sidecar, recordings, "Quick")
    sidecar.call("profiles.prepare", profile_id=profile["id"], wait=True)
    without = exported(sidecar, profile["id"], tmp_path / "without")
    with_it = exported(sidecar, profile["id"], tmp_path / "with", include_prompts=True)
    assert [name for name in unpacked(without) if name.startswith("prompts/")] == []
    (prompt,) = (name for name in unpacked(with_it) if name.startswith("prompts/"))
    with start(tmp_path / "data") as elsewhere:
        imported(elsewhere, with_it)
        assert elsewhere.call("profiles.prepare", profile_id="quick", wait=True)["prompt_cached"]
    for_another = tmp_path / "poisoned"
    files = unpacked(with_it)
    poison = f"prompts/{'0' * 64}.safetensors"
    poisoned = {name: content for name, content in files.items() if name != prompt} | {poison: b"poison"}
    for_another.write_bytes(packed(told(poisoned, prompts=[poison])))
    with start(tmp_path / "other") as elsewhere:
        imported(elsewhere, for_another)
        assert list((elsewhere.data_dir / "cache" / "prompts").iterdir()) == []


def test_a_taken_name_is_refused_unless_told_otherwise(sidecar: SidecarProcess, bundle: Path) -> None:
    mine = sidecar.call("profiles.create", name="ADA", description="mine")["profile"]
    refused = refusal(sidecar, "profiles.import", path=str(bundle))
    assert (refused.data["kind"], refused.data["id"]) == ("conflict", mine["id"])
    other = imported(sidecar, bundle, on_conflict="rename")
    assert (other["name"], other["id"] != mine["id"]) == ("Ada (2)", True)
    another = imported(sidecar, bundle, on_conflict="rename")
    assert another["name"] == "Ada (3)"
    ids = [sample["id"] for profile in (other, another) for sample in samples_of(sidecar, profile)]
    assert len(set(ids)) == 4
    for profile in (mine, other, another):
        sidecar.call("profiles.delete", profile_id=profile["id"])


def test_a_replaced_profile_keeps_its_id_and_what_was_spoken_with_it(
    sidecar: SidecarProcess, recordings: Path, tmp_path: Path
) -> None:
    mine = cloned(sidecar, recordings, "Old")
    bundle = exported(sidecar, "old", tmp_path / "old.voicebox")
    spoken = sidecar.call("generation.create", profile_id="old", text="One.", verify="off", wait=True)["generation"]
    files = [Path(sample["audio_path"]) for sample in samples_of(sidecar, mine)] + [Path(mine["avatar_path"])]
    sidecar.call("profiles.update", profile_id="old", description="changed since")
    replaced = imported(sidecar, bundle, on_conflict="replace")
    assert (replaced["id"], replaced["description"]) == (mine["id"], "A voice to carry about.")
    assert sidecar.call("history.get", generation_id=spoken["id"])["generation"]["profile_id"] == mine["id"]
    assert len(samples_of(sidecar, replaced)) == 2
    assert not any(path.exists() for path in files)


@pytest.mark.parametrize("name", [*ARCHIVES, *MANIFESTS, *SOUNDS])
def test_a_bundle_that_was_made_to_do_harm_changes_nothing(
    sidecar: SidecarProcess, bundle: Path, tmp_path: Path, name: str
) -> None:
    attack: Attack = (ARCHIVES | MANIFESTS | SOUNDS)[name]
    path = tmp_path / "inner" / "bad.voicebox"
    path.parent.mkdir()
    path.write_bytes(attack(unpacked(bundle)))
    before = tree(sidecar.data_dir.parent), tree(tmp_path), sidecar.call("profiles.list")["total"]
    refused = refusal(sidecar, "profiles.import", path=str(path), wait=True)
    assert refused.data["kind"] == ("invalid_audio" if name in SOUNDS else "invalid_params")
    assert refused.message.endswith(".")
    assert len(refused.message) < 1_000
    assert (tree(sidecar.data_dir.parent), tree(tmp_path), sidecar.call("profiles.list")["total"]) == before
    assert not Path("/tmp/evil.wav").exists()


def test_the_bundle_that_the_attacks_are_made_of_is_good(sidecar: SidecarProcess, bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "good.voicebox"
    path.write_bytes(packed(told(unpacked(bundle))))
    imported(sidecar, path)
    sidecar.call("profiles.delete", profile_id="ada")


def test_what_is_no_file_is_no_bundle(sidecar: SidecarProcess, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        assert refusal(sidecar, "profiles.import", path=str(path)).data["kind"] == "invalid_params"
    assert refusal(sidecar, "profiles.import", path=str(tmp_path / "gone")).data["kind"] == "not_found"


def test_a_voice_that_no_engine_here_has_is_refused(sidecar: SidecarProcess, tmp_path: Path) -> None:
    bundle = exported(sidecar, "heart", tmp_path / "heart.voicebox")
    manifest = json.loads(unpacked(bundle)[MANIFEST])
    manifest["profile"] |= {"name": "Stranger", "voice": {"kind": "preset", "engine": "oracle", "voice_id": "x"}}
    bundle.write_bytes(packed({MANIFEST: json.dumps(manifest).encode()}))
    assert refusal(sidecar, "profiles.import", path=str(bundle)).data["resource"] == "engine"


def test_an_export_goes_where_it_can_and_never_into_the_library(sidecar: SidecarProcess, tmp_path: Path) -> None:
    for path in (sidecar.data_dir / "voicebox.db", sidecar.data_dir / "audio" / "samples" / "x.zip", tmp_path):
        assert refusal(sidecar, "profiles.export", profile_id="heart", path=str(path)).data["kind"] == "invalid_params"
    nowhere = refusal(sidecar, "profiles.export", profile_id="heart", path=str(tmp_path / "gone" / "x"))
    assert nowhere.data["kind"] == "not_found"
    nobody = refusal(sidecar, "profiles.export", profile_id="nobody", path=str(tmp_path / "x"))
    assert nobody.data["kind"] == "not_found"


def test_a_kill_during_an_import_leaves_all_of_it_or_nothing(
    bundle: Path, recordings: Path, start: Start, tmp_path: Path
) -> None:
    heavy = heavier(bundle, tmp_path / "heavy.voicebox")
    for stage in ("unpacking", "listening"):
        sidecar = start(tmp_path / "data")
        job_id = sidecar.call("profiles.import", path=str(heavy), on_conflict="rename")["job_id"]
        sidecar.event("job.progress", job_id=job_id, stage=stage)
        sidecar.kill()
        with start(tmp_path / "data") as sidecar:
            ended = sidecar.event("job.finished", job_id=job_id)
            assert ended["status"] == "completed"
            (profile,) = sidecar.call("profiles.list")["items"]
            assert profile["sample_count"] == 20
            sidecar.call("profiles.delete", profile_id=profile["id"])
            assert list((sidecar.data_dir / "audio" / "samples").iterdir()) == []
            assert list((sidecar.data_dir / "tmp").iterdir()) == []


def heavier(bundle: Path, path: Path) -> Path:
    """The same bundle with twenty samples."""
    files = unpacked(bundle)
    manifest = json.loads(files[MANIFEST])
    names = [f"samples/more-{number}.wav" for number in range(18)]
    more = [manifest["samples"][0] | {"file": name} for name in names]
    files |= dict.fromkeys(names, files[SAMPLE])
    path.write_bytes(packed(told(files, samples=manifest["samples"] + more)))
    return path


def test_a_cancelled_import_leaves_nothing(sidecar: SidecarProcess, bundle: Path, tmp_path: Path) -> None:
    before = tree(sidecar.data_dir)
    job_id = sidecar.call("profiles.import", path=str(heavier(bundle, tmp_path / "heavy.voicebox")))["job_id"]
    sidecar.event("job.progress", job_id=job_id, stage="listening")
    assert sidecar.call("jobs.cancel", job_id=job_id)["job"]["status"] == "cancelled"
    assert tree(sidecar.data_dir) == before
    shutil.rmtree(tmp_path)
