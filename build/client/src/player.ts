import type { GenerationAudio } from "./generated.js";
import { Deferred } from "./waiting.js";

/** How long before it is heard a piece is scheduled, if nothing is playing: time for the audio thread to take it. */
const LEAD_S = 0.1;
const FULL_SCALE = 32_768;

/**
 * Plays one take through WebAudio while it is made: each `generation.audio` event goes to `push`.
 *
 * The pieces follow each other without a gap, and sample for sample if the context has the rate of the take:
 * `new AudioContext({ sampleRate: 24_000 })`. Browsers keep a context silent until it is resumed in a click.
 */
export class StreamPlayer {
  readonly #context: BaseAudioContext;
  readonly #output: AudioNode;
  readonly #ended = new Deferred<void>();
  readonly #scheduled = new Set<AudioBufferSourceNode>();
  #samples = 0;
  #sampleRate = 1;
  #end_s = 0;
  #isWhole = false;

  /** Resolves when the last piece has been heard, or upon `stop`. */
  readonly ended = this.#ended.promise;

  constructor(context: BaseAudioContext, output: AudioNode = context.destination) {
    this.#context = context;
    this.#output = output;
  }

  /** How much of the take has been heard. */
  get position_s(): number {
    const ahead_s = Math.max(0, this.#end_s - this.#context.currentTime);
    return Math.max(0, this.#samples / this.#sampleRate - ahead_s);
  }

  /** Schedules a piece. What it repeats, as after a restart of the sidecar, is not heard twice. */
  push({ data, start_s, sample_rate, last }: GenerationAudio): void {
    this.#sampleRate = sample_rate;
    const repeated = this.#samples - Math.round(start_s * sample_rate);
    const samples = decode(data).subarray(Math.max(0, repeated));
    if (samples.length > 0) this.#schedule(samples, sample_rate);
    this.#isWhole ||= last;
    this.#settle();
  }

  /** Falls silent at once. */
  stop(): void {
    this.#isWhole = true;
    for (const source of this.#scheduled) source.stop();
    this.#scheduled.clear();
    this.#settle();
  }

  #schedule(samples: Float32Array<ArrayBuffer>, sample_rate: number): void {
    const context = this.#context;
    const buffer = context.createBuffer(1, samples.length, sample_rate);
    buffer.copyToChannel(samples, 0);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#output);
    source.onended = () => {
      this.#scheduled.delete(source);
      this.#settle();
    };
    this.#scheduled.add(source);
    const earliest_s = this.#end_s > context.currentTime ? this.#end_s : context.currentTime + LEAD_S;
    // On a whole frame, since a piece that begins between two is interpolated.
    const begin_s = Math.round(earliest_s * context.sampleRate) / context.sampleRate;
    source.start(begin_s);
    this.#end_s = begin_s + buffer.duration;
    this.#samples += samples.length;
  }

  #settle(): void {
    if (this.#isWhole && this.#scheduled.size === 0) this.#ended.resolve();
  }
}

/** Samples of -1 to 1 from 16-bit little-endian ones in base64. */
function decode(base64: string): Float32Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const samples = new Float32Array(bytes.length / 2);
  for (let index = 0; index < samples.length; index++) samples[index] = view.getInt16(index * 2, true) / FULL_SCALE;
  return samples;
}
