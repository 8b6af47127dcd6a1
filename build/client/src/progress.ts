import { cancelled, disconnected, isSidecarError } from "./errors.js";
import type { JobProgress, JobResult } from "./generated.js";
import type { Event, Listener } from "./listeners.js";

export interface ProgressOptions {
  /** Aborting ends the watching with the error `cancelled`; the job goes on. */
  signal?: AbortSignal;
}

interface Source {
  readonly isClosed: boolean;
  call(method: "jobs.get", params: { job_id: string }): Promise<JobResult>;
  on<E extends Event>(event: E, listener: Listener<E>): () => void;
}

/** The progress of a job until it has ended, whichever way; `jobs.wait` then tells which, and what it made. */
export async function* progress(
  source: Source,
  job_id: string,
  { signal }: ProgressOptions = {},
): AsyncGenerator<JobProgress, void> {
  let newest: JobProgress | undefined;
  let end: { fault?: unknown } | undefined;
  let wake = () => {};
  const finish = (how: { fault?: unknown }) => {
    end ??= how;
    wake();
  };
  const abort = () => finish({ fault: cancelled() });
  // The end may have been told before anybody listened here, or by a process that was then killed.
  const look = () =>
    void source.call("jobs.get", { job_id }).then(
      ({ job }) => job.finished_at !== null && finish({}),
      (fault: unknown) => {
        // After a crash that is not the end, the next process says that it is ready, and is asked again.
        const goesOn = isSidecarError(fault) && fault.kind === "disconnected" && !source.isClosed;
        if (!goesOn) finish({ fault });
      },
    );
  const stops = [
    source.on("job.progress", (told) => {
      if (told.job_id !== job_id) return;
      newest = told;
      wake();
    }),
    source.on("job.finished", (told) => void (told.job_id === job_id && finish({}))),
    source.on("sidecar.ready", look),
    source.on("closed", ({ reason }) => finish({ fault: disconnected(reason) })),
  ];
  signal?.addEventListener("abort", abort, { once: true });
  try {
    if (signal?.aborted) abort();
    else look();
    while (true) {
      if (newest) {
        const told = newest;
        newest = undefined;
        yield told;
      } else if (end) {
        if ("fault" in end) throw end.fault;
        return;
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    for (const stop of stops) stop();
  }
}
