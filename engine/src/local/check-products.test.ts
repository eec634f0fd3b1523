import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkExtremes, checkPlaced, checkProducts } from "./check-products.ts";

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

test("a device that leaves the product to the processor is refused, with the nodes counted", () => {
  const webgpu = "WebGpuExecutionProvider";
  const cpu = "CPUExecutionProvider";
  const node = (provider: string, operator: string) => ({ provider, operator });
  const nodes = [node(webgpu, "Div"), node(webgpu, "Cast"), node(cpu, "MatMulIntegerToFloat")];
  const asked = { device: "webgpu", precision: "int8" } as const;
  expect(() => checkPlaced(nodes, asked)).toThrow(
    "The device webgpu has no products for int8: of 3 nodes of one it leaves 1 to the processor, the product among them. " +
      "Take --device cpu or --precision f32.",
  );
  expect(() => checkPlaced([node(cpu, "MatMul")], { ...asked, precision: "f32" })).toThrow(
    /Take --device cpu\.$/,
  );
  // Shapes are the processor's on every device, and some make one node of all that they take.
  expect(() => checkPlaced([node(webgpu, "MatMulNBits"), node(cpu, "Shape")], asked)).not.toThrow();
  expect(() => checkPlaced([node("CoreMLExecutionProvider", "CoreML_1")], asked)).not.toThrow();
});
