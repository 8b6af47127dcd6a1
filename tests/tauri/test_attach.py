"""The page's side of a process that Rust owns: its types, and what it does with what comes over Tauri's channel."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.client.conftest import CLIENT, ROOT

SOURCE = ROOT / "build" / "tauri" / "web" / "attach.ts"
CALLER = """
import { isSidecarError, Sidecar } from "voicebox-sidecar-client";
import { attachInTauri } from "./attach.js";

const READY = '{"jsonrpc":"2.0","method":"sidecar.ready","params":{"version":"1"}}';
const invoked: [string, unknown][] = [];
let tell: (line: string | null) => void = () => {};
class Channel<T> {
  constructor(onmessage: (message: T) => void) {
    tell = onmessage as typeof tell;
  }
}
async function invoke<T>(command: string, args?: Record<string, unknown>): Promise<T> {
  if (command === "sidecar_attach") tell(READY);
  else invoked.push([command, args]);
  if (command === "sidecar_close") tell(null);
  return 7 as T;
}

const sidecar = new Sidecar({ spawn: () => attachInTauri({ invoke, Channel }) });
const lives: string[] = [];
sidecar.on("sidecar.ready", ({ version }) => lives.push(version));
const asked = sidecar.call("system.health").catch((fault: unknown) => isSidecarError(fault) && fault.kind);
const answered = sidecar.call("jobs.get", { job_id: "a" });
while (invoked.length < 2) await new Promise(setImmediate);
tell('{"jsonrpc":"2.0","result":{},"id":2}');
const answer = await answered;
tell(null);
const health = await asked;
while (lives.length < 2) await new Promise(setImmediate);
await sidecar.close();
console.log(JSON.stringify({ invoked, health, answer, lives }));
"""


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """A page that attaches, compiled with the client's own settings."""
    node = shutil.which("node")
    compiler = CLIENT / "node_modules" / "typescript" / "bin" / "tsc"
    assert node, "node is not on the PATH: install Node 20 or newer"
    assert compiler.is_file(), "run `python3 build/client.py --install` once"
    (tmp_path / "package.json").write_text('{ "type": "module" }')
    (tmp_path / "attach.ts").write_text(SOURCE.read_text("utf-8"), "utf-8")
    (tmp_path / "caller.ts").write_text(CALLER, "utf-8")
    package = tmp_path / "node_modules" / "voicebox-sidecar-client"
    shutil.copytree(CLIENT / "src", package / "src")
    shutil.copy(CLIENT / "tsconfig.json", package)
    exports = {".": {"types": "./src/index.ts", "default": "./dist/src/index.js"}}
    (package / "package.json").write_text(json.dumps({"name": package.name, "type": "module", "exports": exports}))
    types = ["--typeRoots", CLIENT / "node_modules" / "@types"]
    subprocess.run([node, compiler, "-p", package, *types], check=True, cwd=package)
    settings = {"extends": str(CLIENT / "tsconfig.json"), "compilerOptions": {"outDir": "out", "rootDir": "."}}
    (tmp_path / "tsconfig.json").write_text(json.dumps(settings | {"include": ["*.ts"]}))
    checked = subprocess.run([node, compiler, "-p", tmp_path, *types], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout
    return tmp_path / "out" / "caller.js"


def test_a_page_speaks_through_rust_and_goes_on_after_a_crash(compiled: Path) -> None:
    run = subprocess.run(["node", compiled], capture_output=True, text=True, timeout=30)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert [command for command, _ in told["invoked"]] == ["sidecar_send", "sidecar_send", "sidecar_close"]
    _, sent = told["invoked"][0]
    assert sent["process"] == 7
    assert json.loads(sent["line"])["method"] == "system.health"
    assert told["answer"] == {}
    assert told["health"] == "disconnected"
    assert told["lives"] == ["1", "1"], "the line that came before anybody listened was kept, in both lives"
