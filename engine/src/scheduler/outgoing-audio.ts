// A row's audio on its way to its stream. In: samples. Out: audio events, in order. Keeps back what may yet be cut, and
// takes back what its consumer has not taken. Does not know why.
import { joined } from "../joined.ts";
import type { SpeechStream } from "../speech-stream.ts";

/** A sound that is cut in the middle ends with a fade, not with a click. */
const fadeSeconds = 0.01;

export class OutgoingAudio {
  readonly #stream: SpeechStream;
  readonly #fadeSamples: number;
  #held: Float32Array[] = [];
  #pushedSamples = 0;

  constructor(stream: SpeechStream, sampleRate: number) {
    this.#stream = stream;
    this.#fadeSamples = Math.round(fadeSeconds * sampleRate);
  }

  /** Samples that the stream has had. */
  get pushedSamples(): number {
    return this.#pushedSamples;
  }

  add(samples: Float32Array): void {
    this.#held.push(samples);
  }

  /** Push what comes before sample `end` of the clip, but for what would fade if it were cut there. */
  release(end: number): void {
    this.#pushUntil(end - this.#fadeSamples);
  }

  releaseAll(): void {
    this.#pushUntil(Infinity);
  }

  /** End the clip with sample `end`, as far as nobody has heard more. */
  cut(end: number): void {
    const untaken = this.#stream.takeBackAudio();
    for (const samples of untaken) this.#pushedSamples -= samples.length;
    const samples = joined([...untaken, ...this.#held]).slice(
      0,
      Math.max(0, end - this.#pushedSamples),
    );
    this.#held = [];
    fadeOut(samples, this.#fadeSamples);
    if (samples.length > 0) this.#push(samples);
  }

  #pushUntil(end: number): void {
    for (let next = this.#held[0]; next && this.#pushedSamples < end; next = this.#held[0]) {
      const fits = next.subarray(0, end - this.#pushedSamples);
      if (fits.length === next.length) this.#held.shift();
      else this.#held[0] = next.subarray(fits.length);
      this.#push(fits);
    }
  }

  #push(samples: Float32Array): void {
    this.#stream.push({ kind: "audio", samples, firstSample: this.#pushedSamples });
    this.#pushedSamples += samples.length;
  }
}

function fadeOut(samples: Float32Array, fadeSamples: number): void {
  const start = Math.max(0, samples.length - fadeSamples);
  for (let i = start; i < samples.length; i++) {
    samples[i]! *= (samples.length - i) / (samples.length - start + 1);
  }
}
