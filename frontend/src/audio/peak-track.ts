// The loudness of a clip over time, for drawing: the largest sample of every 10 ms. In: samples as
// they arrive. Out: the loudness between any two times.

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

  /**
   * The mean of the peaks between two times in seconds; 0 where nothing has been made. The mean, for
   * the largest peak of a whole sentence is the same for every sentence.
   */
  between(fromSeconds: number, toSeconds: number): number {
    const first = Math.floor((fromSeconds * 1000) / bucketMs);
    const last = Math.max(first + 1, Math.floor((toSeconds * 1000) / bucketMs));
    const peaks = this.#peaks.slice(first, last);
    return peaks.reduce((sum, peak) => sum + peak, 0) / Math.max(1, peaks.length);
  }
}
