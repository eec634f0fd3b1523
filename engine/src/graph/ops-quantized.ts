// Products with weights in 8 or 4 bits. In: float32 values, weights and scales. Out: float32 values. Activations are
// quantised in the run, each row by itself. Checked when called.
import { check, type Value } from "./graph.ts";
import { abs, add, div, mul, toBytes } from "./ops-elementwise.ts";
import { greatest } from "./ops-reduce.ts";

/** A weight [out, in] in 4 bits, in blocks along `in` with a scale each; zero is the middle of the range. */
export type BlockQuantized = {
  blockSize: number;
  inSize: number;
  outSize: number;
  /** uint8 [out, blocks, blockSize / 2] */
  packed: Value;
  /** float32 [out, blocks] */
  scales: Value;
};

/** As `linear`, with activations quantised to int8 block by block: rows do not see each other. */
export function linearBlocks(x: Value, weight: BlockQuantized): Value {
  const { blockSize, inSize, outSize, packed, scales } = weight;
  const blocks = Math.ceil(inSize / blockSize);
  const fits = packed.shape.join() === [outSize, blocks, blockSize / 2].join();
  check(fits && scales.shape.join() === [outSize, blocks].join(), "MatMulNBits", [packed, scales]);
  check(x.type === "float32" && x.shape.at(-1) === inSize, "MatMulNBits", [x, packed]);
  // Accuracy level 4: int8 activations.
  const attributes = { K: inSize, N: outSize, bits: 4, block_size: blockSize, accuracy_level: 4 };
  return x.graph.node({
    op: "MatMulNBits",
    domain: "com.microsoft",
    inputs: [x, packed, scales],
    attributes,
    outputs: [{ type: "float32", shape: [...x.shape.slice(0, -1), outSize] }],
  })[0]!;
}

/** A weight [out, in] of which each row has a scale, in the layout of the kernel. */
export type RowQuantized = {
  inSize: number;
  outSize: number;
  /** int8 [in, out] */
  levels: Value;
  /** float32 [out] */
  scales: Value;
};

/** Activations in 8 bits: `value = scale * (level - middle)`. */
export type QuantizedRows = { levels: Value; scales: Value };

const middle = 128;
const largest = 127;

/** Each row by its own greatest, so that rows do not see each other. x [..., size] -> levels [..., size], scales [..., 1] */
export function quantizeRows(x: Value): QuantizedRows {
  const { graph } = x;
  const scales = mul(greatest(abs(x)), graph.constant("float32", 1 / largest));
  // Half a level more, as what follows is cut off. A row of zeros gets levels without meaning and the scale 0.
  const levels = add(div(x, scales), graph.constant("float32", middle + 0.5));
  return { levels: toBytes(levels), scales };
}

/** As `linear`, in whole numbers: sums have no order that could matter, so a row is the same in every company. */
export function linearRows(x: Value, { inSize, outSize, levels, scales }: RowQuantized): Value {
  check(levels.type === "int8" && levels.shape.join() === [inSize, outSize].join(), "Linear", [
    levels,
  ]);
  check(scales.type === "float32" && scales.shape.join() === String(outSize), "Linear", [scales]);
  check(x.type === "float32" && x.shape.at(-1) === inSize, "Linear", [x, levels]);
  const rows = quantizeRows(x);
  const { graph } = x;
  const [product] = graph.node({
    op: "MatMulIntegerToFloat",
    domain: "com.microsoft",
    inputs: [
      rows.levels,
      levels,
      graph.constant("float32", 1),
      scales,
      graph.constant("uint8", middle),
    ],
    outputs: [{ type: "float32", shape: [...x.shape.slice(0, -1), outSize] }],
  });
  return mul(product!, rows.scales);
}
