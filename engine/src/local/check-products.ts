// How this machine computes products of weights in fewer bits rightly. In: a precision and how graphs are loaded. Out: how
// they are to be loaded, or an error. Eight-bit kernels for processors without VNNI may add two products in 16 bits and cut
// off what does not fit: speech from them would still be speech, so it is looked for before a model is loaded.
import { EngineError } from "../engine-error.ts";
import { Graph } from "../graph/graph.ts";
import { symbol } from "../graph/dim.ts";
import { loadSession, type LoadOptions } from "../model/codec-session.ts";
import { matrixOf, multiply, promptPrecision, type Precision } from "../model/matrix.ts";
import { floats, type Tensor } from "../runtime/session.ts";

const [inSize, outSize] = [512, 24];

/** A lone row, and rows of all sizes that kernels take apart: pairs, fours, and what is left. */
const rowCounts = [1, 7];

/**
 * The fast way if it is right for all products of a model of that precision, else the wide one.
 * @returns `options` for such a model
 * @throws EngineError if both are wrong
 */
export async function rightProducts(
  precision: Precision,
  options: LoadOptions,
  extremes: typeof extremeProducts = extremeProducts,
): Promise<LoadOptions> {
  if (precision === "f32") return options;
  const used = [...new Set([precision, promptPrecision(precision, options.device)])];
  let wrong: WrongProduct | undefined;
  for (const wideSums of [false, true]) {
    const tried = { ...options, wideSums };
    wrong = undefined;
    for (const each of used) wrong ??= findWrong(await extremes(each, tried), each);
    if (wrong === undefined) return tried;
  }
  const { found, expected, of } = wrong!;
  const message = `This machine computes products of ${of} wrongly: ${found} instead of ${expected}. Take --precision f32.`;
  throw new EngineError("not_ready", message);
}

/** @returns for each of `rowCounts`, [rows, outSize] */
async function extremeProducts(
  precision: Precision,
  options: LoadOptions,
): Promise<Float32Array[]> {
  const session = await loadSession(extremeProduct(precision), options);
  try {
    const products: Float32Array[] = [];
    for (const rows of rowCounts) {
      products.push(floats(await session.run({ x: extremeRows(rows) }), "y"));
    }
    return products;
  } finally {
    await session.release();
  }
}

/** Weights of 1 and -1, which become the ends of the range of whole numbers: half of the outputs each. */
export function extremeProduct(precision: Precision): Graph {
  const graph = new Graph(`check-${precision}`);
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
export function extremeRows(rows: number): Tensor {
  const data = Float32Array.from({ length: rows * inSize }, (_, index) => signOf(index / inSize));
  return { data, shape: [rows, inSize] };
}

function signOf(row: number): number {
  return Math.floor(row) % 2 === 0 ? 1 : -1;
}

type WrongProduct = { of: Precision; found: number; expected: number };

/** What 8 bits cannot say of an activation is less than this share of it. */
const tolerance = 0.01;

function findWrong(products: readonly Float32Array[], of: Precision): WrongProduct | undefined {
  for (const rows of products) {
    for (const [index, found] of rows.entries()) {
      const expected = signOf(index / outSize) * weightOf(index % outSize) * inSize;
      if (Math.abs(found - expected) > tolerance * inSize) return { of, found, expected };
    }
  }
  return undefined;
}
