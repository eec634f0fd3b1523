import { describe, expect, test } from "vitest";
import { describeEncoder } from "./encoder.case.ts";
import { createEncoder } from "./encoder.ts";
import { createWavEncoder } from "./wav-encoder.ts";

const sampleRate = 24_000;
const wavHeaderBytes = 44;

function decodeS16le(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 2 }, (_, i) => view.getInt16(i * 2, true));
}

describeEncoder({ format: "pcm", sampleRate, decode: decodeS16le });
describeEncoder({
  format: "wav",
  sampleRate,
  decode: (file) => decodeS16le(file.subarray(wavHeaderBytes)),
});

describe("wav header", () => {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const tag = (text: string): string => Buffer.from(text, "latin1").toString("hex");
  const format =
    tag("WAVE") +
    tag("fmt ") +
    "10000000" +
    "0100" +
    "0100" +
    "c05d0000" +
    "80bb0000" +
    "0200" +
    "1000";

  test("exact: both sizes in bytes", () => {
    const header = createEncoder("wav", sampleRate).header(1000);
    expect(hex(header)).toBe(tag("RIFF") + "f4070000" + format + tag("data") + "d0070000");
  });

  test("unknown length: both sizes 0xFFFFFFFF", () => {
    const header = createEncoder("wav", sampleRate).header(null);
    expect(hex(header)).toBe(tag("RIFF") + "ffffffff" + format + tag("data") + "ffffffff");
  });

  test("a length beyond 4 GiB does not wrap around", () => {
    const view = new DataView(createEncoder("wav", sampleRate).header(2 ** 31).buffer);
    expect([view.getUint32(4, true), view.getUint32(40, true)]).toEqual([0xffffffff, 0xffffffff]);
  });
});

test("float samples go into a WAV as they are, also above full scale", () => {
  const samples = Float32Array.of(0.1, -1.5, 1e-9, 3);
  const encoder = createWavEncoder(sampleRate, "f32");
  const file = Buffer.concat([encoder.header(samples.length), encoder.push(samples)]);
  expect(file.length).toBe(encoder.fileBytes(samples.length));
  expect(file.readUInt16LE(20)).toBe(3);
  expect(file.readUInt32LE(28)).toBe(4 * sampleRate);
  expect(file.readUInt32LE(40)).toBe(4 * samples.length);
  const stored = [0, 1, 2, 3].map((i) => file.readFloatLE(wavHeaderBytes + i * 4));
  expect(stored).toEqual([...samples]);
});

test("media types are the plain ones that clients compare with", () => {
  expect(createEncoder("wav", sampleRate).mediaType).toBe("audio/wav");
  expect(createEncoder("pcm", sampleRate).mediaType).toBe("audio/pcm");
});
