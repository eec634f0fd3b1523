// A linear layer's weight in the precision that was chosen. In: tensors of a checkpoint. Out: weights of a
// graph, and the product with them. Knows no model.
import type { CheckpointTensor } from "../checkpoint/tensor-table.ts";
import type { Value, Weight } from "../graph/graph.ts";
import { linear, linearNBits } from "../graph/ops-linear.ts";
import { stacked } from "./codec-tensors.ts";
import { blockSize, blocksPerRow, quantizeBlocks, type Bits } from "./quantize.ts";

/** `f32` is the reference: what the checkpoint says. The others store the large matrices in fewer bits. */
export type Precision = "f32" | "int8" | "int4";

export type Matrix =
  | { kind: "float"; weight: Weight }
  | { kind: "blocks"; bits: Bits; inSize: number; outSize: number; packed: Weight; scales: Weight };

/** Matrices [out, in] of equal width, one below the other. */
export function matrixOf(
  name: string,
  tensors: readonly CheckpointTensor[],
  precision: Precision,
): Matrix {
  const weight = stacked(name, tensors);
  switch (precision) {
    case "f32":
      return { kind: "float", weight };
    case "int8":
      return quantized(weight, 8);
    case "int4":
      return quantized(weight, 4);
    default:
      return precision satisfies never;
  }
}

/** x [..., in] -> [..., out] */
export function multiply(x: Value, matrix: Matrix): Value {
  const { graph } = x;
  if (matrix.kind === "float") return linear(x, graph.weight(matrix.weight));
  const { bits, inSize, outSize, packed, scales } = matrix;
  return linearNBits(x, {
    bits,
    blockSize,
    inSize,
    outSize,
    packed: graph.weight(packed),
    scales: graph.weight(scales),
  });
}

function quantized(weight: Weight, bits: Bits): Matrix {
  const [outSize, inSize] = weight.shape as [number, number];
  const blocks = blocksPerRow(inSize);
  const compute = async () => {
    const { buffer, byteOffset, byteLength } = await weight.read();
    return quantizeBlocks(new Float32Array(buffer, byteOffset, byteLength / 4), inSize, bits);
  };
  // One after the other is written: the second finds what the first left, and nothing stays.
  let kept: ReturnType<typeof compute> | undefined;
  const once = () => {
    const result = kept ?? compute();
    kept = kept ? undefined : result;
    return result;
  };
  return {
    kind: "blocks",
    bits,
    inSize,
    outSize,
    packed: {
      name: `${weight.name}.packed`,
      type: "uint8",
      shape: [outSize, blocks, (blockSize * bits) / 8],
      read: async () => (await once()).packed,
    },
    scales: {
      name: `${weight.name}.scales`,
      type: "float32",
      shape: [outSize, blocks],
      read: async () => new Uint8Array((await once()).scales.buffer),
    },
  };
}
