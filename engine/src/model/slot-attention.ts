// Attention of the codec's decoder, which sees a window of the past: the new keys and values go to their slots first, and
// queries look at all slots. So every sum has one order, and a frame is the same to the last bit however a stream is cut
// into runs. In: queries, keys and values of one or more frames, those of the window before them by slots: position p
// lies in slot p % slots. Out: what the frames have gathered, and their keys and values, which the caller stores.
import type { AttentionSizes } from "../checkpoint/model-config.ts";
import { addDims, multiplyDims, type Dim } from "../graph/dim.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { add } from "../graph/ops-elementwise.ts";
import { matMul, matMulTransposed } from "../graph/ops-linear.ts";
import { softmax } from "../graph/ops-reduce.ts";
import { concat, reshape, scatterVectors, slice } from "../graph/ops-shape.ts";
import {
  attendWith,
  pastInputs,
  rotationInputs,
  type HeadsContext,
  type KeysValues,
  type RotationInputs,
} from "./attention.ts";

export type SlotInputs = RotationInputs & {
  /** Added to the scores; its last row is nobody's. [batch, 1, queries of a key head * frames + 1, slots] */
  mask: Value;
  /** Row, head and slot of each new frame's keys and values. int64 [batch, kvHeads, frames, 3] */
  places: Value;
  /** Of each layer, [batch, kvHeads, slots, headDim]; inputs `keys.N` and `values.N`. */
  past: KeysValues[];
};

/** Inputs of the graph that all layers share, and those of each layer. `slotWindowInputs` of codec-window.ts makes the shared ones. */
export function slotInputs(
  graph: Graph,
  sizes: AttentionSizes & { layers: number },
  { batch, frames, slots }: { batch: Dim; frames: Dim; slots: number },
): SlotInputs {
  const { heads, kvHeads } = sizes;
  const queries = addDims(multiplyDims(frames, heads / kvHeads), 1);
  return {
    ...rotationInputs(graph, sizes, { batch, frames }),
    mask: graph.input("mask", "float32", [batch, 1, queries, slots]),
    places: graph.input("places", "int64", [batch, kvHeads, frames, 3]),
    past: pastInputs(graph, sizes, [batch, kvHeads, slots, sizes.headDim]),
  };
}

export type SlotContext = HeadsContext & { inputs: SlotInputs; layer: number };

/** Heads that share keys lie together, and are as good as more frames: [batch, kvHeads, group * frames, headDim] */
function together(queries: Value, keys: Value): Value {
  const [batch, heads, frames, headDim] = queries.shape as [Dim, number, Dim, number];
  const kvHeads = keys.shape[1] as number;
  return reshape(queries, [batch, kvHeads, multiplyDims(frames, heads / kvHeads), headDim]);
}

/** qkv [batch, frames, (heads + 2 * kvHeads) * headDim] -> attended [batch, frames, heads * headDim] */
export function slotAttention(
  qkv: Value,
  context: SlotContext,
): { attended: Value; present: KeysValues } {
  const { inputs, layer } = context;
  const past = inputs.past[layer]!;
  return attendWith(qkv, context, (perHead, { keys, values }) => {
    const queries = together(perHead, keys);
    const allKeys = scatterVectors(past.keys, inputs.places, keys);
    const allValues = scatterVectors(past.values, inputs.places, values);
    // The runtime multiplies a lone row with another kernel, whose sums are rounded otherwise: nobody's row is beside it.
    const nobody = slice(queries, { axis: 2, start: 0, end: 1 });
    const scores = matMulTransposed(concat([queries, nobody], 2), allKeys, 1); // [batch, kvHeads, group * frames + 1, slots]
    const mixed = matMul(softmax(add(scores, inputs.mask)), allValues);
    return slice(mixed, { axis: 2, start: 0, end: -1 });
  });
}
