import assert from "node:assert/strict";
import { test } from "node:test";
import type { GenerationAudio, Waveform } from "../src/index.js";
import { createVoice, openStudio, type Said, speak } from "./browser/studio.js";
import { folder } from "./support.js";

/** Of a column's ends, in samples of -1 to 1: a pixel and a half. */
const TOLERANCE = 3 / 144;

test("a page in a real browser makes a voice, speaks, is heard and draws, by Tauri's plugin", async (test) => {
  const studio = await openStudio(`${folder(test)}/data`);
  test.after(studio.close);
  const { page, said } = studio;
  await page.getByText(/sidecar \d+\.\d+\.\d+ · ready/).waitFor();

  await createVoice(page, "Heart", "af_heart");
  await speak(page, "Good morning, and welcome to the studio.");
  await page.getByRole("list").getByText("Heart").waitFor();

  const pieces = said.filter(({ method }) => method === "generation.audio").map(({ params }) => params);
  const sent = samplesOf(pieces);
  assert.ok(sent.length > 24_000);
  await page.waitForFunction((length) => length <= window.heard.length - window.heard.findIndex(Boolean), sent.length);
  // As a text, since many numbers are slow on their way out of a browser.
  const rendered = await page.evaluate(() => window.heard.map((sample) => Math.round(sample * 32_768)).join());
  const heard = rendered.split(",").map(Number);
  const begin = heard.findIndex(Boolean) - sent.findIndex(Boolean);
  assert.equal(sent.findIndex((sample, index) => heard[begin + index] !== sample), -1);

  const { minimum, maximum }: Waveform = said.find(({ result }: Said) => result?.minimum)!.result;
  const drawn = await page.evaluate(extentOfColumns);
  assert.equal(drawn.length, maximum.length);
  drawn.forEach(({ lowest, highest }, column) => {
    assert.ok(Math.abs(highest - maximum[column]!) < TOLERANCE, `column ${column}`);
    assert.ok(Math.abs(lowest - minimum[column]!) < TOLERANCE, `column ${column}`);
  });

  assert.deepEqual(await studio.leave(), [0]);
  assert.deepEqual(studio.complaints, []);
});

function samplesOf(pieces: GenerationAudio[]): Int16Array {
  const bytes = Buffer.concat(pieces.map(({ data }) => Buffer.from(data, "base64")));
  return Int16Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readInt16LE(index * 2));
}

/** In the page: of each column of the waveform on the canvas, the lowest and the highest sample it stands for. */
function extentOfColumns(): { lowest: number; highest: number }[] {
  const canvas = document.querySelector("canvas")!;
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, width, height);
  const columns = [];
  for (let x = 0; x < width - 2; x += 3) {
    const rows = Array.from({ length: height }, (_, y) => y).filter((y) => data[(y * width + x) * 4 + 3]! > 127);
    const toSample = (y: number) => 1 - (2 * y) / height;
    columns.push({ highest: toSample(rows[0]!), lowest: toSample(rows.at(-1)! + 1) });
  }
  return columns;
}
