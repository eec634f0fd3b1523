// The header of a mono WAV file. In: sample rate, sample format and how many samples follow, or null
// where nobody knows yet. Out: the bytes before the first sample. The samples are pcm.ts's matter.
import { bytesPerSample, type SampleFormat } from "./pcm.ts";
import { wavCoding } from "./wav-format.ts";

export type WavHeaderOptions = {
  sampleRate: number;
  sampleFormat: SampleFormat;
  /** null: a stream, whose size fields then say "until the end". */
  lengthSamples: number | null;
};

const unknownSize = 0xffffffff;
const channels = 1;

export function wavHeader(options: WavHeaderOptions): Uint8Array {
  const { sampleRate, sampleFormat, lengthSamples } = options;
  const frameBytes = bytesPerSample[sampleFormat] * channels;
  const dataBytes = lengthSamples === null ? unknownSize : lengthSamples * frameBytes;
  const coding = wavCoding[sampleFormat === "s16" ? "pcm" : "float"];
  const format = [
    ...[...u16(coding), ...u16(channels), ...u32(sampleRate), ...u32(sampleRate * frameBytes)],
    ...[...u16(frameBytes), ...u16(frameBytes * 8)],
  ];
  const chunks =
    sampleFormat === "s16"
      ? chunk("fmt ", format)
      : // What is not PCM says that it has no extra parameters, and its length a second time.
        [...chunk("fmt ", [...format, ...u16(0)]), ...chunk("fact", u32(dataBytes / frameBytes))];
  const body = [...ascii("WAVE"), ...chunks, ...ascii("data"), ...u32(dataBytes)];
  return Uint8Array.from([...ascii("RIFF"), ...u32(body.length + dataBytes), ...body]);
}

function chunk(tag: string, body: number[]): number[] {
  return [...ascii(tag), ...u32(body.length), ...body];
}

function ascii(tag: string): number[] {
  return Array.from(tag, (letter) => letter.charCodeAt(0));
}

function u16(value: number): number[] {
  return [value & 0xff, value >> 8];
}

/** Over 4 GiB the field cannot hold the size: then it is as good as unknown, and must not wrap. */
function u32(value: number): number[] {
  const fitting = Math.min(Math.floor(value), unknownSize);
  return [0, 8, 16, 24].map((shift) => (fitting >>> shift) & 0xff);
}
