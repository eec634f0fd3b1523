// Mono samples in, the bytes of a file format out, piece by piece: header, then pushes, then flush.
// Where the pushes are cut does not change the bytes. Knows nothing of HTTP nor of where the samples
// come from.
import type { AudioFormat } from "../protocol.ts";
import { createPcmEncoder } from "./pcm-encoder.ts";
import { createWavEncoder } from "./wav-encoder.ts";

export type Encoder = {
  /** For Content-Type and for `media_type` of a batch result. */
  mediaType: string;
  /** The first bytes of the file; `null`: the length is not known yet (streaming). */
  header(lengthSamples: number | null): Uint8Array;
  /** Mono samples, -1..1; what lies outside is clipped, NaN is silence. */
  push(samples: Float32Array): Uint8Array;
  /** The last bytes, once after the last push. */
  flush(): Uint8Array;
  /** Size in bytes of a whole file of so many samples, header included. */
  fileBytes(lengthSamples: number): number;
};

/** @param sampleRate of the samples to come, in Hz */
export function createEncoder(format: AudioFormat, sampleRate: number): Encoder {
  switch (format) {
    case "wav":
      return createWavEncoder(sampleRate, "s16");
    case "pcm":
      return createPcmEncoder();
    default:
      format satisfies never;
      throw new TypeError(`Unknown audio format ${String(format)}`);
  }
}
