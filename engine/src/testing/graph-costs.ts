// What a graph costs on any machine. In: a graph under construction, whose weights nobody reads. Out: bytes of weights
// that a run reads, bytes that a run gives back. And a table of tensors that have shapes only, to build graphs of full
// size from, and one whose tensors are random, to run small ones.
import type { ExpectedTensor } from "../checkpoint/inventory.ts";
import type { CheckpointTensor, TensorTable } from "../checkpoint/tensor-table.ts";
import type { Dim } from "../graph/dim.ts";
import { bytesPerElement, type Graph } from "../graph/graph.ts";
import { byteLengthOf } from "../graph/onnx-model.ts";
import { uniformNoise } from "../model/noise.ts";

/** @throws Error when a weight is read */
export function unreadTensors(expected: Iterable<ExpectedTensor>): TensorTable {
  return tableOf(expected, (): never => {
    throw new Error("These tensors have shapes only");
  });
}

/** Always the same numbers, between -0.5 and 0.5, for the same names. */
export function seededTensors(expected: Iterable<ExpectedTensor>): TensorTable {
  return tableOf(expected, (name, size) => {
    const seed = [...name].reduce(
      (sum, letter) => (31 * sum + letter.codePointAt(0)!) % 2 ** 32,
      7,
    );
    return Float32Array.from({ length: size }, (_, index) => uniformNoise(seed, index, 0) - 0.5);
  });
}

function tableOf(
  expected: Iterable<ExpectedTensor>,
  valuesOf: (name: string, size: number) => Float32Array,
): TensorTable {
  const shapes = new Map([...expected].map(({ name, shape }) => [name, shape]));
  return {
    label: "shapes",
    files: [],
    has: (name) => shapes.has(name),
    names: () => shapes.keys(),
    entry: () => undefined,
    get(name, shape): CheckpointTensor {
      const known = shapes.get(name);
      if (known?.join() !== shape.join()) throw new Error(`${name} is no tensor of this shape`);
      const location = { path: "", offset: 0, byteLength: 0 };
      const [rows, ...rest] = shape as [number, ...number[]];
      const width = rest.reduce((product, size) => product * size, 1);
      const values = () => valuesOf(name, rows * width);
      const readRowsSync = (first: number, count: number) =>
        values().subarray(first * width, (first + count) * width);
      return {
        ...{ name, shape, type: "F32", location, readRowsSync },
        read: () => Promise.resolve(values()),
        readRows: (first, count) => Promise.resolve(readRowsSync(first, count)),
      };
    },
  };
}

/** Of tables that rows are picked from a run reads next to nothing. */
export function weightBytesRead({ nodes, weights }: Graph): number {
  const tables = new Set(nodes.filter(({ op }) => op === "Gather").map(({ inputs }) => inputs[0]));
  return weights
    .filter(({ name }) => !tables.has(name))
    .reduce((sum, weight) => sum + byteLengthOf(weight), 0);
}

/** The runtime copies each output. @param sizes of the names in the outputs' shapes */
export function outputBytes({ outputs }: Graph, sizes: Record<string, number>): number {
  return outputs.reduce(
    (sum, { type, shape }) =>
      sum +
      shape.reduce<number>((product, dim) => product * sizeOf(dim, sizes), bytesPerElement[type]),
    0,
  );
}

function sizeOf(dim: Dim, sizes: Record<string, number>): number {
  if (typeof dim === "number") return dim;
  let sum = dim.constant;
  for (const [name, coefficient] of dim.terms) {
    const size = sizes[name];
    if (size === undefined) throw new Error(`An output grows with ${name}`);
    sum += coefficient * size;
  }
  return sum;
}
