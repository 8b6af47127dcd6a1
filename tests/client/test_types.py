"""The client's types: strict, true to the sidecar's models, and of use against mistakes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.client.conftest import CLIENT, ROOT, Compile

ERROR = re.compile(r"misuse\.ts\W(\d+)\W.*error (TS\d+)")
EXPECTATION = "@ts-expect-error"
TYPE_ROOTS = CLIENT / "node_modules" / "@types"
APP = """\
declare const folder: string;
declare const sidecar: import("voicebox-sidecar-client").Sidecar;
declare const signal: AbortSignal;
declare function show(text: string): void;
declare module "@tauri-apps/plugin-shell" {
  const Command: { create(program: string, args: string[]): import("voicebox-sidecar-client/tauri").ShellCommand };
}
"""
"""What an app has around the examples."""


def test_the_committed_types_are_those_of_the_models() -> None:
    command = [sys.executable, "-m", "sidecar", "schema", "--typescript"]
    now = subprocess.run(command, cwd=ROOT, text=True, encoding="utf-8", check=True, stdout=subprocess.PIPE).stdout
    committed = (CLIENT / "src" / "generated.ts").read_text("utf-8")
    stale = "build/client/src/generated.ts is not what the models say now; run `python3 build/client.py`"
    assert committed == now, stale


def test_the_client_and_its_tests_are_clean_under_strict_settings(compile_typescript: Compile) -> None:
    settings = compile_typescript("--showConfig").stdout
    for name in ("strict", "noUncheckedIndexedAccess", "exactOptionalPropertyTypes"):
        assert f'"{name}": true' in settings
    checked = compile_typescript("--noEmit")
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_examples_of_the_readme_compile(compile_typescript: Compile, tmp_path: Path) -> None:
    examples = re.findall(r"```ts\n(.*?)```", (CLIENT / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(examples) == 3
    package = tmp_path / "node_modules" / "voicebox-sidecar-client"
    shutil.copytree(CLIENT / "src", package / "src")
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(CLIENT / name, package)
    assert compile_typescript("-p", package, "--typeRoots", TYPE_ROOTS).stdout == ""
    (tmp_path / "app.d.ts").write_text(APP, "utf-8")
    for number, example in enumerate(examples):
        (tmp_path / f"example{number}.ts").write_text(example, "utf-8")
    settings = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--types", "node"]
    files = sorted(tmp_path.glob("*.ts"))
    (tmp_path / "package.json").write_text('{"type": "module"}', "utf-8")
    assert compile_typescript(*settings, "--ignoreConfig", "--typeRoots", TYPE_ROOTS, *files).stdout == ""


def test_three_mistakes_give_three_errors(compile_typescript: Compile, tmp_path: Path) -> None:
    shutil.copytree(CLIENT / "src", tmp_path / "src")
    for name in ("package.json", "tsconfig.json"):
        shutil.copy(CLIENT / name, tmp_path)
    lines = (CLIENT / "tests" / "misuse.ts").read_text("utf-8").splitlines()
    wrong = [number for number, line in enumerate(lines, start=2) if EXPECTATION in line]
    assert len(wrong) == 3
    (tmp_path / "tests").mkdir()
    bare = [line if EXPECTATION not in line else "" for line in lines]
    (tmp_path / "tests" / "misuse.ts").write_text("\n".join(bare), "utf-8")
    checked = compile_typescript("--noEmit", "-p", tmp_path, "--typeRoots", TYPE_ROOTS)
    found = ERROR.findall(checked.stdout)
    assert [int(line) for line, _ in found] == wrong, checked.stdout
    # A wrong argument, a method that is none, a property that is none.
    assert [code for _, code in found] == ["TS2322", "TS2345", "TS2339"]
    assert checked.stdout.count("error TS") == 3
