import { SidecarError } from "./errors.js";

/** What the sidecar takes unless its `--max-line-bytes` says otherwise. */
export const DEFAULT_MAX_LINE_BYTES = 64 * 2 ** 20;

const LONGEST_CHARACTER_BYTES = 3;
const HALF_A_CHARACTER = /\p{Surrogate}/u;

/** A message as a line. Throws `SidecarError` for what the sidecar could not read, and so not answer by its number. */
export function encode(message: object, max_line_bytes: number): string {
  const line = JSON.stringify({ jsonrpc: "2.0", ...message }, (name, value: unknown) => {
    if (typeof value === "string" && HALF_A_CHARACTER.test(value)) {
      throw refusal(name, "The text holds half of a surrogate pair; it was cut within a character.", "string_unicode");
    }
    return value;
  });
  if (line.length * LONGEST_CHARACTER_BYTES > max_line_bytes) {
    const bytes = new TextEncoder().encode(line).length;
    const limit = `The request has ${bytes} bytes and may have ${max_line_bytes}; send files by path instead.`;
    if (bytes > max_line_bytes) throw refusal("params", limit, "too_long");
  }
  return line;
}

function refusal(name: string, message: string, type: string): SidecarError<"invalid_params"> {
  const errors = [{ loc: [name], message, type }];
  return new SidecarError("invalid_params", -32602, `${name}: ${message}`, { kind: "invalid_params", errors });
}
