// Another length at the same pitch: samples in, in any pieces, samples out. Works in blocks at
// positions fixed by the sample count, so that the cuts between pushes change nothing, and hides the
// latency of the phase vocoder: input sample i comes out at i / rate. Knows nothing of the clip's end.
import { createPhaseVocoder, type PhaseVocoder } from "./phase-vocoder.ts";

/** Input block, and the output between two spectra. */
const blockSeconds = 0.01;
/** At higher rates the spectra come closer together, so that no input falls between two of them. */
const highestRateOfFullHop = 4;
/** At lower rates the library draws random phases. */
const lowestRateOfKeptPhases = 0.5;
/** By how much that takes from the loudness, found on tones and speech at rates down to 1/8. */
const randomPhaseLoss = 0.2;

/** @param settings.rate 2: half the length; `formantFactor`: by how much the formants move up */
export async function createTimeStretcher(settings: {
  sampleRate: number;
  rate: number;
  formantFactor: number;
}): Promise<TimeStretcher> {
  const { sampleRate, rate, formantFactor } = settings;
  const blockLength = Math.round(sampleRate * blockSeconds);
  const hop = Math.round(blockLength * Math.min(1, highestRateOfFullHop / rate));
  const maxBlock = Math.max(blockLength, Math.ceil(blockLength / rate) + 1);
  const gain = Math.max(1, lowestRateOfKeptPhases / rate) ** randomPhaseLoss;
  const vocoder = await createPhaseVocoder({ sampleRate, hop, formantFactor, gain, maxBlock });
  return new TimeStretcher(vocoder, blockLength, rate);
}

export class TimeStretcher {
  readonly #vocoder: PhaseVocoder;
  readonly #rate: number;
  /** Input that is not a whole block yet: the first `#carried` samples. */
  readonly #block: Float32Array;
  #carried = 0;
  #blocksDone = 0;
  /** Samples of the vocoder's output that come before the one of input sample 0. */
  readonly #lead: number;

  constructor(vocoder: PhaseVocoder, blockLength: number, rate: number) {
    this.#vocoder = vocoder;
    this.#rate = rate;
    this.#block = new Float32Array(blockLength);
    this.#lead = Math.round(vocoder.outputLatency + vocoder.inputLatency / rate);
  }

  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    const blockLength = this.#block.length;
    const blocks = Math.floor((this.#carried + samples.length) / blockLength);
    const start = this.#outputLength(this.#blocksDone);
    const output = new Float32Array(this.#outputLength(this.#blocksDone + blocks) - start);
    for (let at = 0; at < samples.length;) {
      const taken = samples.subarray(at, at + blockLength - this.#carried);
      this.#block.set(taken, this.#carried);
      this.#carried += taken.length;
      at += taken.length;
      if (this.#carried === blockLength) this.#runBlock(output, start);
    }
    return output;
  }

  /** More output, as if silence followed, until it has `totalLength` samples in all. */
  drain(totalLength: number): Float32Array<ArrayBuffer> {
    const start = this.#outputLength(this.#blocksDone);
    const output = new Float32Array(Math.max(0, totalLength - start));
    while (this.#outputLength(this.#blocksDone) < totalLength) {
      this.#block.fill(0, this.#carried);
      this.#runBlock(output, start);
    }
    return output;
  }

  /** Process the block into `output`, whose first sample has index `start`. */
  #runBlock(output: Float32Array, start: number): void {
    const from = this.#vocoderLength(this.#blocksDone);
    const length = this.#vocoderLength(this.#blocksDone + 1) - from;
    const made = this.#vocoder.process(this.#block, length);
    this.#blocksDone++;
    this.#carried = 0;
    const skipped = Math.max(0, this.#lead - from);
    if (skipped >= length) return;
    const at = from + skipped - this.#lead - start;
    output.set(made.subarray(skipped, skipped + output.length - at), at);
  }

  /** Samples that the vocoder has given after so many blocks, lead included. */
  #vocoderLength(blocks: number): number {
    return Math.round((blocks * this.#block.length) / this.#rate);
  }

  /** Samples that are out after so many blocks. */
  #outputLength(blocks: number): number {
    return Math.max(0, this.#vocoderLength(blocks) - this.#lead);
  }
}
