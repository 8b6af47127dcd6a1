import { mockIPC, mockWindows } from "@tauri-apps/api/mocks";

declare global {
  interface Window {
    /** Node's end of Tauri's IPC. */
    invokeInNode(command: string, args: string): Promise<unknown>;
    /** What the mocks put in place. */
    __TAURI_INTERNALS__: {
      invoke(command: string, args: object): Promise<unknown>;
      runCallback(id: number, data: unknown): void;
    };
  }
}

mockWindows("main");
// In JSON, as Tauri's own IPC sends it: a channel is then its id.
mockIPC((command, args) => window.invokeInNode(command, JSON.stringify(args ?? {})), { shouldMockEvents: true });
