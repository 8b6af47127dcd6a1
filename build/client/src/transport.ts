import { Deferred } from "./waiting.js";

/** A way to send lines to one sidecar process and to hear its lines, neither with a newline. */
export interface Transport {
  /** Rejects if the line cannot be written. */
  send(line: string): void | Promise<void>;
  onLine(listener: (line: string) => void): void;
  /** Called once, when no line will ever come again, with what is known of the reason. */
  onClose(listener: (reason: string) => void): void;
  /** Ends the process; resolves when it has ended. */
  close(): void | Promise<void>;
}

/** What a process has said, kept until somebody listens: it may say it is ready before its transport is in use. */
export class Inbox {
  #lines: string[] = [];
  #onLine: ((line: string) => void) | undefined;
  readonly #ended = new Deferred<string>();

  /** Resolves with the reason once the process has ended. */
  readonly closed = this.#ended.promise;

  line(line: string): void {
    if (this.#onLine) this.#onLine(line);
    else this.#lines.push(line);
  }

  close(reason: string): void {
    this.#ended.resolve(reason);
  }

  onLine(listener: (line: string) => void): void {
    this.#onLine = listener;
    for (const line of this.#lines.splice(0)) listener(line);
  }

  onClose(listener: (reason: string) => void): void {
    void this.closed.then(listener);
  }
}
