import type { Events } from "./generated.js";

/** What can be listened to: what the sidecar tells, and what becomes of its process. */
export interface AllEvents extends Events {
  /** A process ended or could not be started; the next is tried after so many milliseconds. */
  disconnected: { reason: string; retry_ms: number };
  /** Nothing will ever come again. */
  closed: { reason: string };
}

export type Event = keyof AllEvents;

/** Told of what belongs to no call: a line that is no JSON, an answer that nobody waits for, a listener's own fault. */
export type OnWarning = (message: string, detail: unknown) => void;

export type Listener<E extends Event> = (params: AllEvents[E]) => void;

export const warnOnConsole: OnWarning = (message, detail) => console.warn(`voicebox-sidecar: ${message}`, detail);

/** Who listens to which event. */
export class Listeners {
  readonly #byEvent = new Map<string, Set<(params: never) => void>>();
  readonly #onWarning: OnWarning;

  constructor(onWarning: OnWarning) {
    this.#onWarning = onWarning;
  }

  /** Listens from now on; the function that is returned ends it. */
  on<E extends Event>(event: E, listener: Listener<E>): () => void {
    const own: Listener<E> = (params) => listener(params);
    const listeners = this.#byEvent.get(event) ?? new Set();
    this.#byEvent.set(event, listeners.add(own));
    return () => void listeners.delete(own);
  }

  /** Tells everybody, whatever one of them throws. */
  emit(event: string, params: unknown): void {
    for (const listener of [...(this.#byEvent.get(event) ?? [])]) {
      try {
        listener(params as never);
      } catch (fault) {
        this.#onWarning(`a listener of ${event} threw`, fault);
      }
    }
  }
}
