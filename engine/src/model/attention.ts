// Attention of talker, code predictor and the codec's encoder, and what its decoder's has in common with it (slot-attention.ts).
// In: queries, keys and values of one or more frames, and the keys and values of positions before them, which may lie in any
// order: a mask says which count. Out: what the frames have gathered, and their keys and values, which the caller keeps.
// Follows modeling_qwen3_tts.py and modeling_qwen3_tts_tokenizer_v2.py of qwen-tts, modeling_mimi.py of transformers.
import type { AttentionSizes } from "../checkpoint/model-config.ts";
import { addDims, multiplyDims, type Dim, type Shape } from "../graph/dim.ts";
import type { Graph, Value } from "../graph/graph.ts";
import { add, mul } from "../graph/ops-elementwise.ts";
import { matMul, matMulTransposed, rotate, type AngleTables } from "../graph/ops-linear.ts";
import { softmax } from "../graph/ops-reduce.ts";
import { concat, cut, reshape, split, transpose, unsqueeze } from "../graph/ops-shape.ts";

export type KeysValues = { keys: Value; values: Value };

export type RotationInputs = {
  /** [batch * frames, headDim / 2] */
  angles: AngleTables;
  /** Of each frame, its row of the tables. int64 [batch, frames] */
  angleRows: Value;
};

export type AttentionInputs = RotationInputs & {
  /** Added to the scores: first the past, then the frames. [batch, 1, 1, frames, past + frames] */
  mask: Value;
  /** Past and frames. int64 [2] */
  lengths: Value;
  /** Of each layer, [batch, kvHeads, 1, past, headDim]; inputs `keys.N` and `values.N`. */
  past: KeysValues[];
};

type LayerSizes = AttentionSizes & { layers: number };

/** Inputs of the graph that all layers share, and those of each layer. `attentionFeeds` makes the shared ones. */
export function attentionInputs(
  graph: Graph,
  sizes: LayerSizes,
  { batch, frames, past }: { batch: Dim; frames: Dim; past: Dim },
): AttentionInputs {
  const { kvHeads, headDim } = sizes;
  return {
    mask: graph.input("mask", "float32", [batch, 1, 1, frames, addDims(past, frames)]),
    ...rotationInputs(graph, sizes, { batch, frames }),
    lengths: graph.input("lengths", "int64", [2]),
    past: pastInputs(graph, sizes, [batch, kvHeads, 1, past, headDim]),
  };
}

export function rotationInputs(
  graph: Graph,
  { headDim }: AttentionSizes,
  { batch, frames }: { batch: Dim; frames: Dim },
): RotationInputs {
  const table = [multiplyDims(batch, frames), headDim / 2];
  return {
    angles: {
      cosine: graph.input("cosine", "float32", table),
      sine: graph.input("sine", "float32", table),
    },
    angleRows: graph.input("angle_rows", "int64", [batch, frames]),
  };
}

/** @param shape of a layer's keys, and of its values */
export function pastInputs(
  graph: Graph,
  { layers }: Pick<LayerSizes, "layers">,
  shape: Shape,
): KeysValues[] {
  return Array.from({ length: layers }, (_, layer) => ({
    keys: graph.input(`keys.${layer}`, "float32", shape),
    values: graph.input(`values.${layer}`, "float32", shape),
  }));
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

export type HeadsContext = {
  sizes: AttentionSizes;
  inputs: RotationInputs;
  /** What is done to each head of the queries and of the keys, [batch, heads, frames, headDim], before it turns. */
  prepare: { queries: (x: Value) => Value; keys: (x: Value) => Value };
};

export type AttentionContext = HeadsContext & { inputs: AttentionInputs; layer: number };

/** What every head's queries are multiplied by; it may be part of `prepare`, which costs nothing. */
export function attentionScale({ headDim }: AttentionSizes): number {
  return 1 / Math.sqrt(headDim);
}

/** For transformers without norms of heads. */
export function scaleOnly(graph: Graph, sizes: AttentionSizes): AttentionContext["prepare"] {
  const scale = graph.constant("float32", attentionScale(sizes));
  return { queries: (x) => mul(x, scale), keys: (x) => x };
}

/** qkv [batch, frames, (heads + 2 * kvHeads) * headDim] -> attended [batch, frames, heads * headDim] */
export function attention(
  qkv: Value,
  context: AttentionContext,
): { attended: Value; present: KeysValues } {
  const { inputs, layer } = context;
  return attendWith(qkv, context, (queries, present) =>
    attend(apart(queries, present), { past: inputs.past[layer]!, present, inputs }),
  );
}

/** queries [batch, heads, frames, headDim] -> [batch, kvHeads, queries of a key head, frames, headDim] */
function apart(queries: Value, { keys }: KeysValues): Value {
  const [batch, heads, frames, headDim] = queries.shape as [Dim, number, Dim, number];
  const kvHeads = keys.shape[1] as number;
  return reshape(queries, [batch, kvHeads, heads / kvHeads, frames, headDim]);
}

/**
 * As `attention`, with another way to gather.
 * @param gather queries [batch, heads, frames, headDim] and what is present, to as many numbers in this order
 */
export function attendWith(
  qkv: Value,
  { sizes: { heads, kvHeads, headDim }, inputs, prepare }: HeadsContext,
  gather: (queries: Value, present: KeysValues) => Value,
): { attended: Value; present: KeysValues } {
  const [batch, frames] = qkv.shape as [Dim, Dim, Dim];
  const all = reshape(qkv, [batch, frames, heads + 2 * kvHeads, headDim]);
  const parts = split(transpose(all, [0, 2, 1, 3]), 1, [heads, kvHeads, kvHeads]);
  const [queries, keys, values] = parts as [Value, Value, Value];
  const turned = (x: Value) => rotate(x, inputs.angleRows, inputs.angles);
  const present = { keys: turned(prepare.keys(keys)), values };
  const mixed = gather(turned(prepare.queries(queries)), present);
  const perHead = transpose(reshape(mixed, [batch, heads, frames, headDim]), [0, 2, 1, 3]);
  return { attended: reshape(perHead, [batch, frames, heads * headDim]), present };
}

/**
 * One softmax over past and present, which are never joined: the past would be copied. Nor do heads that share keys go into one
 * product: the runtime takes keys as they lie for a lone row only.
 */
function attend(
  queries: Value,
  { past, present, inputs }: { past: KeysValues; present: KeysValues; inputs: AttentionInputs },
): Value {
  const [keys, values] = [unsqueeze(present.keys, 2), unsqueeze(present.values, 2)];
  const scores = [past.keys, keys].map((each) => matMulTransposed(queries, each, 1)); // [batch, kvHeads, group, frames, past or frames]
  const weights = softmax(add(concat(scores, 4), inputs.mask));
  const dims: [Dim, Dim] = [past.keys.shape[3]!, keys.shape[3]!];
  const [toPast, toPresent] = cut(weights, 4, { lengths: inputs.lengths, dims });
  return add(matMul(toPast, past.values), matMul(toPresent, values));
}
