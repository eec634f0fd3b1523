import { expect, test } from "vitest";
import { checkPlaced } from "./check-placement.ts";

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
