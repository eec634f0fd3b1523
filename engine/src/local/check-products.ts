// Whether this machine computes products of weights in fewer bits rightly. In: a precision and how graphs are loaded. Out:
// nothing, or an error. Eight-bit kernels for processors without VNNI may add two products in 16 bits and cut off what
// does not fit: speech from them would still be speech, so it is looked for before a model is loaded.
import { EngineError } from "../engine-error.ts";
import { Graph } from "../graph/graph.ts";
import { symbol } from "../graph/dim.ts";
import { loadSession, type LoadOptions } from "../model/codec-session.ts";
import { multiply, type Matrix, type Precision } from "../model/matrix.ts";
import { blockSize, type Bits } from "../model/quantize.ts";
import { floats, type Tensor } from "../runtime/session.ts";

/** Rows of all sizes that kernels take apart: pairs, fours, and what is left. */
const [inSize, outSize, rows] = [4 * blockSize, 24, 6];

/** @throws EngineError if the products are wrong */
export async function checkProducts(precision: Precision, options: LoadOptions): Promise<void> {
  if (precision === "f32") return;
  const bits = precision === "int8" ? 8 : 4;
  const session = await loadSession(extremeProduct(`check-${precision}`, bits), options);
  try {
    const outputs = await session.run({ x: extremeRows() });
    checkExtremes(floats(outputs, "y"), bits);
  } finally {
    await session.release();
  }
}

/** Every number at an end of the range: half of the outputs at the upper, half at the lower. */
function extremeProduct(name: string, bits: Bits): Graph {
  const graph = new Graph(name);
  const x = graph.input("x", "float32", [symbol("rows"), inSize]);
  const blocks = inSize / blockSize;
  const rowBytes = (inSize * bits) / 8;
  const matrix: Matrix = {
    kind: "blocks",
    bits,
    inSize,
    outSize,
    packed: {
      name: "packed",
      type: "uint8",
      shape: [outSize, blocks, rowBytes / blocks],
      read: () => new Uint8Array(outSize * rowBytes).fill(0xff, 0, (outSize / 2) * rowBytes),
    },
    scales: {
      name: "scales",
      type: "float32",
      shape: [outSize, blocks],
      read: () => new Uint8Array(new Float32Array(outSize * blocks).fill(1).buffer),
    },
  };
  graph.output("y", multiply(x, matrix));
  return graph;
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
export function checkExtremes(products: Float32Array, bits: Bits): void {
  const middle = 2 ** (bits - 1);
  for (const [index, found] of products.entries()) {
    const level = index % outSize < outSize / 2 ? middle - 1 : -middle;
    const expected = signOf(index / outSize) * level * inSize;
    if (Math.abs(found - expected) <= tolerance * Math.abs(expected)) continue;
    throw new EngineError(
      "not_ready",
      `This machine computes products of ${bits} bits wrongly: ${found} instead of ${expected}. Take --precision f32.`,
    );
  }
}
