// Whether this machine computes products of weights in fewer bits rightly, and where. In: a precision and how graphs are
// loaded. Out: nothing, or an error. A device that has no kernel for them leaves them to the processor, without a word; then
// each would go there and back. Eight-bit kernels for processors without VNNI may add two products in 16 bits and cut off what
// does not fit: speech from them would still be speech, so it is looked for before a model is loaded.
import { EngineError } from "../engine-error.ts";
import { Graph } from "../graph/graph.ts";
import { symbol } from "../graph/dim.ts";
import { loadSession, writtenGraph, type LoadOptions } from "../model/codec-session.ts";
import type { Device } from "../runtime/device.ts";
import { matrixOf, multiply, type Precision } from "../model/matrix.ts";
import { processor, type PlacedNode } from "../runtime/placement.ts";
import { floats, Session, type Tensor } from "../runtime/session.ts";

/** Rows of all sizes that kernels take apart: pairs, fours, and what is left. */
const [inSize, outSize, rows] = [512, 24, 6];

/** @throws EngineError if the device leaves the products to the processor */
export async function checkPlacement(precision: Precision, options: LoadOptions): Promise<void> {
  const { device = "cpu", threads } = options;
  if (device === "cpu") return;
  const path = await writtenGraph(extremeProduct(`check-${precision}`, precision), options);
  const nodes = await Session.place(path, { threads, device }, { x: extremeRows() });
  checkPlaced(nodes, { device, precision });
}

/** @throws EngineError */
export function checkPlaced(
  nodes: readonly PlacedNode[],
  { device, precision }: { device: Device; precision: Precision },
): void {
  const left = nodes.filter(({ provider }) => provider === processor);
  if (!left.some(({ operator }) => operator.includes("MatMul"))) return;
  const others = precision === "f32" ? "" : " or --precision f32";
  throw new EngineError(
    "not_ready",
    `The device ${device} has no products for ${precision}: of ${nodes.length} nodes of one it leaves ${left.length} to the ` +
      `processor, the product among them. Take --device cpu${others}.`,
  );
}

/** @throws EngineError if the products are wrong */
export async function checkProducts(precision: Precision, options: LoadOptions): Promise<void> {
  if (precision === "f32") return;
  const session = await loadSession(extremeProduct(`check-${precision}`, precision), options);
  try {
    const outputs = await session.run({ x: extremeRows() });
    checkExtremes(floats(outputs, "y"), precision);
  } finally {
    await session.release();
  }
}

/** Weights of 1 and -1, which become the ends of the range of whole numbers: half of the outputs each. */
function extremeProduct(name: string, precision: Precision): Graph {
  const graph = new Graph(name);
  const x = graph.input("x", "float32", [symbol("rows"), inSize]);
  const values = Float32Array.from({ length: outSize * inSize }, (_, index) =>
    weightOf(Math.floor(index / inSize)),
  );
  const tensor = { shape: [outSize, inSize], read: () => Promise.resolve(values) };
  graph.output("y", multiply(x, matrixOf("extremes", [tensor], precision)));
  return graph;
}

function weightOf(output: number): number {
  return output < outSize / 2 ? 1 : -1;
}

/** Ones and minus ones: the greatest numbers of 8 bits, once they are quantised. */
function extremeRows(): Tensor {
  const data = Float32Array.from({ length: rows * inSize }, (_, index) => signOf(index / inSize));
  return { data, shape: [rows, inSize] };
}

function signOf(row: number): number {
  return Math.floor(row) % 2 === 0 ? 1 : -1;
}

/** What 8 bits cannot say of an activation is less than this share of it. */
const tolerance = 0.01;

/** @param products [rows, outSize]. @throws EngineError */
export function checkExtremes(products: Float32Array, precision: Precision): void {
  for (const [index, found] of products.entries()) {
    const expected = signOf(index / outSize) * weightOf(index % outSize) * inSize;
    if (Math.abs(found - expected) <= tolerance * inSize) continue;
    throw new EngineError(
      "not_ready",
      `This machine computes products of ${precision} wrongly: ${found} instead of ${expected}. Take --precision f32.`,
    );
  }
}
