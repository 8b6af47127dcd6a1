import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { Client, Sidecar } from "../src/index.js";
import { type ShellChild, type ShellCommand, spawnInTauri } from "../src/tauri.js";
import { argumentsFor, ENVIRONMENT, folder, PYTHON, told } from "./support.js";

/** `Command` of the shell plugin as its Rust side behaves: an event a line, newline included, and stdin stays open. */
class Command implements ShellCommand {
  readonly stdout = new EventEmitter();
  readonly stderr = new EventEmitter();
  readonly #events = new EventEmitter();
  readonly #command: string;
  readonly #args: string[];
  child: ChildProcessWithoutNullStreams | undefined;

  constructor(command: string, args: string[]) {
    this.#command = command;
    this.#args = args;
  }

  on(event: "close" | "error", listener: (payload: never) => void): void {
    this.#events.on(event, listener as (payload: unknown) => void);
  }

  fail(message: string): void {
    this.#events.emit("error", message);
  }

  async spawn(): Promise<ShellChild> {
    const child = spawn(this.#command, this.#args, { env: ENVIRONMENT });
    this.child = child;
    createInterface(child.stdout).on("line", (line) => this.stdout.emit("data", `${line}\n`));
    createInterface(child.stderr).on("line", (line) => this.stderr.emit("data", `${line}\n`));
    child.on("close", (code) => this.#events.emit("close", { code, signal: null }));
    await new Promise((resolve) => child.once("spawn", resolve));
    return {
      write: async (data) => void child.stdin.write(data),
      kill: async () => void child.kill("SIGKILL"),
    };
  }
}

test("the real sidecar over the shell plugin: requests, a crash, and an end without closing stdin", async (test) => {
  const data = `${folder(test)}/data`;
  let command = new Command(PYTHON, argumentsFor(data));
  const sidecar = new Sidecar({
    spawn: () => spawnInTauri((command = new Command(PYTHON, argumentsFor(data)))),
    pauses: { first_ms: 10, longest_ms: 50 },
  });
  const names = ["Ada", "Ben", "Cleo"];
  await Promise.all(names.map((name) => sidecar.call("profiles.create", { name })));
  assert.equal((await sidecar.call("profiles.list")).total, 3);
  const ready = told(sidecar, "sidecar.ready");
  command.child?.kill("SIGKILL");
  await ready;
  assert.equal((await sidecar.call("profiles.list")).total, 3);
  await sidecar.close();
  assert.equal(command.child?.exitCode, 0);
});

test("a process of which the plugin loses a line is given up, and its calls fail", async () => {
  const command = new Command(PYTHON, ["-c", "import sys; sys.stdin.read()"]);
  const client = new Client(await spawnInTauri(command));
  const call = client.call("system.health");
  command.fail("invalid utf-8 sequence");
  await assert.rejects(call, { kind: "disconnected", message: /invalid utf-8/ });
});

test("a process that does not obey is killed", async () => {
  const command = new Command(PYTHON, ["-c", "import sys; sys.stdin.read()"]);
  const client = new Client(await spawnInTauri(command, { grace_ms: 50 }));
  const call = client.call("system.health");
  await Promise.all([client.close(), assert.rejects(call, { kind: "disconnected" })]);
  assert.equal(command.child?.signalCode, "SIGKILL");
});
