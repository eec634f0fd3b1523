// Convolutions that see only the past and go on where the run before stopped. In: columns of a graph under
// construction. Out: columns, and a list of what has to be remembered from run to run: an input and an output of
// the graph each. Who keeps it is not its business.
import type { Dim } from "../graph/dim.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { conv1d } from "../graph/ops-linear.ts";
import { concat, reshape, slice, transpose, unsqueeze } from "../graph/ops-shape.ts";
import type { Tensor } from "../runtime/session.ts";
import type { AffineWeights } from "./tensor-weights.ts";

/** The last `columns` columns of a convolution's input, which has `time` of them a run. It begins as zeros. */
export type ConvolutionMemory = { name: string; channels: number; columns: number; time: Dim };

export type ConvolutionContext = { graph: Graph; batch: Dim; memories: ConvolutionMemory[] };

export type CausalConvolution = {
  weights: AffineWeights;
  stride?: number;
  dilation?: number;
  groups?: number;
};

/** [batch, in, 1, time] -> [batch, out, 1, time / stride] */
export function causalConv(
  context: ConvolutionContext,
  x: Value,
  { weights: { weight, bias }, stride = 1, dilation = 1, groups = 1 }: CausalConvolution,
): Value {
  const { graph } = context;
  const columns = (weight.shape[3]! - 1) * dilation + 1 - stride;
  const seen = columns === 0 ? x : remember(context, x, columns);
  const affine = { weight: graph.weight(weight), bias: graph.weight(bias) };
  return conv1d(seen, affine, { stride, dilation, groups });
}

function remember(
  { graph, batch, memories }: ConvolutionContext,
  x: Value,
  columns: number,
): Value {
  const [, channels, , time] = x.shape as [Dim, number, Dim, Dim];
  const memory = { name: `memory.${memories.length}`, channels, columns, time };
  memories.push(memory);
  const past = graph.input(memory.name, "float32", [batch, channels, 1, columns]);
  const seen = concat([past, x], 3);
  graph.output(memoryOutput(memory), slice(seen, { axis: 3, start: -columns }));
  return seen;
}

/** The output that the memory's next value comes in; the input has its name. */
export function memoryOutput({ name }: ConvolutionMemory): string {
  return `${name}.next`;
}

export function emptyMemories(memories: readonly ConvolutionMemory[]): Float32Array[] {
  return memories.map(({ channels, columns }) => new Float32Array(channels * columns));
}

/** @param data of all rows of the batch, for each memory */
export function memoryInputs(
  memories: readonly ConvolutionMemory[],
  batch: number,
  data: (index: number) => Float32Array,
): Record<string, Tensor> {
  return Object.fromEntries(
    memories.map(({ name, channels, columns }, index) => [
      name,
      { data: data(index), shape: [batch, channels, 1, columns] },
    ]),
  );
}

/** [batch, size, 1, time] -> [batch, time, size] */
export function toRows(x: Value): Value {
  const [batch, size, , time] = x.shape as [Dim, Dim, Dim, Dim];
  return reshape(transpose(x, [0, 3, 2, 1]), [batch, time, size]);
}

/** [batch, time, size] -> [batch, size, 1, time] */
export function toColumns(x: Value): Value {
  return transpose(unsqueeze(x, 1), [0, 3, 1, 2]);
}
