declare global {
  interface Window {
    /** The samples that have reached the destination of an AudioContext, as the audio thread rendered them. */
    heard: number[];
  }
}

const PROCESSOR = `
  registerProcessor("recorder", class extends AudioWorkletProcessor {
    process([[samples]]) {
      if (samples) this.port.postMessage(samples.slice());
      return true;
    }
  });
`;

window.heard = [];

/** An AudioContext of which the destination is overheard. */
window.AudioContext = class extends AudioContext {
  readonly #input = new GainNode(this);

  constructor(options?: AudioContextOptions) {
    super(options);
    this.#input.connect(super.destination);
    void this.#record(super.destination);
  }

  override get destination(): AudioDestinationNode {
    return this.#input as AudioNode as AudioDestinationNode;
  }

  async #record(destination: AudioNode): Promise<void> {
    await this.audioWorklet.addModule(URL.createObjectURL(new Blob([PROCESSOR], { type: "text/javascript" })));
    const recorder = new AudioWorkletNode(this, "recorder");
    recorder.port.onmessage = ({ data }: MessageEvent<Float32Array>) => window.heard.push(...data);
    // What is not connected to the destination is not rendered; it adds silence.
    this.#input.connect(recorder).connect(destination);
  }
};
