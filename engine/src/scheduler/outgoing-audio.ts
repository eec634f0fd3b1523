// A row's audio on its way to its stream. In: samples. Out: audio events, in order. Keeps back what may yet be cut, and
// takes back what its consumer has not taken; leaves out the silence before the first sound where that is wanted. Ends of
// the clip are those of the samples as they come in.
import { joined } from "../joined.ts";
import { LeadingSilence } from "../leading-silence.ts";
import type { SpeechStream } from "../speech-stream.ts";

/** A sound that is cut in the middle ends with a fade, not with a click. */
const fadeSeconds = 0.01;

export class OutgoingAudio {
  readonly #stream: SpeechStream;
  readonly #fadeSamples: number;
  readonly #silence: LeadingSilence;
  #held: Float32Array[] = [];

  constructor(stream: SpeechStream, format: { sampleRate: number; trims: boolean }) {
    this.#stream = stream;
    this.#silence = new LeadingSilence(format);
    this.#fadeSamples = Math.round(fadeSeconds * format.sampleRate);
  }

  /** How many of them will be heard as they are now: what comes before the first sound is not heard at all. */
  add(samples: Float32Array): number {
    return this.#hold(this.#silence.push(samples));
  }

  /** Push what comes before sample `end` of the clip, but for what would fade if it were cut there. */
  release(end: number): void {
    this.#pushUntil(end - this.#silence.dropped - this.#fadeSamples);
  }

  releaseAll(): void {
    this.#pushUntil(Infinity);
  }

  /** No more comes. */
  end(): void {
    this.#hold(this.#silence.flush());
    this.releaseAll();
  }

  /** End the clip with sample `end`, as far as nobody has heard more. */
  cut(end: number): void {
    this.#hold(this.#silence.flush());
    const untaken = this.#stream.takeBackAudio();
    const left = end - this.#silence.dropped - this.#stream.pushedSamples;
    const samples = joined([...untaken, ...this.#held]).slice(0, Math.max(0, left));
    this.#held = [];
    fadeOut(samples, this.#fadeSamples);
    this.#stream.pushAudio(samples);
  }

  #hold(samples: Float32Array): number {
    if (samples.length > 0) this.#held.push(samples);
    return samples.length;
  }

  #pushUntil(end: number): void {
    let left = end - this.#stream.pushedSamples;
    for (let next = this.#held[0]; next && left > 0; next = this.#held[0]) {
      const fits = next.subarray(0, left);
      if (fits.length === next.length) this.#held.shift();
      else this.#held[0] = next.subarray(fits.length);
      this.#stream.pushAudio(fits);
      left -= fits.length;
    }
  }
}

function fadeOut(samples: Float32Array, fadeSamples: number): void {
  const start = Math.max(0, samples.length - fadeSamples);
  for (let i = start; i < samples.length; i++) {
    samples[i]! *= (samples.length - i) / (samples.length - start + 1);
  }
}
