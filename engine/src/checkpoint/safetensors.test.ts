import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { toFloat32 } from "./float-formats.ts";
import { openSafetensors, readBytes, type TensorEntry } from "./safetensors.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "safetensors-"));
});
afterEach(() => rm(folder, { recursive: true }));

function fileOf(header: unknown, data: Uint8Array = new Uint8Array()): Buffer {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return Buffer.concat([length, json, data]);
}

async function write(bytes: Uint8Array): Promise<string> {
  const path = join(folder, "model.safetensors");
  await writeFile(path, bytes);
  return path;
}

async function readTensor(path: string, entry: TensorEntry): Promise<Float32Array> {
  const { name: what, offset, byteLength, type } = entry;
  return toFloat32(
    await readBytes({ path, label: "model.safetensors", what, offset, byteLength }),
    type,
  );
}

async function readOnly(bytes: Uint8Array): Promise<Float32Array> {
  const path = await write(bytes);
  const { tensors } = await openSafetensors(path);
  return readTensor(path, tensors.values().next().value!);
}

describe("reading", () => {
  test("two tensors, with metadata", async () => {
    const data = Buffer.from(new Float32Array([1, -2.5, 3, 4, 5, 6]).buffer);
    const header = {
      __metadata__: { format: "pt" },
      "a.weight": { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] },
      "a.bias": { dtype: "F32", shape: [2], data_offsets: [16, 24] },
    };
    const path = await write(fileOf(header, data));
    const { tensors } = await openSafetensors(path);
    expect([...tensors.keys()]).toEqual(["a.weight", "a.bias"]);
    expect(tensors.get("a.weight")!.shape).toEqual([2, 2]);
    expect(await readTensor(path, tensors.get("a.weight")!)).toEqual(
      new Float32Array([1, -2.5, 3, 4]),
    );
    expect(await readTensor(path, tensors.get("a.bias")!)).toEqual(new Float32Array([5, 6]));
  });

  test("BF16 is the upper half of a float32, for every bit pattern", async () => {
    const halves = Uint16Array.from({ length: 65_536 }, (_, index) => index);
    const header = { t: { dtype: "BF16", shape: [65_536], data_offsets: [0, 131_072] } };
    const floats = await readOnly(fileOf(header, Buffer.from(halves.buffer)));
    const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
    expect(bits.every((value, index) => value === index * 65_536)).toBe(true);
  });

  test("F16 of IEEE 754: largest, smallest, subnormal, infinities, NaN", async () => {
    const halves = new Uint16Array([
      0x7bff, 0x0400, 0x0001, 0x8001, 0x3555, 0x7c00, 0xfc00, 0x7e00,
    ]);
    const header = { t: { dtype: "F16", shape: [8], data_offsets: [0, 16] } };
    const floats = await readOnly(fileOf(header, Buffer.from(halves.buffer)));
    const expected = [65504, 2 ** -14, 2 ** -24, -(2 ** -24), 0.333251953125];
    expect([...floats]).toEqual([...expected, Infinity, -Infinity, NaN]);
  });

  test("an empty tensor and a scalar", async () => {
    const header = {
      none: { dtype: "F32", shape: [0, 4], data_offsets: [0, 0] },
      one: { dtype: "F32", shape: [], data_offsets: [0, 4] },
    };
    const path = await write(fileOf(header, Buffer.from(new Float32Array([7]).buffer)));
    const { tensors } = await openSafetensors(path);
    expect(await readTensor(path, tensors.get("none")!)).toHaveLength(0);
    expect(await readTensor(path, tensors.get("one")!)).toEqual(new Float32Array([7]));
  });
});

describe("what is wrong is named", () => {
  const tensor = { dtype: "F32", shape: [2], data_offsets: [0, 8] };
  const cases: [string, Buffer, RegExp][] = [
    ["too short", Buffer.from([1, 2]), /model\.safetensors: it has 2 bytes/],
    ["header beyond the file", fileOf("{}").subarray(0, 9), /header says 2 bytes, the file has 9/],
    ["a huge header", Buffer.alloc(16, 0xff), /damaged or cut short/],
    ["no JSON", fileOf("{nope"), /header is not JSON/],
    ["no object", fileOf("[1]"), /not a JSON object/],
    ["unknown dtype", fileOf({ w: { ...tensor, dtype: "I64" } }), /w: its dtype is I64, expected/],
    ["negative size", fileOf({ w: { ...tensor, shape: [-2] } }), /w: its shape is not/],
    [
      "shape and offsets differ",
      fileOf({ w: { ...tensor, shape: [3] } }, Buffer.alloc(8)),
      /F32 \[3\] takes 12 bytes, its offsets span 8/,
    ],
    ["data cut short", fileOf({ w: tensor }, Buffer.alloc(7)), /ends at byte 8, the file has 7/],
    [
      "a gap",
      fileOf({ w: { ...tensor, data_offsets: [4, 12] } }, Buffer.alloc(12)),
      /w: its data begins at byte 4, that of the tensor before it ends at byte 0\. The header is/,
    ],
    [
      "an overlap",
      fileOf({ w: tensor, v: { ...tensor, data_offsets: [4, 12] } }, Buffer.alloc(12)),
      /v: its data begins at byte 4, that of the tensor before it ends at byte 8/,
    ],
    [
      "more than its tensors",
      fileOf({ w: tensor }, Buffer.alloc(9)),
      /its tensors take 8 bytes, the file has 9 bytes of data/,
    ],
    ["entry is null", fileOf({ w: null }), /w: its dtype is undefined/],
  ];
  test.each(cases)("%s", async (_name, bytes, message) => {
    const path = await write(bytes);
    await expect(openSafetensors(path)).rejects.toThrow(message);
    await expect(openSafetensors(path)).rejects.toBeInstanceOf(EngineError);
  });

  test("however much is wrong, it is said in a few words", async () => {
    const long = "x".repeat(1e5);
    for (const header of [
      { [long]: { ...tensor, shape: [1] } },
      { w: { ...tensor, dtype: long } },
      { w: { ...tensor, shape: Array.from({ length: 1e5 }, () => 1) } },
    ]) {
      const path = await write(fileOf(header, Buffer.alloc(8)));
      const error = (await openSafetensors(path).catch((e: unknown) => e)) as Error;
      expect(error).toBeInstanceOf(EngineError);
      expect(error.message.length).toBeLessThan(900);
    }
  });

  test("a missing file, without its folder", async () => {
    const error = await openSafetensors(join(folder, "absent.safetensors")).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(EngineError);
    expect((error as Error).message).toMatch(/^absent\.safetensors: cannot be opened/);
    expect((error as Error).message).not.toContain(folder);
  });
});

test("2,000 damaged files: an EngineError each, or a table that lies within the file", async () => {
  const data = Buffer.alloc(64);
  const good = fileOf(
    {
      "layer.weight": { dtype: "BF16", shape: [4, 4], data_offsets: [0, 32] },
      "layer.bias": { dtype: "F32", shape: [8], data_offsets: [32, 64] },
    },
    data,
  );
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(damage, fc.nat(good.length), async (changes, length) => {
      const bytes = Buffer.from(good);
      for (const [position, value] of changes) bytes[position] = value;
      const cut = bytes.subarray(0, Math.max(length, 1));
      const path = await write(cut);
      try {
        for (const entry of (await openSafetensors(path)).tensors.values()) {
          expect(entry.offset + entry.byteLength).toBeLessThanOrEqual(cut.byteLength);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
      }
    }),
    { numRuns: 2000 },
  );
});

test("500 headers with a value replaced: an EngineError that can be read, or tensors that fill the file", async () => {
  const header = {
    __metadata__: { format: "pt" },
    "layer.weight": { dtype: "BF16", shape: [4, 4], data_offsets: [0, 32] },
    "layer.bias": { dtype: "F32", shape: [8], data_offsets: [32, 64] },
  };
  const places = [...walk(header)].length;
  const strange = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(0, -1, 0.5, 32, 2 ** 53, 1e308, "F32", null, [], {}, [0, 64]),
    fc.array(fc.nat(64), { maxLength: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.nat(places - 1), strange, async (place, value) => {
      let seen = 0;
      const text = JSON.stringify(header, (_key, old: unknown) => (seen++ === place ? value : old));
      const path = await write(fileOf(text, Buffer.alloc(64)));
      try {
        const { tensors } = await openSafetensors(path);
        const bytes = [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
        expect(bytes).toBe(64);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        expect(error.message.length).toBeLessThan(900);
      }
    }),
    { numRuns: 500 },
  );
});

/** All values that JSON.stringify visits. */
function* walk(value: unknown): Generator {
  yield value;
  if (typeof value !== "object" || value === null) return;
  for (const child of Object.values(value)) yield* walk(child);
}
