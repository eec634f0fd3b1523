// Reads a signal at another pace: samples in, in any pieces, samples out at every `step`th position
// between them, which changes pitch and length together. Output does not depend on how the input was
// cut. Knows nothing of speech.

/** Zero crossings of the kernel on each side: the steepness of its low-pass. */
const zeroCrossings = 16;
/** Where the low-pass begins, as a share of the lower of the two Nyquist frequencies. */
const passBand = 0.92;
/** Kernel values per input sample; what lies between is interpolated, with an error of -94 dB. */
const resolution = 256;

/** @param options.gain factor on every sample */
export function createResampler(options: { step: number; gain: number }): Resampler {
  const cutoff = passBand * Math.min(1, 1 / options.step);
  const reach = Math.ceil(zeroCrossings / cutoff);
  return new Resampler(options.step, reach, kernelTable({ cutoff, reach, gain: options.gain }));
}

export class Resampler {
  /** Input samples from one output sample to the next. */
  readonly #step: number;
  /** Input samples on each side of a position that its output sample is made of. */
  readonly #reach: number;
  readonly #kernel: Float64Array;
  /** The last input samples, which the next output still needs; the first has index `#start`. */
  #kept = new Float32Array(0);
  #start = 0;
  #made = 0;

  constructor(step: number, reach: number, kernel: Float64Array) {
    this.#step = step;
    this.#reach = reach;
    this.#kernel = kernel;
  }

  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    const input = new Float32Array(this.#kept.length + samples.length);
    input.set(this.#kept);
    input.set(samples, this.#kept.length);
    const end = this.#start + input.length;
    const output = new Float32Array(Math.max(0, this.#outputLength(end) - this.#made));
    for (let i = 0; i < output.length; i++) {
      output[i] = this.#sampleAt(this.#made++ * this.#step, input);
    }
    const needed = Math.ceil(this.#made * this.#step) - this.#reach - this.#start;
    this.#kept = input.slice(Math.max(0, needed));
    this.#start = end - this.#kept.length;
    return output;
  }

  /** How much input gives so many samples of output. */
  inputLength(outputLength: number): number {
    return Math.ceil((outputLength - 1) * this.#step) + this.#reach + 1;
  }

  #outputLength(inputLength: number): number {
    return Math.floor((inputLength - 1 - this.#reach) / this.#step) + 1;
  }

  #sampleAt(position: number, input: Float32Array): number {
    const first = Math.max(0, Math.ceil(position - this.#reach));
    const last = Math.floor(position + this.#reach);
    let sum = 0;
    for (let index = first; index <= last; index++) {
      const place = Math.abs(index - position) * resolution;
      const below = Math.floor(place);
      const low = this.#kernel[below]!;
      const weight = low + (this.#kernel[below + 1]! - low) * (place - below);
      sum += weight * input[index - this.#start]!;
    }
    return sum;
  }
}

/** The right half of a sinc under a Blackman window, and one more value for the interpolation. */
function kernelTable(options: { cutoff: number; reach: number; gain: number }): Float64Array {
  const { cutoff, reach, gain } = options;
  const table = new Float64Array(reach * resolution + 2);
  for (let i = 0; i <= reach * resolution; i++) {
    const distance = i / resolution;
    const angle = Math.PI * distance * cutoff;
    const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
    const turn = (Math.PI * distance) / reach;
    const blackman = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
    table[i] = gain * cutoff * sinc * blackman;
  }
  return table;
}
