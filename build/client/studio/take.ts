import type { Generation, Waveform } from "voicebox-sidecar-client";
import type { StreamPlayer } from "voicebox-sidecar-client/player";
import { element } from "./view.js";
import { columns, drawWaveform } from "./waveform.js";

/** The take that the page shows: its text, its waveform, and how much of it has been heard. */
export class Take {
  readonly #canvas = element("waveform", HTMLCanvasElement);
  readonly #title = element("title", HTMLHeadingElement);
  readonly #position = element("position", HTMLTimeElement);
  readonly #duration = element("duration", HTMLTimeElement);
  #shown = 0;

  /** How many buckets of a waveform it has room for. */
  get columns(): number {
    return columns(this.#canvas);
  }

  /** Shows a take, and follows its player until that has come to the end. */
  show({ text }: Generation, waveform: Waveform, player: StreamPlayer | undefined): void {
    const shown = ++this.#shown;
    this.#title.textContent = text;
    this.#duration.textContent = seconds(waveform.duration_s);
    let isEnded = !player;
    void player?.ended.then(() => (isEnded = true));
    const draw = () => {
      if (shown !== this.#shown) return;
      const position_s = player?.position_s ?? 0;
      this.#position.textContent = seconds(position_s);
      drawWaveform(this.#canvas, waveform, position_s / waveform.duration_s);
      if (!isEnded) requestAnimationFrame(draw);
    };
    draw();
  }
}

function seconds(duration_s: number): string {
  return `${duration_s.toFixed(1)} s`;
}
