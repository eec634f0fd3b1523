// Weights of a graph made from tensors of a checkpoint. In: tensors. Out: weights that are read, and folded
// with one another, only while a graph is written. Knows no model.
import type { CheckpointTensor, TensorTable } from "../checkpoint/tensor-table.ts";
import type { Weight } from "../graph/graph.ts";

/** What a weight needs to know of a tensor. */
export type ReadableTensor = Pick<CheckpointTensor, "shape" | "read">;

/** Of a linear layer or a convolution; the bias is for the first dimension of the weight. */
export type AffineWeights = { weight: Weight; bias: Weight };

export function folded(
  name: string,
  shape: readonly number[],
  read: () => Promise<Float32Array>,
): Weight {
  return {
    name,
    type: "float32",
    shape,
    read: async () => {
      const { buffer, byteOffset, byteLength } = await read();
      return new Uint8Array(buffer, byteOffset, byteLength);
    },
  };
}

/** A tensor as it is. */
export function stored(tensors: TensorTable, name: string, shape: readonly number[]): Weight {
  const tensor = tensors.get(name, shape);
  return folded(name, shape, () => tensor.read());
}

/** A weight multiplied by a number. */
export function times(weight: Weight, factor: number): Weight {
  return folded(weight.name, weight.shape, async () => {
    const { buffer, byteOffset, byteLength } = await weight.read();
    return new Float32Array(buffer, byteOffset, byteLength / 4).map((value) => value * factor);
  });
}

/** `NAME.weight` and `NAME.bias` as they are. */
export function storedAffine(
  tensors: TensorTable,
  name: string,
  shape: readonly number[],
): AffineWeights {
  return {
    weight: stored(tensors, `${name}.weight`, shape),
    bias: stored(tensors, `${name}.bias`, [shape[0]!]),
  };
}

/** The same for a convolution over time, [out, in, kernel], as a two-dimensional one: [out, in, 1, kernel]. */
export function storedConvolution(
  tensors: TensorTable,
  name: string,
  shape: readonly [out: number, input: number, kernel: number],
): AffineWeights {
  const { weight, bias } = storedAffine(tensors, name, shape);
  return { weight: { ...weight, shape: [shape[0], shape[1], 1, shape[2]] }, bias };
}

/** Matrices of equal width, one below the other: one product instead of several. */
export function stacked(name: string, matrices: readonly ReadableTensor[]): Weight {
  const rows = matrices.reduce((sum, { shape }) => sum + shape[0]!, 0);
  const width = matrices[0]!.shape[1]!;
  return folded(name, [rows, width], async () => {
    const all = new Float32Array(rows * width);
    let offset = 0;
    for (const matrix of matrices) {
      const values = await matrix.read();
      all.set(values, offset);
      offset += values.length;
    }
    return all;
  });
}

/** A tensor whose rows are multiplied by a scale each: what follows the product moved into it. */
export function scaled(tensor: CheckpointTensor, scale: CheckpointTensor): Weight {
  return folded(tensor.name, tensor.shape, async () =>
    mapRows(await tensor.read(), await scale.read(), (value, factor) => value * factor),
  );
}

/** `change` each value of a row together with the one of `perRow`. */
export function mapRows(
  values: Float32Array,
  perRow: Float32Array,
  change: (value: number, ofRow: number) => number,
): Float32Array {
  const width = values.length / perRow.length;
  return values.map((value, index) => change(value, perRow[Math.floor(index / width)]!));
}
