// Attention of all transformers here: talker, code predictor, the codec's decoder and encoder. In: queries, keys and values of one or more
// frames, and the keys and values of positions before them, which may lie in any order: a mask says which
// count. Out: what the frames have gathered, and their keys and values, which the caller keeps.
// Follows modeling_qwen3_tts.py and modeling_qwen3_tts_tokenizer_v2.py of qwen-tts, modeling_mimi.py of transformers.
import type { AttentionSizes } from "../checkpoint/model-config.ts";
import { addDims, type Dim } from "../graph/dim.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { add, mul } from "../graph/ops-elementwise.ts";
import { matMul, matMulTransposed } from "../graph/ops-linear.ts";
import { softmax } from "../graph/ops-reduce.ts";
import { concat, cut, reshape, slice, transpose, unsqueeze } from "../graph/ops-shape.ts";

export type KeysValues = { keys: Value; values: Value };

export type AttentionInputs = {
  /** Added to the scores: first the past, then the frames. [batch, 1, 1, frames, past + frames] */
  mask: Value;
  /** [batch, frames, headDim] */
  cosine: Value;
  /** Its first half negated. [batch, frames, headDim] */
  sine: Value;
  /** Of each layer, [batch, kvHeads, past, headDim]; inputs `keys.N` and `values.N`. */
  past: KeysValues[];
};

/** Inputs of the graph that all layers share, and those of each layer. */
export function attentionInputs(
  graph: Graph,
  { kvHeads, headDim, layers }: AttentionSizes & { layers: number },
  { batch, frames, past }: { batch: Dim; frames: Dim; past: Dim },
): AttentionInputs {
  const shape = [batch, kvHeads, past, headDim];
  return {
    mask: graph.input("mask", "float32", [batch, 1, 1, frames, addDims(past, frames)]),
    cosine: graph.input("cosine", "float32", [batch, frames, headDim]),
    sine: graph.input("sine", "float32", [batch, frames, headDim]),
    past: Array.from({ length: layers }, (_, layer) => ({
      keys: graph.input(`keys.${layer}`, "float32", shape),
      values: graph.input(`values.${layer}`, "float32", shape),
    })),
  };
}

/** Output `rows`: the new keys and values of all layers, [batch, layers * 2 * kvHeads, frames, headDim]. */
export function attentionOutput(graph: Graph, present: readonly KeysValues[]): void {
  graph.output(
    "rows",
    concat(
      present.flatMap(({ keys, values }) => [keys, values]),
      1,
    ),
  );
}

export type AttentionContext = {
  sizes: AttentionSizes;
  inputs: AttentionInputs;
  layer: number;
  /** What is done to each head of the queries and of the keys, [batch, frames, heads, headDim], before it turns. */
  norms?: { query: (x: Value) => Value; key: (x: Value) => Value };
};

/** qkv [batch, frames, (heads + 2 * kvHeads) * headDim] -> attended [batch, frames, heads * headDim] */
export function attention(
  qkv: Value,
  { sizes: { heads, kvHeads, headDim }, inputs, layer, norms }: AttentionContext,
): { attended: Value; present: KeysValues } {
  const [batch, frames] = qkv.shape as [Dim, Dim, Dim];
  const all = reshape(qkv, [batch, frames, heads + 2 * kvHeads, headDim]);
  const part = (start: number, end: number) => slice(all, { axis: 2, start, end });
  const straight = norms
    ? concat([norms.query(part(0, heads)), norms.key(part(heads, heads + kvHeads))], 2)
    : part(0, heads + kvHeads);
  const turned = rotate(straight, inputs);
  const byHead = transpose(turned, [0, 2, 1, 3]);
  const present = {
    keys: slice(byHead, { axis: 1, start: heads }),
    values: transpose(part(heads + kvHeads, heads + 2 * kvHeads), [0, 2, 1, 3]),
  };
  // Heads that share keys lie together.
  const grouped = [batch, kvHeads, heads / kvHeads, frames, headDim];
  const queries = reshape(slice(byHead, { axis: 1, start: 0, end: heads }), grouped);
  const mixed = attend(queries, { past: inputs.past[layer]!, present, mask: inputs.mask });
  const perHead = transpose(reshape(mixed, [batch, heads, frames, headDim]), [0, 2, 1, 3]);
  return { attended: reshape(perHead, [batch, frames, heads * headDim]), present };
}

/** Rotary embedding of every head, in the variant that turns the halves of a head against each other. */
function rotate(x: Value, { cosine, sine }: AttentionInputs): Value {
  const half = (x.shape[3] as number) / 2;
  const halves = [slice(x, { axis: 3, start: half }), slice(x, { axis: 3, start: 0, end: half })];
  return add(mul(x, unsqueeze(cosine, 2)), mul(concat(halves, 3), unsqueeze(sine, 2)));
}

/** One softmax over past and present, which are never joined: the past would be copied. */
function attend(
  queries: Value,
  { past, present, mask }: { past: KeysValues; present: KeysValues; mask: Value },
): Value {
  const scale = 1 / Math.sqrt(queries.shape[4] as number);
  const scores = [past, present].map(({ keys }) =>
    matMulTransposed(queries, unsqueeze(keys, 2), scale),
  ); // [batch, kvHeads, group, frames, past or frames]
  const weights = softmax(add(concat(scores, 4), mask));
  const [toPast, toPresent] = cut(weights, 4, scores as [Value, Value]);
  return add(
    matMul(toPast, unsqueeze(past.values, 2)),
    matMul(toPresent, unsqueeze(present.values, 2)),
  );
}
