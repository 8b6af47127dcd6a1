import type { ErrorKinds } from "./generated.js";

/** What `data` holds beside `kind`, for the kinds that promise something. */
interface ErrorData {
  invalid_params: { errors: { loc: (string | number)[]; message: string; type: string }[] };
  not_found: { resource: string; id: string };
  invalid_audio: { reason: string };
  model_unavailable: { model: string };
  busy: { retry_after_s: number };
  internal: { error_id: string };
}

/** Faults of the envelope (JSON-RPC 2.0, section 5.1), and `disconnected`, which this client says by itself. */
interface ClientErrorKinds {
  parse_error: -32700;
  invalid_request: -32600;
  method_not_found: -32601;
  /** The process or its pipe is gone; whether the request was carried out is not known. */
  disconnected: 0;
}

type Codes = ErrorKinds & ClientErrorKinds;

export type Kind = keyof Codes;

/** An error of one kind: `message` is for people, `kind` and `data` are for programs. */
export class SidecarError<K extends Kind = Kind> extends Error {
  override readonly name = "SidecarError";

  constructor(
    readonly kind: K,
    readonly code: number,
    message: string,
    readonly data: K extends keyof ErrorData ? ErrorData[K] & Record<string, unknown> : Record<string, unknown>,
  ) {
    super(message);
  }
}

/** Any error of the sidecar; comparing its `kind` narrows its `data`. */
export type AnySidecarError = { [K in Kind]: SidecarError<K> }[Kind];

/** Whether a caught value came from the sidecar or from the loss of it. */
export function isSidecarError(fault: unknown): fault is AnySidecarError {
  return fault instanceof SidecarError;
}

/** The error that a request ends with when nobody is left to answer it. */
export function disconnected(reason: string): SidecarError<"disconnected"> {
  return new SidecarError("disconnected", 0, `The sidecar is gone: ${reason}.`, {});
}

/** The error that a request ends with when it was cancelled before it was sent. */
export function cancelled(): SidecarError<"cancelled"> {
  return new SidecarError("cancelled", -32800, "The request was cancelled before it was sent.", {});
}

/** The error object of an answer. Undefined if it is none. */
export function errorOf(body: unknown): SidecarError | undefined {
  if (typeof body !== "object" || body === null || !("code" in body) || !("message" in body)) return undefined;
  const data: unknown = "data" in body ? body.data : {};
  const known = typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
  const kind = typeof known["kind"] === "string" ? known["kind"] : "internal";
  return new SidecarError(kind as Kind, Number(body.code), String(body.message), known as never);
}
