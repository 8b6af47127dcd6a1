import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { CLIENT } from "./server.js";

const UNPACKED = join(CLIENT, "node_modules", ".chromium");
const UNPACK = 'import chromium from "@sparticuz/chromium"; await chromium.executablePath();';

/** Starts a headless Chromium: the one that VOICEBOX_CHROMIUM names, or the one of the npm package, on Linux x64. */
export async function launchChromium(): Promise<Browser> {
  const named = process.env["VOICEBOX_CHROMIUM"];
  if (named) return chromium.launch({ executablePath: named });
  await unpack();
  const env = {
    ...(process.env as Record<string, string>),
    LD_LIBRARY_PATH: join(UNPACKED, "al2023", "lib"),
    FONTCONFIG_FILE: join(UNPACKED, "fonts.conf"),
  };
  // Its sandbox needs rights that a container rarely has; it sees no page but ours.
  return chromium.launch({ executablePath: join(UNPACKED, "chromium"), args: ["--no-sandbox", "--no-zygote"], env });
}

/** Unpacks the package once, whole or not at all. It unpacks into the temporary folder, and its libraries on Lambda. */
async function unpack(): Promise<void> {
  if (existsSync(UNPACKED)) return;
  const folder = await mkdtemp(`${UNPACKED}-`);
  try {
    const env = { ...process.env, TMPDIR: folder, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs20.x" };
    await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", UNPACK], { cwd: CLIENT, env });
    const fonts = `<fontconfig><dir>${join(UNPACKED, "fonts")}</dir></fontconfig>`;
    await writeFile(join(folder, "fonts.conf"), fonts);
    await rename(folder, UNPACKED);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
