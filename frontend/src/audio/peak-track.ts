// The loudness of a clip over time, for drawing: the largest sample of every 10 ms. In: samples as
// they arrive. Out: heights for any number of bars over any stretch of time.

const bucketMs = 10;

export class PeakTrack {
  readonly #bucketSamples: number;
  readonly #peaks: number[] = [];
  #current = 0;
  #inCurrent = 0;

  constructor(sampleRate: number) {
    this.#bucketSamples = Math.round((sampleRate * bucketMs) / 1000);
  }

  append(samples: Float32Array): void {
    for (const sample of samples) {
      this.#current = Math.max(this.#current, Math.abs(sample));
      if (++this.#inCurrent < this.#bucketSamples) continue;
      this.#peaks.push(this.#current);
      this.#current = 0;
      this.#inCurrent = 0;
    }
  }

  /** The largest peak between two times in seconds; 0 where nothing has been made. */
  between(fromSeconds: number, toSeconds: number): number {
    const first = Math.floor((fromSeconds * 1000) / bucketMs);
    const last = Math.max(first + 1, Math.floor((toSeconds * 1000) / bucketMs));
    let peak = 0;
    for (let i = first; i < Math.min(last, this.#peaks.length); i++)
      peak = Math.max(peak, this.#peaks[i]!);
    return peak;
  }
}
