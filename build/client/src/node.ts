import { spawn } from "node:child_process";
import { Inbox, type Transport } from "./transport.js";
import { settlesWithin } from "./waiting.js";

const DRAIN_MS = 500;

export interface NodeOptions {
  cwd?: string;
  /** Default: this process's own. */
  env?: Record<string, string | undefined>;
  /** How long `close` waits before it kills. Default: 5,000, within which the sidecar promises to end. */
  grace_ms?: number;
  /** Told what the process writes on stderr. Default: it is written on this process's own. */
  onStderr?: (text: string) => void;
}

export interface NodeTransport extends Transport {
  /** Undefined if the process could not be started. */
  readonly pid: number | undefined;
}

/** Starts a sidecar as a child of this Node process. */
export function spawnInNode(command: string, args: readonly string[] = [], options: NodeOptions = {}): NodeTransport {
  const { cwd, env = process.env, grace_ms = 5_000, onStderr = (text) => process.stderr.write(text) } = options;
  const child = spawn(command, args, { env, ...(cwd === undefined ? {} : { cwd }), windowsHide: true });
  const inbox = new Inbox();
  const lines = new LineSplitter((line) => inbox.line(line));
  const drained = new Promise<void>((resolve) => child.stdout.once("close", resolve));
  child.stdout.setEncoding("utf8").on("data", (text: string) => lines.push(text));
  child.stderr.setEncoding("utf8").on("data", onStderr);
  // What cannot be written fails the request that it belongs to; without a listener it would end this process.
  child.stdin.on("error", () => {});
  child.once("error", (fault) => inbox.close(`its process failed (${fault.message})`));
  child.once("exit", (code, signal) => {
    // What it wrote before its end is still to come, unless somebody else holds its pipe open.
    void settlesWithin(DRAIN_MS, drained).then(() =>
      inbox.close(signal === null ? `it ended with the exit code ${code}` : `it was ended by ${signal}`),
    );
  });

  return {
    pid: child.pid,
    send: (line) =>
      new Promise((resolve, reject) => child.stdin.write(`${line}\n`, (fault) => (fault ? reject(fault) : resolve()))),
    onLine: (listener) => inbox.onLine(listener),
    onClose: (listener) => inbox.onClose(listener),
    close: async () => {
      child.stdin.end();
      if (await settlesWithin(grace_ms, inbox.closed)) return;
      child.kill("SIGKILL");
      await inbox.closed;
    },
  };
}

/** Lines out of chunks. Node's readline also breaks at U+2028 and U+2029, which JSON may hold as they are. */
class LineSplitter {
  readonly #onLine: (line: string) => void;
  #begun: string[] = [];

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(text: string): void {
    const [first = "", ...rest] = text.split("\n");
    this.#begun.push(first);
    for (const begun of rest) {
      this.#onLine(this.#begun.join(""));
      this.#begun = [begun];
    }
  }
}
