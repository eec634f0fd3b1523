// Raw signed 16-bit little-endian mono: no header, no trailer.
import type { Encoder } from "./encoder.ts";
import { bytesPerSample, toS16le } from "./s16.ts";

export function createPcmEncoder(): Encoder {
  return {
    // Not audio/L16: that one is big-endian (RFC 2586). Without a rate parameter, as speech APIs send
    // it: clients compare the whole string, and the rate has a header of its own.
    mediaType: "audio/pcm",
    header: () => new Uint8Array(0),
    push: toS16le,
    flush: () => new Uint8Array(0),
    fileBytes: (lengthSamples) => lengthSamples * bytesPerSample,
  };
}
