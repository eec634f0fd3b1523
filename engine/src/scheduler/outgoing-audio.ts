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
  readonly #silence: LeadingSilence | undefined;
  #held: Float32Array[] = [];
  #pushedSamples = 0;

  constructor(stream: SpeechStream, { sampleRate, trims }: { sampleRate: number; trims: boolean }) {
    this.#stream = stream;
    this.#silence = trims ? new LeadingSilence(sampleRate) : undefined;
    this.#fadeSamples = Math.round(fadeSeconds * sampleRate);
  }

  /** Samples that the stream has had. */
  get pushedSamples(): number {
    return this.#pushedSamples;
  }

  /** How many of them will be heard as they are now: what comes before the first sound is not heard at all. */
  add(samples: Float32Array): number {
    return this.#hold(this.#silence ? this.#silence.push(samples) : samples);
  }

  /** Push what comes before sample `end` of the clip, but for what would fade if it were cut there. */
  release(end: number): void {
    this.#pushUntil(end - this.#skipped - this.#fadeSamples);
  }

  releaseAll(): void {
    this.#pushUntil(Infinity);
  }

  /** No more comes. */
  end(): void {
    if (this.#silence) this.#hold(this.#silence.flush());
    this.releaseAll();
  }

  /** End the clip with sample `end`, as far as nobody has heard more. */
  cut(end: number): void {
    if (this.#silence) this.#hold(this.#silence.flush());
    const untaken = this.#stream.takeBackAudio();
    for (const samples of untaken) this.#pushedSamples -= samples.length;
    const samples = joined([...untaken, ...this.#held]).slice(
      0,
      Math.max(0, end - this.#skipped - this.#pushedSamples),
    );
    this.#held = [];
    fadeOut(samples, this.#fadeSamples);
    if (samples.length > 0) this.#push(samples);
  }

  get #skipped(): number {
    return this.#silence?.dropped ?? 0;
  }

  #hold(samples: Float32Array): number {
    if (samples.length > 0) this.#held.push(samples);
    return samples.length;
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
