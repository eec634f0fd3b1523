// Reading a WAV stream in any pieces, and writing the header of a finished clip.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { WavFormatError, WavReader, toInt16, wavHeader } from "./wav.ts";

const unknownSize = 0xffffffff;

function wav(values: Int16Array, { sampleRate = 24_000, streamed = true, extra = 0 } = {}) {
  const header = wavHeader(values.length, sampleRate);
  if (streamed) {
    const view = new DataView(header.buffer);
    view.setUint32(4, unknownSize, true);
    view.setUint32(40, unknownSize, true);
  }
  const list =
    extra > 0
      ? [0x4c, 0x49, 0x53, 0x54, extra, 0, 0, 0, ...Array<number>(extra + (extra % 2)).fill(1)]
      : [];
  return Uint8Array.from([
    ...header.subarray(0, 36),
    ...list,
    ...header.subarray(36),
    ...new Uint8Array(values.buffer),
  ]);
}

function readAll(bytes: Uint8Array, cuts: number[]) {
  const reader = new WavReader();
  const samples: number[] = [];
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
  borders.forEach((from, i) => {
    samples.push(...reader.push(bytes.subarray(from, borders[i + 1] ?? bytes.length)));
  });
  return { samples, reader };
}

const int16s = fc
  .array(fc.integer({ min: -32768, max: 32767 }), { maxLength: 200 })
  .map((values) => Int16Array.from(values));

test("the same samples come out, however the bytes are cut", () => {
  const cases = fc.record({
    values: int16s,
    cuts: fc.array(fc.nat(600), { maxLength: 20 }),
    sampleRate: fc.constantFrom(16_000, 22_050, 24_000, 48_000),
    streamed: fc.boolean(),
    extra: fc.constantFrom(0, 4, 27),
  });
  fc.assert(
    fc.property(cases, ({ values, cuts, ...form }) => {
      const { samples, reader } = readAll(wav(values, form), cuts);
      expect(reader.sampleRate).toBe(form.sampleRate);
      expect(reader.atSampleBorder).toBe(true);
      expect(Array.from(toInt16(Float32Array.from(samples)))).toEqual(Array.from(values));
    }),
  );
});

test("a stream that ends inside a sample, or inside the header, is noticed", () => {
  const bytes = wav(Int16Array.of(1, 2, 3));
  expect(readAll(bytes.subarray(0, -1), []).reader.atSampleBorder).toBe(false);
  expect(readAll(bytes.subarray(0, 43), []).reader.atSampleBorder).toBe(false);
});

test("what follows the data of a sized file is not sound", () => {
  const bytes = wav(Int16Array.of(1, 2, 3), { streamed: false });
  const { samples } = readAll(Uint8Array.from([...bytes, 9, 9, 9, 9]), [45, 51]);
  expect(samples).toHaveLength(3);
});

describe("refuses", () => {
  const cases: [name: string, bytes: Uint8Array][] = [
    ["JSON", new TextEncoder().encode('{"detail":"no sound here"}')],
    ["stereo", wav(Int16Array.of(1)).with(22, 2)],
    ["floats", wav(Int16Array.of(1)).with(20, 3)],
    [
      "a header without an end",
      Uint8Array.from([...wav(Int16Array.of()).subarray(0, 36), ...Array<number>(5000).fill(255)]),
    ],
  ];
  test.each(cases)("%s", (_name, bytes) => {
    expect(() => new WavReader().push(bytes)).toThrow(WavFormatError);
  });
});

test("the header of a finished clip has exact sizes", () => {
  const view = new DataView(wavHeader(1000, 24_000).buffer);
  expect(view.byteLength).toBe(44);
  expect(view.getUint32(4, true)).toBe(36 + 2000);
  expect(view.getUint32(24, true)).toBe(24_000);
  expect(view.getUint32(28, true)).toBe(48_000);
  expect(view.getUint32(40, true)).toBe(2000);
});
