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
    const weight = index % columns < columns / 2 ? 1 : -1;
    return (Math.floor(index / columns) % 2 === 0 ? 1 : -1) * weight * size;
  });
  expect(() => checkExtremes(products, "int8")).not.toThrow();
  // Pairs of 255 times 127 are 64,770, of which 32,767 is left.
  products[100] = products[100]! / 2;
  expect(() => checkExtremes(products, "int8")).toThrow(/int8 wrongly.*--precision f32/);
});
