// The audio thread's side of the player: pieces arrive on the port, blocks leave for the sound card,
// counts go back. All decisions are SampleQueue's.
import { SampleQueue } from "./sample-queue.ts";
import type { FromWorklet, ProcessorOptions, ToWorklet } from "./worklet-messages.ts";
import { processorName } from "./worklet-messages.ts";

/** Blocks of 128 samples between two reports: about 20 a second at 24 kHz. */
const blocksPerReport = 8;

class SamplePlayer extends AudioWorkletProcessor {
  readonly #queue: SampleQueue;
  #blocksSinceReport = 0;
  #reportedPhase = "buffering";

  constructor({ processorOptions }: { processorOptions: ProcessorOptions }) {
    super();
    this.#queue = new SampleQueue(processorOptions);
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => {
      if (data.kind === "push") this.#queue.push(data.samples);
      else if (data.kind === "end") this.#queue.end();
      else this.#queue.stop();
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const block = outputs[0]?.[0];
    if (!block) return true;
    this.#queue.pull(block);
    this.#report();
    return this.#queue.phase !== "ended" && this.#queue.phase !== "stopped";
  }

  #report() {
    const { phase, samplesPlayed, underruns } = this.#queue;
    const due = phase === "playing" && ++this.#blocksSinceReport >= blocksPerReport;
    if (!due && phase === this.#reportedPhase) return;
    this.#blocksSinceReport = 0;
    this.#reportedPhase = phase;
    this.port.postMessage({ phase, samplesPlayed, underruns } satisfies FromWorklet);
  }
}

registerProcessor(processorName, SamplePlayer);
