import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const CLIENT = fileURLToPath(new URL("../../../", import.meta.url));
const TYPES: Record<string, string> = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript" };
const SCRIPT = '<script type="module"';
/** What a Tauri app has without asking: here the mocked IPC, in place before the page's own script runs. */
const BRIDGE = `
  <script type="importmap">{"imports": {"@tauri-apps/api/mocks": "/node_modules/@tauri-apps/api/mocks.js"}}</script>
  <script type="module" src="/dist/tests/browser/bridge.js"></script>
  <script type="module" src="/dist/tests/browser/recorder.js"></script>
`;

/** Serves the folder of the client to a browser on this machine; `close` ends it. */
export async function serveClient(): Promise<{ origin: string; close: () => void }> {
  const server = createServer(async ({ url = "/" }, response) => {
    const { pathname } = new URL(url, "http://localhost");
    const type = TYPES[extname(pathname)];
    try {
      if (!type) throw new Error("not of the page");
      const content = await readFile(join(CLIENT, pathname), "utf-8");
      response.setHeader("content-type", `${type}; charset=utf-8`);
      response.end(type === "text/html" ? content.replace(SCRIPT, `${BRIDGE}${SCRIPT}`) : content);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, close: () => void server.close() };
}
