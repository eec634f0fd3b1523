// A linear layer's weight in the precision that was chosen. In: tensors of a checkpoint. Out: weights of a
// graph, and the product with them. Knows no model.
import type { Value, Weight } from "../graph/graph.ts";
import { linear } from "../graph/ops-linear.ts";
import {
  linearBlocks,
  linearRows,
  type BlockQuantized,
  type RowQuantized,
} from "../graph/ops-quantized.ts";
import type { Device } from "../runtime/device.ts";
import { stacked, type ReadableTensor } from "./tensor-weights.ts";
import { blockSize, blocksPerRow, quantizeBlocks, quantizeRows } from "./quantize.ts";

/** `f32` is the reference: what the checkpoint says. The others store the large matrices in fewer bits. */
export type Precision = "f32" | "int8" | "int4";

export type Matrix =
  | { kind: "float"; weight: Weight }
  | ({ kind: "rows" } & Quantized<RowQuantized>)
  | ({ kind: "blocks" } & Quantized<BlockQuantized>);

/** With weights that are yet to be part of a graph. */
type Quantized<Parts> = { [Part in keyof Parts]: Parts[Part] extends Value ? Weight : Parts[Part] };

/**
 * Whether rows of several requests may go through a product together: whether a row gives the same, bit for bit, alone and
 * in company. Sums of whole numbers do. Kernels that compute with floats have one way for a lone row and another for pairs.
 */
export function rowsMayShare(precision: Precision): boolean {
  return precision === "int8";
}

/**
 * What a prompt, many rows at once, is taken in with. The processor's kernel for 4 bits unpacks each weight anew for every two
 * rows: in 8 bits a prompt takes half the time, and is kept more exactly. Other devices have no such products.
 */
export function promptPrecision(precision: Precision, device: Device = "cpu"): Precision {
  return precision === "int4" && device === "cpu" ? "int8" : precision;
}

/** Matrices [out, in] of equal width, one below the other. */
export function matrixOf(
  name: string,
  tensors: readonly ReadableTensor[],
  precision: Precision,
): Matrix {
  const weight = stacked(name, tensors);
  switch (precision) {
    case "f32":
      return { kind: "float", weight };
    case "int8":
      return rowsOf(weight);
    case "int4":
      return blocksOf(weight);
    default:
      return precision satisfies never;
  }
}

/** x [..., in] -> [..., out] */
export function multiply(x: Value, matrix: Matrix): Value {
  const { graph } = x;
  switch (matrix.kind) {
    case "float":
      return linear(x, graph.weight(matrix.weight));
    case "rows": {
      const { levels, scales } = matrix;
      return linearRows(x, {
        ...matrix,
        levels: graph.weight(levels),
        scales: graph.weight(scales),
      });
    }
    case "blocks": {
      const { packed, scales } = matrix;
      return linearBlocks(x, {
        ...matrix,
        packed: graph.weight(packed),
        scales: graph.weight(scales),
      });
    }
    default:
      return matrix satisfies never;
  }
}

function rowsOf(weight: Weight): Matrix {
  const [outSize, inSize] = weight.shape as [number, number];
  const quantized = readTwice(async () => quantizeRows(await floatsOf(weight), inSize));
  return {
    kind: "rows",
    inSize,
    outSize,
    levels: {
      name: `${weight.name}.levels`,
      type: "int8",
      shape: [inSize, outSize],
      read: async () => new Uint8Array((await quantized()).levels.buffer),
    },
    scales: scalesOf(weight, [outSize], quantized),
  };
}

function blocksOf(weight: Weight): Matrix {
  const [outSize, inSize] = weight.shape as [number, number];
  const blocks = blocksPerRow(inSize);
  const quantized = readTwice(async () => quantizeBlocks(await floatsOf(weight), inSize));
  return {
    kind: "blocks",
    blockSize,
    inSize,
    outSize,
    packed: {
      name: `${weight.name}.packed`,
      type: "uint8",
      shape: [outSize, blocks, blockSize / 2],
      read: async () => (await quantized()).packed,
    },
    scales: scalesOf(weight, [outSize, blocks], quantized),
  };
}

function scalesOf(
  { name }: Weight,
  shape: readonly number[],
  quantized: () => Promise<{ scales: Float32Array }>,
): Weight {
  const read = async () => new Uint8Array((await quantized()).scales.buffer);
  return { name: `${name}.scales`, type: "float32", shape, read };
}

async function floatsOf(weight: Weight): Promise<Float32Array> {
  const { buffer, byteOffset, byteLength } = await weight.read();
  return new Float32Array(buffer, byteOffset, byteLength / 4);
}

/** Levels and scales are written one after the other: the second finds what the first left, and nothing stays. */
function readTwice<Result>(compute: () => Promise<Result>): () => Promise<Result> {
  let kept: Promise<Result> | undefined;
  return () => {
    const result = kept ?? compute();
    kept = kept ? undefined : result;
    return result;
  };
}
