import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { type AllEvents, type Event, Inbox, Sidecar, type Transport } from "../src/index.js";
import { spawnInNode } from "../src/node.js";

const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));

export const PYTHON = process.env["VOICEBOX_TEST_PYTHON"] ?? join(ROOT, ".venv", "bin", "python");
export const ENVIRONMENT = { VOICEBOX_MODELS_DIR: join(ROOT, ".models"), PYTHONPATH: ROOT, ...process.env };

/** A folder that is gone after the test. */
export function folder(test: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "voicebox-client-"));
  test.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return path;
}

export function argumentsFor(data: string): string[] {
  return ["-m", "sidecar", "--data-dir", data];
}

/** A sidecar on this folder, closed after the test; `kill` ends its process as a power cut would, if there is one. */
export function startSidecar(test: TestContext, data: string): { sidecar: Sidecar; kill: () => boolean } {
  let pid: number | undefined;
  const spawn = () => {
    const transport = spawnInNode(PYTHON, argumentsFor(data), { env: ENVIRONMENT });
    pid = transport.pid;
    return transport;
  };
  const sidecar = new Sidecar({ spawn, pauses: { first_ms: 10, longest_ms: 50 } });
  sidecar.on("disconnected", () => (pid = undefined));
  test.after(() => sidecar.close());
  return { sidecar, kill: () => pid !== undefined && process.kill(pid, "SIGKILL") };
}

/** A tenth of a second of a square wave, as a WAV file. */
export function writeWave(path: string): string {
  const samples = new Int16Array(2_400).map((_, index) => (index % 100 < 50 ? 8_000 : -8_000));
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(24_000, 24);
  header.writeUInt32LE(48_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(samples.byteLength, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
  return path;
}

/** The parameters of an event, when it is told next. */
export function told<E extends Event>(sidecar: Sidecar, event: E): Promise<AllEvents[E]> {
  return new Promise((resolve) => {
    const stop = sidecar.on(event, (params) => {
      stop();
      resolve(params);
    });
  });
}

/** The other end of a line, in memory: what it was sent, and a way to say anything. */
export class Counterpart implements Transport {
  readonly sent: { id?: number; method: string; params: Record<string, unknown> }[] = [];
  readonly #inbox = new Inbox();

  send(line: string): void {
    this.sent.push(JSON.parse(line));
  }

  say(message: string | object): void {
    this.#inbox.line(typeof message === "string" ? message : JSON.stringify({ jsonrpc: "2.0", ...message }));
  }

  tell(method: string, params: object): void {
    this.say({ method, params });
  }

  crash(reason: string): void {
    this.#inbox.close(reason);
  }

  onLine(listener: (line: string) => void): void {
    this.#inbox.onLine(listener);
  }

  onClose(listener: (reason: string) => void): void {
    this.#inbox.onClose(listener);
  }

  close(): void {
    this.crash("it was closed");
  }
}
