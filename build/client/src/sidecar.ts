import { type Arguments, type CallOptions, Client, type Method, type Result } from "./client.js";
import { DEFAULT_MAX_LINE_BYTES } from "./encode.js";
import { disconnected } from "./errors.js";
import type { JobProgress } from "./generated.js";
import { type Event, type Listener, Listeners, type OnWarning, warnOnConsole } from "./listeners.js";
import { progress, type ProgressOptions } from "./progress.js";
import type { Transport } from "./transport.js";
import { Deferred, settlesWithin, unlessAborted } from "./waiting.js";

export interface SidecarOptions {
  /** Starts a process. Asked again after each end of one, until `close`. */
  spawn: () => Transport | Promise<Transport>;
  /** The first pause before a new process, doubled after each short life up to the longest. Default: 250 and 10,000. */
  pauses?: { first_ms: number; longest_ms: number };
  /** Default: `console.warn`. */
  onWarning?: OnWarning;
  /** What the sidecar is given as `--max-line-bytes`. Default: 64 MiB, as there. */
  max_line_bytes?: number;
}

/** The sidecar whatever becomes of its process: after a crash it starts another, which goes on with the queue. */
export class Sidecar {
  readonly #options: Required<SidecarOptions>;
  readonly #listeners: Listeners;
  readonly #closing = new Deferred<void>();
  readonly #lives: Promise<void>;
  #client = new Deferred<Client>();
  #running: Client | undefined;
  #isClosed = false;

  constructor(options: SidecarOptions) {
    this.#options = {
      pauses: { first_ms: 250, longest_ms: 10_000 },
      onWarning: warnOnConsole,
      max_line_bytes: DEFAULT_MAX_LINE_BYTES,
      ...options,
    };
    this.#listeners = new Listeners(this.#options.onWarning);
    this.#lives = this.#live();
  }

  /** Whether `close` was called. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Asks, and gives the result. Throws `SidecarError`: at once, and of the kind `disconnected`, if the process ends
   * before it answers. While there is no process, it waits for the next one to start or to fail to.
   */
  async call<M extends Method>(method: M, ...args: Arguments<M>): Promise<Result<M>> {
    const options: CallOptions | undefined = args[1];
    const client = await unlessAborted(options?.signal, this.#client.promise);
    return client.call(method, ...args);
  }

  /** Listens to an event, of this process and of those that follow it; the function that is returned ends it. */
  on<E extends Event>(event: E, listener: Listener<E>): () => void {
    return this.#listeners.on(event, listener);
  }

  /** The progress of a job until it has ended: the newest each time, across crashes. */
  progress(job_id: string, options?: ProgressOptions): AsyncGenerator<JobProgress, void> {
    return progress(this, job_id, options);
  }

  /** Ends the process and starts no other. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#closing.resolve();
    await this.#running?.close();
    await this.#lives;
  }

  async #live(): Promise<void> {
    const { first_ms, longest_ms } = this.#options.pauses;
    let pause = first_ms;
    while (!this.#isClosed) {
      const born = Date.now();
      const reason = await this.#liveOnce();
      if (this.#isClosed) break;
      pause = Date.now() - born > longest_ms ? first_ms : pause;
      this.#listeners.emit("disconnected", { reason, retry_ms: pause });
      await settlesWithin(pause, this.#closing.promise);
      pause = Math.min(pause * 2, longest_ms);
    }
    const reason = "it was closed";
    this.#client.reject(disconnected(reason));
    this.#listeners.emit("closed", { reason });
  }

  /** One process from its start to its end; gives the reason of the end. */
  async #liveOnce(): Promise<string> {
    let client: Client;
    const { spawn, onWarning, max_line_bytes } = this.#options;
    try {
      const onEvent = (event: string, params: unknown) => this.#listeners.emit(event, params);
      // Never within the constructor, whose caller has yet to listen and to ask.
      const transport = await Promise.resolve().then(spawn);
      client = new Client(transport, { onWarning, onEvent, max_line_bytes });
    } catch (fault) {
      const reason = `it could not be started (${fault instanceof Error ? fault.message : String(fault)})`;
      this.#client.reject(disconnected(reason));
      this.#client = new Deferred();
      return reason;
    }
    const gone = new Deferred<string>();
    client.on("closed", ({ reason }) => {
      // Whoever asks again because a call has failed asks the next process.
      this.#client = new Deferred();
      gone.resolve(reason);
    });
    this.#client.resolve(client);
    this.#running = client;
    if (this.#isClosed) await client.close();
    return gone.promise;
  }
}
