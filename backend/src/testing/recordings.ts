// Recordings for tests: something with a pitch and syllables. In: how long, at which rate, how loud. Out: samples, or a
// WAV file of 16 bits, as a browser or a recorder makes it.
import { createEncoder } from "../encoders/encoder.ts";
import type { Recording } from "../voices/recording.ts";

export type TestRecording = {
  seconds?: number;
  sampleRate?: number;
  gain?: number;
  pitch?: number;
};

export function testRecording({
  seconds = 4,
  sampleRate = 24_000,
  gain = 0.3,
  pitch = 140,
}: TestRecording = {}): Recording {
  const samples = Float32Array.from({ length: Math.round(seconds * sampleRate) }, (_, index) => {
    const time = index / sampleRate;
    const syllable = 0.6 - 0.4 * Math.cos(2 * Math.PI * 3 * time);
    const tone = Math.sin(2 * Math.PI * pitch * time) + 0.5 * Math.sin(4 * Math.PI * pitch * time);
    return gain * syllable * tone;
  });
  return { samples, sampleRate };
}

export function wavOf({ samples, sampleRate }: Recording): Buffer {
  const encoder = createEncoder("wav", sampleRate);
  return Buffer.concat([encoder.header(samples.length), encoder.push(samples), encoder.flush()]);
}
