// What every encoder must do, whatever its format. `decode` turns a whole file back into 16-bit
// samples, so that the suite needs to know nothing of the format.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AudioFormat } from "../protocol.ts";
import { createEncoder } from "./encoder.ts";

export type EncoderCase = {
  format: AudioFormat;
  sampleRate: number;
  decode: (file: Uint8Array) => number[];
};

export function describeEncoder({ format, sampleRate, decode }: EncoderCase): void {
  const encodeFile = (pieces: Float32Array[], lengthSamples: number | null): Uint8Array => {
    const encoder = createEncoder(format, sampleRate);
    const parts = [encoder.header(lengthSamples)];
    for (const piece of pieces) parts.push(encoder.push(piece));
    parts.push(encoder.flush());
    return Buffer.concat(parts);
  };

  describe(`encoder contract: ${format}`, () => {
    test("any split into pushes gives the same bytes", () => {
      fc.assert(
        fc.property(clip, fc.array(fc.nat({ max: 300 })), (samples, cuts) => {
          const pieces = split(samples, cuts);
          expect(encodeFile(pieces, samples.length)).toEqual(encodeFile([samples], samples.length));
        }),
      );
    });

    test("the file has the length that was foretold, for every length", () => {
      const encoder = createEncoder(format, sampleRate);
      for (const length of [0, 1, 7, 24_000]) {
        const file = encodeFile([new Float32Array(length)], length);
        expect(file.length).toBe(encoder.fileBytes(length));
        expect(decode(file)).toHaveLength(length);
      }
    });

    test("a header of unknown length is as long as an exact one", () => {
      const encoder = createEncoder(format, sampleRate);
      expect(encoder.header(null)).toHaveLength(encoder.header(24_000).length);
    });

    test("clips at full scale without wrapping, and NaN is silence", () => {
      const loud = Float32Array.of(1, -1, 1.0001, -1.0001, 1e9, -1e9, Infinity, -Infinity, NaN);
      const high = 32767;
      const low = -32768;
      expect(decode(encodeFile([loud], loud.length))).toEqual([
        high,
        low,
        high,
        low,
        high,
        low,
        high,
        low,
        0,
      ]);
    });

    test("rounds to the nearest step", () => {
      const steps = [0.4, 0.6, 1.49, 1.51, -0.4, -0.6, 1000.4, -1000.6];
      const samples = Float32Array.from(steps, (step) => step / 32768);
      expect(decode(encodeFile([samples], samples.length)).map((v) => v + 0)).toEqual([
        0, 1, 1, 2, 0, -1, 1000, -1001,
      ]);
    });

    test("every 16-bit value survives the way through float", () => {
      const values = Array.from({ length: 65_536 }, (_, i) => i - 32_768);
      const samples = Float32Array.from(values, (value) => value / 32768);
      expect(decode(encodeFile([samples], samples.length))).toEqual(values);
    });
  });
}

const clip = fc.float32Array({ maxLength: 1000 });

function split(samples: Float32Array, lengths: number[]): Float32Array[] {
  const pieces: Float32Array[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(samples.subarray(at, at + length));
    at += length;
  }
  return [...pieces, samples.subarray(at)];
}
