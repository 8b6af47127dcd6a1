import { Inbox, type Transport } from "./transport.js";
import { Deferred, settlesWithin } from "./waiting.js";

const KILL_MS = 1_000;

/** What is used of the `Child` of `@tauri-apps/plugin-shell`. */
export interface ShellChild {
  write(data: string): Promise<void>;
  kill(): Promise<void>;
}

/** What is used of its `Command<string>`, as `Command.create(name, args)` gives it. */
export interface ShellCommand {
  readonly stdout: { on(event: "data", listener: (line: string) => void): unknown };
  readonly stderr: { on(event: "data", listener: (line: string) => void): unknown };
  on(event: "close", listener: (end: { code: number | null; signal: number | null }) => void): unknown;
  on(event: "error", listener: (message: string) => void): unknown;
  spawn(): Promise<ShellChild>;
}

export interface TauriOptions {
  /** How long `close` waits before it kills. Default: 5,000, within which the sidecar promises to end. */
  grace_ms?: number;
  /** Told each line of stderr. Default: `console.warn`. */
  onStderr?: (line: string) => void;
}

/** Starts a sidecar through Tauri's shell plugin, from a web view. */
export async function spawnInTauri(command: ShellCommand, options: TauriOptions = {}): Promise<Transport> {
  const { grace_ms = 5_000, onStderr = (line) => console.warn(line) } = options;
  const inbox = new Inbox();
  command.stdout.on("data", (line) => inbox.line(line));
  command.stderr.on("data", onStderr);
  command.on("close", ({ code, signal }) => inbox.close(`it ended with the exit code ${code}, the signal ${signal}`));
  const lost = new Deferred<string>();
  command.on("error", lost.resolve);
  const child = await command.spawn();
  // A line of it is lost, or its end cannot be told: nobody could say what a call would still wait for.
  void lost.promise.then(async (message) => {
    await child.kill().catch(() => {});
    inbox.close(`the shell plugin lost it (${message})`);
  });
  // Each write is a call of its own over Tauri's bridge; the next begins when the one before has been taken.
  let written: Promise<unknown> = Promise.resolve();
  const send = (line: string): Promise<void> => {
    const writing = written.then(() => child.write(`${line}\n`));
    written = writing.catch(() => {});
    return writing;
  };

  return {
    send,
    onLine: (listener) => inbox.onLine(listener),
    onClose: (listener) => inbox.onClose(listener),
    close: async () => {
      // The plugin has no way to close stdin, so the sidecar is asked to end.
      send('{"jsonrpc":"2.0","method":"system.shutdown"}').catch(() => {});
      if (await settlesWithin(grace_ms, inbox.closed)) return;
      await child.kill().catch(() => {});
      if (!(await settlesWithin(KILL_MS, inbox.closed))) inbox.close("it was killed");
    },
  };
}
