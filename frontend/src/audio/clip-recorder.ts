// Keeps what a stream has brought so far: for the download, for playing it again, and its loudness
// for the picture. In: samples in pieces. Out: a WAV file, peaks. Knows nothing of playback.
import { PeakTrack } from "./peak-track.ts";
import { toInt16, wavHeader } from "./wav.ts";

export class ClipRecorder {
  readonly sampleRate: number;
  readonly peaks: PeakTrack;
  sampleCount = 0;
  readonly #pieces: Int16Array<ArrayBuffer>[] = [];

  constructor(sampleRate: number) {
    this.sampleRate = sampleRate;
    this.peaks = new PeakTrack(sampleRate);
  }

  append(samples: Float32Array): void {
    this.#pieces.push(toInt16(samples));
    this.peaks.append(samples);
    this.sampleCount += samples.length;
  }

  get seconds(): number {
    return this.sampleCount / this.sampleRate;
  }

  /** What there is so far as a complete file. Typed arrays are little-endian on all that browsers run on. */
  toWav(): Blob {
    const header = wavHeader(this.sampleCount, this.sampleRate);
    return new Blob([header, ...this.#pieces], { type: "audio/wav" });
  }
}
