import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkExtremes, checkProducts } from "./check-products.ts";

test.each(["f32", "int8", "int4"] as const)(
  "this machine's products at %s are right",
  async (precision) => {
    const folder = await mkdtemp(join(tmpdir(), "check-products-"));
    const cachedFiles = async (_: string, produce: (folder: string) => Promise<void>) => {
      await produce(folder);
      return folder;
    };
    await checkProducts(precision, { threads: 1, cachedFiles });
    await rm(folder, { recursive: true });
  },
);

test("a sum that was cut off at 16 bits is found, wherever it is", () => {
  const [columns, size] = [24, 512];
  const products = Float32Array.from({ length: 6 * columns }, (_, index) => {
    const level = index % columns < columns / 2 ? 127 : -128;
    return (Math.floor(index / columns) % 2 === 0 ? 1 : -1) * level * size;
  });
  expect(() => checkExtremes(products, 8)).not.toThrow();
  // Pairs of 255 times 127 are 64,770, of which 32,767 is left.
  products[100] = products[100]! / 2;
  expect(() => checkExtremes(products, 8)).toThrow(/8 bits wrongly.*--precision f32/);
});
