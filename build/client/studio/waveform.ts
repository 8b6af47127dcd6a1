import type { Waveform } from "voicebox-sidecar-client";

/** Of a column and the gap after it, in CSS pixels. */
const PITCH = 3;
const COLUMN = 2;
const THINNEST = 1;

/** How many columns fit: the `buckets` to ask `audio.waveform` for. */
export function columns(canvas: HTMLCanvasElement): number {
  return Math.floor(canvas.clientWidth / PITCH);
}

/** Draws a column for each bucket from its lowest to its highest sample; full scale is the canvas's height. */
export function drawWaveform(canvas: HTMLCanvasElement, { minimum, maximum }: Waveform, played: number): void {
  const scale = window.devicePixelRatio;
  const height = canvas.clientHeight;
  canvas.width = canvas.clientWidth * scale;
  canvas.height = height * scale;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser draws no canvas.");
  context.scale(scale, scale);
  const style = getComputedStyle(canvas);
  const [past, future] = [style.getPropertyValue("--played"), style.getPropertyValue("--unplayed")];
  const toY = (sample: number) => ((1 - sample) / 2) * height;
  maximum.forEach((highest, column) => {
    const top = toY(highest);
    const bottom = Math.max(toY(minimum[column] ?? highest), top + THINNEST);
    context.fillStyle = column < played * maximum.length ? past : future;
    context.fillRect(column * PITCH, top, COLUMN, bottom - top);
  });
}
