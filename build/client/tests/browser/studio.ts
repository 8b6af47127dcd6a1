import type { BrowserContextOptions, Page } from "playwright-core";
import { PYTHON } from "../support.js";
import { launchChromium } from "./chromium.js";
import { serveClient } from "./server.js";
import { type Asked, type ChannelMessage, Shell } from "./shell.js";

/** A first take waits for its model, on a machine that may be busy. */
const PATIENCE_MS = 120_000;

/** A message of the sidecar: an answer or an event. */
export interface Said {
  method?: string;
  params?: any;
  result?: any;
}

/** The studio's page in Chromium, with the real sidecar behind the mocked IPC of Tauri. */
export interface Studio {
  page: Page;
  /** What the sidecar has said. */
  said: Said[];
  /** Warnings and errors on the page's console, and faults that nobody caught. */
  complaints: string[];
  /** Asks the window to close, as a user does; gives the exit codes of what it has spawned, null for what still runs. */
  leave(): Promise<(number | null)[]>;
  close(): Promise<void>;
}

/** Opens the page, with `data` for the app's data folder. */
export async function openStudio(data: string, options: BrowserContextOptions = {}): Promise<Studio> {
  const [server, browser] = await Promise.all([serveClient(), launchChromium()]);
  const page = await browser.newPage(options);
  page.setDefaultTimeout(PATIENCE_MS);
  const said: Said[] = [];
  const complaints: string[] = [];
  page.on("console", (message) => message.type() !== "log" && complaints.push(message.text()));
  page.on("pageerror", (fault) => complaints.push(String(fault)));

  const shell = new Shell({ "voicebox-sidecar": [PYTHON, "-m", "sidecar"] }, (channel, told) => {
    if ("message" in told && told.message.event === "Stdout") said.push(JSON.parse(told.message.payload));
    if (!page.isClosed()) void page.evaluate(runCallback, { channel, told }).catch(() => {});
  });
  await page.exposeFunction("invokeInNode", async (command: string, args: string) => {
    if (command === "plugin:path|resolve_directory") return data;
    if (command === "plugin:window|destroy") return void page.close();
    return shell.invoke(command, JSON.parse(args) as Asked);
  });
  await page.goto(`${server.origin}/studio/index.html`);

  const leave = async () => {
    const closed = page.waitForEvent("close");
    await page.evaluate(requestClose);
    await closed;
    return shell.children.map(({ exitCode }) => exitCode);
  };
  const close = async () => {
    for (const child of shell.children) child.kill("SIGKILL");
    await browser.close();
    server.close();
  };
  return { page, said, complaints, leave, close };
}

/** Makes a voice, as a user does. */
export async function createVoice(page: Page, name: string, preset: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByLabel("Sounds like").selectOption(preset);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByLabel("Voice").getByText(name).waitFor({ state: "attached" });
}

/** Has the chosen voice speak, until the take is shown. */
export async function speak(page: Page, words: string): Promise<void> {
  await page.getByLabel("Words").fill(words);
  await page.getByRole("button", { name: "Speak" }).click();
  await page.getByRole("heading", { name: words }).waitFor();
}

/** In the page: what Tauri does with a message of a channel. */
function runCallback({ channel, told }: { channel: number; told: ChannelMessage }): void {
  window.__TAURI_INTERNALS__.runCallback(channel, told);
}

/** In the page: what Tauri does when the window's button to close it is clicked. */
function requestClose(): void {
  void window.__TAURI_INTERNALS__.invoke("plugin:event|emit", { event: "tauri://close-requested" });
}
