import { cancelled } from "./errors.js";

/** A promise that is settled from outside. */
export class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (fault: Error) => void;

  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    // Nobody may be waiting when it fails, which is no fault of its own.
    this.promise.catch(() => {});
  }
}

/** Resolves to true once `awaited` has settled, or to false after so many milliseconds. */
export async function settlesWithin(ms: number, awaited: Promise<unknown>): Promise<boolean> {
  const late = new Deferred<boolean>();
  const timer = setTimeout(late.resolve, ms, false);
  const settled = awaited.then(
    () => true,
    () => true,
  );
  return Promise.race([settled, late.promise]).finally(() => clearTimeout(timer));
}

/** The same promise, but it fails with the error `cancelled` as soon as the signal is aborted. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, awaited: Promise<T>): Promise<T> {
  if (!signal) return awaited;
  if (signal.aborted) throw cancelled();
  const aborted = new Deferred<never>();
  const abort = () => aborted.reject(cancelled());
  signal.addEventListener("abort", abort, { once: true });
  return Promise.race([awaited, aborted.promise]).finally(() => signal.removeEventListener("abort", abort));
}
