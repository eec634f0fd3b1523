// Speed and pitch of one clip: samples in, samples out, in any pieces. Works in blocks at positions
// fixed by the sample count, so that the cuts between pushes change nothing, hides the latency of
// the phase vocoder, and gives exactly round(n / speed) samples. Knows nothing of threads.
import type { EffectSettings } from "./effect.ts";
import { createPhaseVocoder, hopSamples, type PhaseVocoder } from "./phase-vocoder.ts";

export async function createStretcher(settings: EffectSettings): Promise<Stretcher> {
  const { sampleRate, speed, pitch } = settings;
  const blockLength = hopSamples(sampleRate);
  const maxBlock = Math.max(blockLength, Math.ceil(blockLength / speed) + 1);
  const vocoder = await createPhaseVocoder({ sampleRate, pitch, maxBlock });
  return new Stretcher(vocoder, blockLength, speed);
}

export class Stretcher {
  readonly #vocoder: PhaseVocoder;
  readonly #speed: number;
  /** Input that is not a whole block yet: the first `#carried` samples. */
  readonly #block: Float32Array;
  #carried = 0;
  #blocksDone = 0;
  #inputLength = 0;
  /** Samples of the vocoder's output that come before the clip's first. */
  readonly #lead: number;

  constructor(vocoder: PhaseVocoder, blockLength: number, speed: number) {
    this.#vocoder = vocoder;
    this.#speed = speed;
    this.#block = new Float32Array(blockLength);
    this.#lead = Math.round(vocoder.outputLatency + vocoder.inputLatency / speed);
  }

  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    this.#inputLength += samples.length;
    const blockLength = this.#block.length;
    const blocks = Math.floor((this.#carried + samples.length) / blockLength);
    const start = this.#clipLength(this.#blocksDone);
    const output = new Float32Array(this.#clipLength(this.#blocksDone + blocks) - start);
    for (let at = 0; at < samples.length;) {
      const taken = samples.subarray(at, at + blockLength - this.#carried);
      this.#block.set(taken, this.#carried);
      this.#carried += taken.length;
      at += taken.length;
      if (this.#carried === blockLength) this.#runBlock(output, start);
    }
    return output;
  }

  /** The rest, as if silence followed. */
  flush(): Float32Array<ArrayBuffer> {
    const total = Math.round(this.#inputLength / this.#speed);
    const start = this.#clipLength(this.#blocksDone);
    const output = new Float32Array(total - start);
    while (this.#clipLength(this.#blocksDone) < total) {
      this.#block.fill(0, this.#carried);
      this.#runBlock(output, start);
    }
    return output;
  }

  /** Process the block into `output`, which begins at the clip's sample `start`. */
  #runBlock(output: Float32Array, start: number): void {
    const from = this.#vocoderLength(this.#blocksDone);
    const made = this.#vocoder.process(
      this.#block,
      this.#vocoderLength(this.#blocksDone + 1) - from,
    );
    this.#blocksDone++;
    this.#carried = 0;
    const skipped = Math.max(0, this.#lead - from);
    if (skipped >= made.length) return;
    const at = from + skipped - this.#lead - start;
    output.set(made.subarray(skipped, skipped + output.length - at), at);
  }

  /** Samples that the vocoder has given after so many blocks, lead included. */
  #vocoderLength(blocks: number): number {
    return Math.round((blocks * this.#block.length) / this.#speed);
  }

  /** Samples of the clip that are out after so many blocks. */
  #clipLength(blocks: number): number {
    return Math.max(0, this.#vocoderLength(blocks) - this.#lead);
  }
}
