"""The files for an app's `src-tauri` name one another; what one of them names, another one has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

BUILD = Path(__file__).parents[2] / "build" / "tauri"
SRC_TAURI = BUILD / "src-tauri"
RUST = (SRC_TAURI / "src" / "lib.rs").read_text("utf-8")


def read(name: str) -> dict[str, Any]:
    """A file of configuration."""
    return dict(json.loads((SRC_TAURI / name).read_text("utf-8")))


def test_the_capability_that_is_used_is_there() -> None:
    files = {path.stem: read(f"capabilities/{path.name}") for path in (SRC_TAURI / "capabilities").glob("*.json")}
    assert {name: file["identifier"] for name, file in files.items()} == {name: name for name in files}
    assert set(read("tauri.conf.json")["app"]["security"]["capabilities"]) <= set(files)


def test_every_file_that_is_named_is_there() -> None:
    macos, windows = (read(f"tauri.{name}.conf.json")["bundle"] for name in ("macos", "windows"))
    assert (SRC_TAURI / macos["macOS"]["entitlements"]).is_file()
    assert (SRC_TAURI / windows["windows"]["nsis"]["installerHooks"]).is_file()


def test_the_program_is_looked_for_where_the_resource_is_put() -> None:
    ((source, target),) = read("tauri.release.conf.json")["bundle"]["resources"].items()
    assert source == "sidecar/", "where stage.py puts it"
    assert f'.join("{target.rstrip("/")}")' in RUST
    *_, spawn = read("capabilities/sidecar-from-javascript.json")["permissions"]
    (allowed,) = spawn["allow"]
    assert allowed["cmd"] == f"$RESOURCE/{target}voicebox-sidecar"
    assert f"$INSTDIR\\{target.rstrip('/')}" in (SRC_TAURI / "windows" / "hooks.nsh").read_text("utf-8")


def test_the_page_may_play_what_lies_in_the_data_folder() -> None:
    (scope,) = read("tauri.conf.json")["app"]["security"]["assetProtocol"]["scope"]
    assert scope.startswith("$APPDATA/library/")
    assert 'app_data_dir()?.join("library")' in RUST


def test_the_page_calls_the_commands_that_rust_offers() -> None:
    page = (BUILD / "web" / "attach.ts").read_text("utf-8")
    offered = re.search(r"generate_handler!\[(.*?)\]", RUST)
    assert offered
    assert set(re.findall(r'"(sidecar_\w+)"', page)) == set(offered[1].split(", "))


def test_every_link_of_the_guide_leads_somewhere() -> None:
    guide = (BUILD / "README.md").read_text("utf-8")
    used = set(re.findall(r"\]\[([\w-]+)\]", " ".join(guide.split())))
    assert used == set(re.findall(r"^\[([\w-]+)\]: https://", guide, re.MULTILINE))
