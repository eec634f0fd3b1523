import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { from, writeSafetensors } from "../testing/safetensors-writer.ts";
import type { StoredType } from "./safetensors.ts";
import { openTensorTable } from "./tensor-table.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tensors-"));
});
afterEach(() => rm(folder, { recursive: true }));

const numbers = [1, -2, 0.5, 4, 5, -6.25];

async function write(file: string, name: string, type: StoredType = "F32"): Promise<void> {
  const tensor = { name, shape: [3, 2], type, next: from(numbers) };
  await writeSafetensors(join(folder, file), [tensor]);
}

async function writeIndex(weightMap: unknown): Promise<void> {
  const json =
    typeof weightMap === "string" ? weightMap : JSON.stringify({ weight_map: weightMap });
  await writeFile(join(folder, "model.safetensors.index.json"), json);
}

describe("reading", () => {
  test.each(["F32", "BF16", "F16"] as const)("%s: whole, and rows of it", async (type) => {
    await write("model.safetensors", "w", type);
    const table = await openTensorTable(folder);
    const tensor = table.get("w", [3, 2]);
    expect([...(await tensor.read())]).toEqual(numbers);
    expect([...(await tensor.readRows(1, 2))]).toEqual(numbers.slice(2));
    expect([...tensor.readRowsSync(2, 1)]).toEqual(numbers.slice(4));
    expect([...tensor.readRowsSync(0, 0)]).toEqual([]);
    expect(() => tensor.readRowsSync(2, 2)).toThrow("w has 3 rows, asked for 2 + 2");
    await expect(tensor.readRows(-1, 1)).rejects.toThrow(RangeError);
  });

  test("a tensor's place in the file, for who reads it there", async () => {
    await write("model.safetensors", "w");
    const { location } = (await openTensorTable(folder)).get("w", [3, 2]);
    expect(location.path).toBe(join(folder, "model.safetensors"));
    expect(location.byteLength).toBe(24);
    expect(location.offset % 8).toBe(0);
  });

  test("shards: each tensor from its own, tensors that the index does not name left out", async () => {
    await write("model-00001-of-00002.safetensors", "a");
    await write("model-00002-of-00002.safetensors", "b", "BF16");
    await write("model-00003-of-00003.safetensors", "c");
    await writeIndex({
      a: "model-00001-of-00002.safetensors",
      b: "model-00002-of-00002.safetensors",
    });
    const table = await openTensorTable(folder);
    expect([...table.names()]).toEqual(["a", "b"]);
    expect(table.files).toHaveLength(2);
    expect(table.get("b", [3, 2]).type).toBe("BF16");
    expect([...table.get("a", [3, 2]).readRowsSync(0, 1)]).toEqual([1, -2]);
  });

  test("the single file wins over an index, as upstream", async () => {
    await write("model.safetensors", "single");
    await writeIndex({ sharded: "absent.safetensors" });
    expect([...(await openTensorTable(folder)).names()]).toEqual(["single"]);
  });
});

describe("what is wrong is named", () => {
  test("a missing tensor and a wrong shape", async () => {
    await write("model.safetensors", "w");
    const table = await openTensorTable(folder, "speech_tokenizer/");
    expect(() => table.get("v", [4])).toThrow(
      "speech_tokenizer/model.safetensors: there is no tensor v, expected [4].",
    );
    expect(() => table.get("w", [2, 3])).toThrow("w has the shape [3, 2], expected [2, 3]");
    expect(() => table.get("w", [6])).toThrow(EngineError);
  });

  test("a file that got shorter while it was in use", async () => {
    await write("model.safetensors", "w");
    const tensor = (await openTensorTable(folder)).get("w", [3, 2]);
    await truncate(join(folder, "model.safetensors"), tensor.location.offset + 9);
    await expect(tensor.read()).rejects.toThrow("model.safetensors: it ended while w was read");
    expect(() => tensor.readRowsSync(1, 1)).toThrow("model.safetensors: it ended while w was read");
    await rm(join(folder, "model.safetensors"));
    expect(() => tensor.readRowsSync(1, 1)).toThrow(EngineError);
  });

  const indexes: [name: string, weightMap: unknown, message: RegExp][] = [
    ["no JSON", "{", /index\.json: it is not JSON/],
    ["a list", "[]", /it is a list, expected a JSON object/],
    ["no weight_map", "{}", /weight_map is missing, expected a JSON object/],
    ["a missing shard", { a: "gone.safetensors" }, /gone\.safetensors: cannot be opened/],
    [
      "a tensor its shard lacks",
      { b: "one.safetensors" },
      /b is in one\.safetensors, which has no/,
    ],
    ["a number", { a: 1 }, /weight_map\.a is 1, expected the name of a \.safetensors file/],
    ["a way out of the folder", { a: "../x.safetensors" }, /beside it/],
    ["an absolute path", { a: "/x.safetensors" }, /beside it/],
    ["a way out on Windows", { a: "..\\x.safetensors" }, /beside it/],
  ];
  test.each(indexes)("an index with %s", async (_name, weightMap, message) => {
    await write("one.safetensors", "a");
    await writeIndex(weightMap);
    await expect(openTensorTable(folder)).rejects.toThrow(message);
    await expect(openTensorTable(folder)).rejects.toBeInstanceOf(EngineError);
  });
});

test("300 damaged indexes: an EngineError each, or a table of tensors that are there", async () => {
  await write("one.safetensors", "a");
  const good = Buffer.from(JSON.stringify({ metadata: {}, weight_map: { a: "one.safetensors" } }));
  const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), {
    minLength: 1,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const bytes = Buffer.from(good);
      for (const [position, value] of changes) bytes[position] = value;
      await writeFile(join(folder, "model.safetensors.index.json"), bytes);
      try {
        const table = await openTensorTable(folder);
        for (const name of table.names()) expect(table.entry(name)?.shape).toEqual([3, 2]);
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
        expect((error as Error).message).not.toContain(folder);
      }
    }),
    { numRuns: 300 },
  );
});
