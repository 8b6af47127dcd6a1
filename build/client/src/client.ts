import { DEFAULT_MAX_LINE_BYTES, encode } from "./encode.js";
import { cancelled, disconnected, errorOf, SidecarError } from "./errors.js";
import type { JobProgress, Methods } from "./generated.js";
import { type Event, type Listener, Listeners, type OnWarning, warnOnConsole } from "./listeners.js";
import { progress, type ProgressOptions } from "./progress.js";
import type { Transport } from "./transport.js";

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];

export interface CallOptions {
  /** Aborting asks the sidecar to cancel; the call then ends with the error `cancelled`, unless it was done already. */
  signal?: AbortSignal;
}

/** Parameters may be left out where none is required. */
export type Arguments<M extends Method> = {} extends Params<M>
  ? [params?: Params<M>, options?: CallOptions]
  : [params: Params<M>, options?: CallOptions];

export interface ClientOptions {
  /** Default: `console.warn`. */
  onWarning?: OnWarning;
  /** Told of every notification, also of those that this client has no type for. */
  onEvent?: (event: string, params: unknown) => void;
  /** What the sidecar was given as `--max-line-bytes`. Default: 64 MiB, as there. */
  max_line_bytes?: number;
}

interface Pending {
  resolve: (result: never) => void;
  reject: (fault: Error) => void;
  forget: () => void;
}

/** Requests and events over one transport, which serves one life of one process. */
export class Client {
  readonly #transport: Transport;
  readonly #listeners: Listeners;
  readonly #onWarning: OnWarning;
  readonly #onEvent: (event: string, params: unknown) => void;
  readonly #maxLineBytes: number;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #goneBecause: string | undefined;

  constructor(transport: Transport, options: ClientOptions = {}) {
    const { onWarning = warnOnConsole, onEvent = () => {}, max_line_bytes = DEFAULT_MAX_LINE_BYTES } = options;
    this.#maxLineBytes = max_line_bytes;
    this.#transport = transport;
    this.#onWarning = onWarning;
    this.#onEvent = onEvent;
    this.#listeners = new Listeners(onWarning);
    transport.onClose((reason) => this.#end(reason));
    transport.onLine((line) => this.#hear(line));
  }

  /** Whether the process is gone. */
  get isClosed(): boolean {
    return this.#goneBecause !== undefined;
  }

  /** Asks, and gives the result. Throws `SidecarError`: `disconnected`, if the process ends before it answers. */
  call<M extends Method>(method: M, ...[params, options]: Arguments<M>): Promise<Result<M>> {
    const signal = options?.signal;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled());
      if (this.#goneBecause !== undefined) return reject(disconnected(this.#goneBecause));
      const id = ++this.#lastId;
      const line = encode({ id, method, params: params ?? {} }, this.#maxLineBytes);
      const abort = () => this.#send(id, encode({ method: "$/cancelRequest", params: { id } }, this.#maxLineBytes));
      signal?.addEventListener("abort", abort, { once: true });
      this.#pending.set(id, { resolve, reject, forget: () => signal?.removeEventListener("abort", abort) });
      void this.#send(id, line);
    });
  }

  /** Listens to an event; the function that is returned ends it. */
  on<E extends Event>(event: E, listener: Listener<E>): () => void {
    return this.#listeners.on(event, listener);
  }

  /** The progress of a job until it has ended: the newest each time, those that came while nobody asked are skipped. */
  progress(job_id: string, options?: ProgressOptions): AsyncGenerator<JobProgress, void> {
    return progress(this, job_id, options);
  }

  /** Ends the process; resolves when it has ended. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  async #send(id: number, line: string): Promise<void> {
    try {
      await this.#transport.send(line);
    } catch (fault) {
      const reason = fault instanceof Error ? fault.message : String(fault);
      this.#take(id)?.reject(disconnected(`a request could not be sent (${reason})`));
    }
  }

  #hear(line: string): void {
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      return this.#onWarning("a line is no JSON", line);
    }
    if (typeof message !== "object" || message === null) return this.#onWarning("a line is no message", line);
    if ("method" in message) return this.#notify(String(message.method), "params" in message ? message.params : {});
    const fault = errorOf("error" in message ? message.error : undefined);
    if (fault && "id" in message && message.id === null) {
      this.#onWarning("a line of ours could not be read", fault);
      return this.#failAll(fault);
    }
    const pending = "id" in message && typeof message.id === "number" ? this.#take(message.id) : undefined;
    if (!pending) return this.#onWarning("an answer that nobody waits for", message);
    if ("result" in message) pending.resolve(message.result as never);
    else pending.reject(fault ?? new SidecarError("invalid_request", -32600, "The answer holds no result.", {}));
  }

  #notify(event: string, params: unknown): void {
    this.#listeners.emit(event, params);
    this.#onEvent(event, params);
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.forget();
    return pending;
  }

  #end(reason: string): void {
    if (this.isClosed) return;
    this.#goneBecause = reason;
    this.#listeners.emit("closed", { reason });
    this.#failAll(disconnected(reason));
  }

  /** Also when the sidecar could not read a line: it cannot say which call that was, and none may wait for ever. */
  #failAll(fault: SidecarError): void {
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(fault);
  }
}
