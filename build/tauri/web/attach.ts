import { Inbox, type Transport } from "voicebox-sidecar-client";

/** What is used of `@tauri-apps/api/core`. */
export interface TauriCore {
  invoke<T>(command: string, args?: Record<string, unknown>): Promise<T>;
  Channel: new <T>(onmessage: (message: T) => void) => object;
}

/** Speaks to the sidecar process that the app's Rust side owns: `src-tauri/src/lib.rs`. */
export async function attachInTauri({ invoke, Channel }: TauriCore): Promise<Transport> {
  const inbox = new Inbox();
  const line = new Channel<string | null>((text) => (text === null ? inbox.close("its process ended") : inbox.line(text)));
  const process = await invoke<number>("sidecar_attach", { line });
  return {
    send: (line) => invoke("sidecar_send", { process, line }),
    onLine: (listener) => inbox.onLine(listener),
    onClose: (listener) => inbox.onClose(listener),
    close: () => invoke("sidecar_close"),
  };
}
