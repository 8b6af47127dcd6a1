"""How a bundle gets into an app's folder, and in which order it is signed."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "build" / "tauri"))

from stage import is_mach_o, signing, stage  # noqa: E402

THIN = bytes.fromhex("cffaedfe0c000001")
FAT = bytes.fromhex("cafebabe00000002")
NAME = "voicebox-sidecar-aarch64-apple-darwin"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """What PyInstaller makes on macOS, in small."""
    folder = tmp_path / "dist" / NAME
    framework = folder / "_internal" / "Python.framework" / "Versions" / "3.11"
    framework.mkdir(parents=True)
    (framework / "Python").write_bytes(THIN)
    (folder / NAME).write_bytes(THIN)
    (folder / "_internal" / "Python").symlink_to("Python.framework/Versions/3.11/Python")
    (folder / "_internal" / "numpy.so").write_bytes(FAT)
    (folder / "_internal" / "tool").write_bytes(THIN)
    (folder / "_internal" / "table.txt").write_text("cafebabe")
    return folder


def test_the_bundle_lies_where_tauri_takes_it_from_and_has_no_links(bundle: Path, tmp_path: Path) -> None:
    program = stage(bundle, tmp_path / "src-tauri" / "sidecar")
    assert program == tmp_path / "src-tauri" / "sidecar" / "voicebox-sidecar"
    names = {str(path.relative_to(program.parent)) for path in program.parent.rglob("*") if path.is_file()}
    inside = {f"_internal/{name}" for name in ("Python", "numpy.so", "tool", "table.txt")}
    assert names == {"voicebox-sidecar"} | inside
    assert not [path for path in program.parent.rglob("*") if path.is_symlink()]


def test_what_an_older_bundle_had_is_gone(bundle: Path, tmp_path: Path) -> None:
    target = tmp_path / "sidecar"
    stage(bundle, target)
    (target / "old.so").touch()
    stage(bundle, target)
    assert not (target / "old.so").exists()


def test_on_windows_the_program_keeps_its_suffix(tmp_path: Path) -> None:
    folder = tmp_path / "voicebox-sidecar-x86_64-pc-windows-msvc"
    folder.mkdir()
    (folder / f"{folder.name}.exe").touch()
    assert stage(folder, tmp_path / "sidecar").name == "voicebox-sidecar.exe"


def test_a_folder_without_the_program_is_refused_and_nothing_is_deleted(tmp_path: Path) -> None:
    target = tmp_path / "sidecar"
    target.mkdir()
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match="no program called empty"):
        stage(tmp_path / "empty", target)
    assert target.exists()


def test_every_mach_o_file_is_signed_and_the_program_last_with_its_entitlements(bundle: Path, tmp_path: Path) -> None:
    program = stage(bundle, tmp_path / "sidecar")
    commands = list(signing(program, "Developer ID Application: Ada"))
    assert [Path(command[-1]).name for command in commands] == ["Python", "numpy.so", "tool", "voicebox-sidecar"]
    assert all({"--timestamp", "--options", "runtime", "--force"} <= set(command) for command in commands)
    assert ["--entitlements" in command for command in commands] == [False, False, False, True]


def test_a_file_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    found = {}
    for name, content in {"thin": THIN, "fat": FAT, "java": b"\xca\xfe\xba\xbe" + struct.pack(">HH", 0, 52)}.items():
        path.write_bytes(content)
        found[name] = is_mach_o(path)
    path.write_bytes(b"")
    assert found == {"thin": True, "fat": True, "java": False}
    assert not is_mach_o(path)
