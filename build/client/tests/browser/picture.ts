/** Takes the README's picture of the studio: `npm run picture`. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENT } from "./server.js";
import { createVoice, openStudio, speak } from "./studio.js";

const PICTURE = join(CLIENT, "..", "pictures", "studio.png");
const TAKES = [
  ["Emma", "bf_emma", "The next train to Cambridge leaves from platform nine."],
  ["George", "bm_george", "Chapter one. It was a bright cold day, and every clock was late."],
  ["Heart", "af_heart", "Good morning, and welcome to the studio. Whatever you write here, I will say it for you."],
] as const;

const data = await mkdtemp(join(tmpdir(), "voicebox-picture-"));
const studio = await openStudio(data, { viewport: { width: 960, height: 600 }, deviceScaleFactor: 2 });
try {
  for (const [name, preset, words] of TAKES) {
    await createVoice(studio.page, name, preset);
    await speak(studio.page, words);
  }
  // A part of it is heard.
  await studio.page.waitForFunction(() => parseFloat(document.querySelector("#position")?.textContent ?? "") >= 1);
  await studio.page.screenshot({ path: PICTURE, fullPage: true });
  await studio.leave();
} finally {
  await studio.close();
  await rm(data, { recursive: true });
}
