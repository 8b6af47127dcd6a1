import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { ENVIRONMENT } from "../support.js";

/** What the plugin's Rust side tells its JavaScript over a channel of the command that is spawned. */
type ShellEvent =
  | { event: "Stdout" | "Stderr" | "Error"; payload: string }
  | { event: "Terminated"; payload: { code: number | null; signal: number | null } };

/** A message of one of Tauri's channels, which puts them in order by their index. */
export type ChannelMessage = { index: number; message: ShellEvent } | { index: number; end: true };
export type Tell = (channel: number, message: ChannelMessage) => void;

/** What a page asks: a command of Tauri's IPC with its arguments, as they are in JSON. */
export interface Asked {
  program: string;
  args: string[];
  onEvent: string;
  pid: number;
  buffer: string;
}

/** Tauri's shell plugin as its Rust side behaves: an event a line, newline included, and stdin stays open. */
export class Shell {
  readonly #programs: Record<string, string[]>;
  readonly #tell: Tell;
  readonly #children = new Map<number, ChildProcessWithoutNullStreams>();

  /** `programs` are the command lines of what may be spawned, by name, as the scope of a capability has them. */
  constructor(programs: Record<string, string[]>, tell: Tell) {
    this.#programs = programs;
    this.#tell = tell;
  }

  /** The processes that run or have run, in their order. */
  get children(): ChildProcessWithoutNullStreams[] {
    return [...this.#children.values()];
  }

  async invoke(command: string, asked: Asked): Promise<unknown> {
    if (command === "plugin:shell|spawn") return this.#spawn(asked);
    const child = this.#children.get(asked.pid);
    // The plugin forgets a process that has ended, and answers nothing.
    if (!child || child.exitCode !== null) return null;
    if (command === "plugin:shell|stdin_write") return void child.stdin.write(asked.buffer);
    if (command === "plugin:shell|kill") return void child.kill("SIGKILL");
    throw new Error(`Command ${command} not found`);
  }

  async #spawn({ program, args, onEvent }: Asked): Promise<number> {
    const command = this.#programs[program];
    if (!command) throw new Error(`program not allowed on the configured shell scope: ${program}`);
    const channel = Number(onEvent.replace("__CHANNEL__:", ""));
    let index = 0;
    const tell = (message: ShellEvent) => this.#tell(channel, { index: index++, message });
    const [file = "", ...fixed] = command;
    const child = spawn(file, [...fixed, ...args], { env: ENVIRONMENT });
    createInterface(child.stdout).on("line", (line) => tell({ event: "Stdout", payload: `${line}\n` }));
    createInterface(child.stderr).on("line", (line) => tell({ event: "Stderr", payload: `${line}\n` }));
    child.on("close", (code) => {
      tell({ event: "Terminated", payload: { code, signal: null } });
      this.#tell(channel, { index, end: true });
    });
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    this.#children.set(child.pid!, child);
    return child.pid!;
  }
}
