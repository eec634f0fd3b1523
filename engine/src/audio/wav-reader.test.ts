import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { floatsIn, readGoldens } from "../testing/goldens.ts";
import { dataChunk, formatChunk, wavFile, type Chunk } from "../testing/wav-file.ts";
import { resample } from "./resample.ts";
import { readWav } from "./wav-reader.ts";

const goldens = (await readGoldens("wav")).flatMap(({ cases }) => cases);

const values = [0, 16384, -32768, 32767, 1];
const heard = values.map((value) => value / 2 ** 15);

function samplesOf(file: Uint8Array): number[] {
  return [...readWav(file).samples];
}

describe("every format is heard as soundfile and librosa hear it, to the last bit", () => {
  test.each(goldens)("$name", ({ file, sampleRate, samples }) => {
    const audio = readWav(Buffer.from(file, "base64"));
    expect(audio.sampleRate).toBe(sampleRate);
    expect(audio.samples).toEqual(floatsIn(Buffer.from(samples, "base64")));
  });

  test("the table has them all", () => {
    expect(goldens).toHaveLength(8 * 5);
  });
});

describe("files as programs write them", () => {
  const list: Chunk = { tag: "LIST", body: Buffer.from("INFOISFT\x05\0\0\0Lavf\0") };
  const odd: Chunk = { tag: "junk", body: Buffer.from("data\x02") };
  const empty: Chunk = { tag: "JUNK", body: Buffer.alloc(0) };

  test.each<[name: string, chunks: Chunk[]]>([
    ["the plain one", [formatChunk(), dataChunk(values)]],
    ["other chunks in front", [list, odd, empty, formatChunk(), dataChunk(values)]],
    ["other chunks between", [formatChunk(), odd, list, empty, dataChunk(values)]],
    ["other chunks behind", [formatChunk(), dataChunk(values), list, odd]],
    ["a format with an empty extension", [withExtension(formatChunk()), dataChunk(values)]],
    ["the last of two formats", [formatChunk({ coding: 99 }), formatChunk(), dataChunk(values)]],
  ])("%s", (_name, chunks) => {
    expect(samplesOf(wavFile(chunks))).toEqual(heard);
  });

  test.each<[name: string, dataBytes: number, fileBytes: number]>([
    ["both sizes 0", 0, 0],
    ["both sizes the greatest", 0xffffffff, 0xffffffff],
    ["only the data's size the greatest", 0xffffffff, 0],
    ["no data in an endless file", 0, 0xffffffff],
    ["no data in a file that ends with its header", 0, 36],
    ["the greatest size that is even", 0xfffffffe, 0xffffffff],
    ["sox's guess", 0x7ffff000, 0x7ffff024],
  ])("a stream: %s", (_name, dataBytes, fileBytes) => {
    const chunks = [formatChunk(), dataChunk(values, dataBytes)];
    expect(samplesOf(wavFile(chunks, { sizeBytes: fileBytes }))).toEqual(heard);
  });

  test("RF64 says elsewhere how long it is", () => {
    const sizes = Buffer.alloc(28);
    sizes.writeBigUInt64LE(4n, 8);
    const chunks = [
      { tag: "ds64", body: sizes },
      formatChunk(),
      dataChunk([1, 2, 3, 4], 0xffffffff),
    ];
    expect(samplesOf(wavFile(chunks, { container: "RF64" }))).toHaveLength(2);
    chunks[0] = { tag: "ds64", body: sizes.subarray(0, 8) };
    expect(samplesOf(wavFile(chunks, { container: "RF64" }))).toHaveLength(4);
  });

  test("cut short: heard up to the cut, a part of a frame left out", () => {
    const whole = wavFile([formatChunk({ channels: 2 }), dataChunk([2, 4, 6, 8, 10, 12])]);
    const mean = [3, 7, 11].map((value) => value / 2 ** 15);
    for (const [lost, frames] of [
      [0, 3],
      [1, 2],
      [4, 2],
      [5, 1],
    ] as const) {
      const bytes = whole.subarray(0, whole.length - lost);
      expect(samplesOf(bytes)).toEqual(mean.slice(0, frames));
    }
  });

  test("a view into a larger buffer", () => {
    const file = wavFile([formatChunk(), dataChunk(values)]);
    const around = Buffer.concat([Buffer.alloc(3), file, Buffer.alloc(5, 1)]);
    expect(samplesOf(around.subarray(3, 3 + file.length))).toEqual(heard);
  });

  test("fewer bits than the place has: the upper ones", () => {
    const narrow = formatChunk({ bits: 12, frameBytes: 2 });
    expect(samplesOf(wavFile([narrow, dataChunk(values)]))).toEqual(heard);
  });
});

describe("what cannot be used is named", () => {
  const data = dataChunk(values);

  test.each<[fault: RegExp, file: Uint8Array]>([
    [/it is empty/, Buffer.alloc(0)],
    [/not a WAV file.*Convert it to WAV/, Buffer.from("RIFF")],
    [/not a WAV file/, Buffer.from("RIFF\0\0\0\0AVI ")],
    [/FLAC/, Buffer.from("fLaC\0\0\0\x22and so on")],
    [/Ogg/, Buffer.from("OggS\0\x02and so on")],
    [/MP3/, Buffer.from("ID3\x04and so on")],
    [/MP4/, Buffer.from("\0\0\0\x20ftypM4A ")],
    [/big-endian/, wavFile([formatChunk(), data], { container: "RIFX" })],
    [/no format chunk\. It is cut short/, wavFile([])],
    [/no format chunk before its samples/, wavFile([data, formatChunk()])],
    [/no samples\. It is cut short/, wavFile([formatChunk()])],
    [/holds no samples/, wavFile([formatChunk(), dataChunk([])])],
    [/holds no samples/, wavFile([formatChunk({ channels: 6 }), data])],
    [/format chunk has 14 bytes/, wavFile([cut(formatChunk(), 14), data])],
    [/0 channels/, wavFile([formatChunk({ channels: 0 }), data])],
    [/sample rate is 0/, wavFile([formatChunk({ sampleRate: 0 }), data])],
    [
      /3 channels of 16 bits takes 7 bytes/,
      wavFile([formatChunk({ channels: 3, frameBytes: 7 }), data]),
    ],
    [/1 channels of 16 bits takes 1 bytes/, wavFile([formatChunk({ frameBytes: 1 }), data])],
    [/1 channels of 16 bits takes 0 bytes/, wavFile([formatChunk({ frameBytes: 0 }), data])],
    [/PCM of 0 bits/, wavFile([formatChunk({ bits: 0, frameBytes: 0 }), data])],
    [/PCM of 64 bits/, wavFile([formatChunk({ bits: 64 }), data])],
    [/float of 16 bits/, wavFile([formatChunk({ coding: 3 }), data])],
    [/mu-law of 16 bits/, wavFile([formatChunk({ coding: 7 }), data])],
    [/coding 2\. Taken are PCM/, wavFile([formatChunk({ coding: 2, bits: 4 }), data])],
    [/coding 65534/, wavFile([formatChunk({ coding: 0xfffe }), data])],
    [/frame 1 holds a sample that is no finite number/, floatFile([0, NaN])],
    [/frame 2 holds a sample that is no finite number/, floatFile([0, 1e30, -Infinity])],
  ])("%s", (fault, file) => {
    expect(() => readWav(file)).toThrow(EngineError);
    expect(() => readWav(file)).toThrow(fault);
  });
});

describe("hostile files", () => {
  /** Of every kind, cheap ones. */
  const files = [
    ...goldens.map(({ file }) => Buffer.from(file, "base64")),
    wavFile([{ tag: "LIST", body: Buffer.from("odd") }, formatChunk(), dataChunk(values)]),
  ];
  /** Most of all in the headers, and there with the values that matter. */
  const damage = fc.record({
    place: fc.oneof({ weight: 3, arbitrary: fc.nat(63) }, fc.nat(4000)),
    value: fc.oneof(fc.constantFrom(0, 1, 2, 3, 6, 7, 8, 16, 24, 32, 127, 128, 255), fc.nat(255)),
  });

  test("2,000 damaged files: audio that can be resampled, or an EngineError", () => {
    const outcomes = { heard: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.nat(files.length - 1),
        fc.array(damage, { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(4000)),
        (which, changes, length) => {
          const file = Buffer.from(files[which]!);
          for (const { place, value } of changes) file[place % file.length] = value;
          outcomes[hear(file.subarray(0, length ?? file.length))]++;
        },
      ),
      { numRuns: 2000, seed: 20261127 },
    );
    expect(outcomes.heard).toBeGreaterThan(400);
    expect(outcomes.refused).toBeGreaterThan(400);
  });

  function hear(file: Uint8Array): "heard" | "refused" {
    try {
      const { samples, sampleRate } = readWav(file);
      expect(samples.length).toBeLessThanOrEqual(file.length);
      expect(samples.every(Number.isFinite)).toBe(true);
      const slowest = 24_000 / 2_000; // times as long as it was
      const resampled = resample(samples, { from: sampleRate, to: 24_000 });
      expect(resampled.length).toBeLessThanOrEqual(slowest * samples.length);
      return "heard";
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      expect(error.code).toBe("unsupported");
      expect(error.message.length).toBeLessThan(300);
      return "refused";
    }
  }
});

function withExtension({ tag, body }: Chunk): Chunk {
  return { tag, body: Buffer.concat([body, Buffer.alloc(2)]) };
}

function cut({ tag, body }: Chunk, bytes: number): Chunk {
  return { tag, body: body.subarray(0, bytes) };
}

function floatFile(samples: number[]): Buffer {
  const body = Buffer.from(Float32Array.from(samples).buffer);
  return wavFile([formatChunk({ coding: 3, bits: 32 }), { tag: "data", body }]);
}
