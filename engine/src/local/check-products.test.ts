import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LoadOptions } from "../model/codec-session.ts";
import { rightProducts } from "./check-products.ts";

test.each(["f32", "int8", "int4"] as const)(
  "this machine's products at %s are right, one way or the other",
  async (precision) => {
    const folder = await mkdtemp(join(tmpdir(), "check-products-"));
    const cachedFiles = async (_: string, produce: (folder: string) => Promise<void>) => {
      await produce(folder);
      return folder;
    };
    await rightProducts(precision, { threads: 1, cachedFiles });
    await rm(folder, { recursive: true });
  },
);

const [columns, size] = [24, 512];
const right = (rows: number) =>
  Float32Array.from({ length: rows * columns }, (_, index) => {
    const weight = index % columns < columns / 2 ? 1 : -1;
    return (Math.floor(index / columns) % 2 === 0 ? 1 : -1) * weight * size;
  });

/** Pairs of 255 times 127 are 64,770, of which 32,767 is left. */
function cutOff(rows: number, at: number): Float32Array {
  const products = right(rows);
  products[at] = products[at]! / 2;
  return products;
}

const options: LoadOptions = { threads: 1, cachedFiles: () => Promise.reject(new Error("unused")) };

test("the fast way is taken where it is right", async () => {
  const taken = await rightProducts("int8", options, () => Promise.resolve([right(1), right(7)]));
  expect(taken.wideSums).toBe(false);
});

test.each([
  [cutOff(1, 5), right(7)],
  [right(1), cutOff(7, 100)],
])("a sum that is cut off at 16 bits is found, and the wide way taken", async (lone, several) => {
  const taken = await rightProducts("int8", options, (_, { wideSums }) =>
    Promise.resolve(wideSums ? [right(1), right(7)] : [lone, several]),
  );
  expect(taken.wideSums).toBe(true);
});

test("int4 takes the wide way too where its prompts, which are products of int8, need it", async () => {
  const taken = await rightProducts("int4", options, (precision, { wideSums }) =>
    Promise.resolve(precision === "int4" || wideSums ? [right(1)] : [cutOff(1, 5)]),
  );
  expect(taken.wideSums).toBe(true);
});

test("a machine with no right way is refused in words", async () => {
  const refused = rightProducts("int8", options, () => Promise.resolve([cutOff(1, 0)]));
  await expect(refused).rejects.toMatchObject({
    code: "not_ready",
    message: expect.stringMatching(/int8 wrongly: 256 instead of 512.*--precision f32/) as string,
  });
});
