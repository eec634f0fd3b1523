// WAV: the canonical 44-byte header, then signed 16-bit little-endian mono. A stream whose length is
// not known yet has 0xFFFFFFFF in both size fields, which players read as "until the end".
import type { Encoder } from "./encoder.ts";
import { bytesPerSample, toS16le } from "./s16.ts";

const headerBytes = 44;
/** Of the header, what the RIFF size counts: all but "RIFF" and the size itself. */
const countedHeaderBytes = headerBytes - 8;
const unknownSize = 0xffffffff;
const formatChunkBytes = 16;
const integerPcm = 1;
const channels = 1;

export function createWavEncoder(sampleRate: number): Encoder {
  return {
    mediaType: "audio/wav",
    header: (lengthSamples) => wavHeader(sampleRate, lengthSamples),
    push: toS16le,
    flush: () => new Uint8Array(0),
    fileBytes: (lengthSamples) => headerBytes + lengthSamples * bytesPerSample,
  };
}

function wavHeader(sampleRate: number, lengthSamples: number | null): Uint8Array {
  const dataBytes = lengthSamples === null ? unknownSize : lengthSamples * bytesPerSample;
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  writeTag(bytes, 0, "RIFF");
  view.setUint32(4, atMostUnknown(dataBytes + countedHeaderBytes), true);
  writeTag(bytes, 8, "WAVE");
  writeTag(bytes, 12, "fmt ");
  view.setUint32(16, formatChunkBytes, true);
  view.setUint16(20, integerPcm, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * bytesPerSample, true);
  view.setUint16(32, channels * bytesPerSample, true);
  view.setUint16(34, bytesPerSample * 8, true);
  writeTag(bytes, 36, "data");
  view.setUint32(40, atMostUnknown(dataBytes), true);
  return bytes;
}

/** Over 4 GiB the fields cannot hold the size: then it is as good as unknown, and must not wrap. */
function atMostUnknown(sizeBytes: number): number {
  return Math.min(sizeBytes, unknownSize);
}

function writeTag(bytes: Uint8Array, offset: number, tag: string): void {
  for (let i = 0; i < tag.length; i++) bytes[offset + i] = tag.charCodeAt(i);
}
