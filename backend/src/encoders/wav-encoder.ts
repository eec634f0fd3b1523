// WAV: the canonical 44-byte header, then mono samples, little-endian: signed 16-bit, or 32-bit float. A
// stream whose length is not known yet has 0xFFFFFFFF in both size fields, which players read as
// "until the end".
import type { Encoder } from "./encoder.ts";
import { bytesPerFloat, toF32le } from "./f32.ts";
import { bytesPerSample, toS16le } from "./s16.ts";

export type SampleFormat = "s16" | "f32";

/** How samples of a format are stored, and the format's number in the header. */
const layouts = {
  s16: { formatTag: 1, sampleBytes: bytesPerSample, encode: toS16le },
  f32: { formatTag: 3, sampleBytes: bytesPerFloat, encode: toF32le },
} as const;

const headerBytes = 44;
/** Of the header, what the RIFF size counts: all but "RIFF" and the size itself. */
const countedHeaderBytes = headerBytes - 8;
const unknownSize = 0xffffffff;
const formatChunkBytes = 16;
const channels = 1;

export function createWavEncoder(sampleRate: number, sampleFormat: SampleFormat): Encoder {
  const { encode, sampleBytes } = layouts[sampleFormat];
  const dataBytes = (lengthSamples: number): number => lengthSamples * sampleBytes;
  return {
    mediaType: "audio/wav",
    header: (lengthSamples) => {
      const size = lengthSamples === null ? unknownSize : dataBytes(lengthSamples);
      return wavHeader({ sampleRate, sampleFormat, dataBytes: size });
    },
    push: encode,
    flush: () => new Uint8Array(0),
    fileBytes: (lengthSamples) => headerBytes + dataBytes(lengthSamples),
  };
}

type Format = { sampleRate: number; sampleFormat: SampleFormat; dataBytes: number };

function wavHeader({ sampleRate, sampleFormat, dataBytes }: Format): Uint8Array {
  const { formatTag, sampleBytes } = layouts[sampleFormat];
  const bytes = new Uint8Array(headerBytes);
  const view = new DataView(bytes.buffer);
  writeTag(bytes, 0, "RIFF");
  view.setUint32(4, atMostUnknown(dataBytes + countedHeaderBytes), true);
  writeTag(bytes, 8, "WAVE");
  writeTag(bytes, 12, "fmt ");
  view.setUint32(16, formatChunkBytes, true);
  view.setUint16(20, formatTag, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * sampleBytes, true);
  view.setUint16(32, channels * sampleBytes, true);
  view.setUint16(34, sampleBytes * 8, true);
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
