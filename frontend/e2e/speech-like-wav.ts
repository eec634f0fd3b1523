// A file for the fake microphone: syllables of a hum, 16-bit mono at 48 kHz. In: seconds. Out: the file.
import { Buffer } from "node:buffer";
import { wavHeader } from "../src/audio/wav.ts";

const sampleRate = 48_000;

export function speechLikeWav(seconds: number): Buffer {
  const samples = Int16Array.from({ length: seconds * sampleRate }, (_, i) => {
    const at = i / sampleRate;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * at)) ** 2;
    return 12_000 * syllable * Math.sin(2 * Math.PI * 180 * at);
  });
  return Buffer.concat([wavHeader(samples.length, sampleRate), Buffer.from(samples.buffer)]);
}
