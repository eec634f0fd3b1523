// The transformer of the codec decoder, which sees a window of the past. In: rows of one or more frames, and
// the keys and values of the positions before them. Out: rows, and the new keys and values. Past positions may
// lie in any order: a mask says which count.
// Follows modeling_qwen3_tts_tokenizer_v2.py of qwen-tts.
import type { CodecDecoderConfig } from "../checkpoint/codec-config.ts";
import { addDims, type Dim } from "../graph/dim.ts";
import type { Value } from "../graph/graph.ts";
import { add, mul, silu } from "../graph/ops-elementwise.ts";
import { linear, matMul, matMulTransposed } from "../graph/ops-linear.ts";
import { rmsNorm, softmax } from "../graph/ops-reduce.ts";
import { concat, reshape, slice, transpose, unsqueeze } from "../graph/ops-shape.ts";
import type { AffineWeights } from "./codec-tensors.ts";
import type { CodecDecoderWeights, CodecLayerWeights } from "./codec-weights.ts";

/** How many past positions a run is given: all that the first of its frames may see. */
export function pastPositions({ slidingWindow }: CodecDecoderConfig): number {
  // A tensor without elements is trouble; a slot that the mask always closes is none.
  return Math.max(slidingWindow - 1, 1);
}

/**
 * x [batch, frames, latentDim] -> the same shape. Inputs of the graph beside x:
 * `mask` [batch, 1, 1, frames, past + frames], added to the scores; `cosine` and `sine` [batch, frames, headDim], the sine
 * with its first half negated; `keys.N` and `values.N` [batch, kvHeads, past, headDim] for each layer.
 * Output `rows`: the new keys and values of all layers, [batch, layers * 2 * kvHeads, frames, headDim].
 */
export function transformer(
  x: Value,
  weights: CodecDecoderWeights["transformer"],
  config: CodecDecoderConfig,
): Value {
  const { graph } = x;
  const [batch, frames] = x.shape as [Dim, Dim, Dim];
  const { headDim, kvHeads, rmsNormEps } = config;
  const past = pastPositions(config);
  const inputs: AttentionInputs = {
    mask: graph.input("mask", "float32", [batch, 1, 1, frames, addDims(frames, past)]),
    cosine: graph.input("cosine", "float32", [batch, frames, headDim]),
    sine: graph.input("sine", "float32", [batch, frames, headDim]),
  };
  let hidden = affine(x, weights.input);
  const rows: Value[] = [];
  for (const [index, layer] of weights.layers.entries()) {
    const shape = [batch, kvHeads, past, headDim];
    const keys = graph.input(`keys.${index}`, "float32", shape);
    const values = graph.input(`values.${index}`, "float32", shape);
    const result = layerOf(hidden, layer, { config, inputs, past: { keys, values } });
    hidden = result.hidden;
    rows.push(result.keys, result.values);
  }
  graph.output("rows", concat(rows, 1));
  return affine(rmsNorm(hidden, graph.weight(weights.norm), rmsNormEps), weights.output);
}

type AttentionInputs = { mask: Value; cosine: Value; sine: Value };
type KeysValues = { keys: Value; values: Value };
type LayerContext = { config: CodecDecoderConfig; inputs: AttentionInputs; past: KeysValues };

function layerOf(
  x: Value,
  weights: CodecLayerWeights,
  context: LayerContext,
): KeysValues & { hidden: Value } {
  const { graph } = x;
  const { rmsNormEps, intermediateSize } = context.config;
  const normed = rmsNorm(x, graph.weight(weights.attentionNorm), rmsNormEps);
  const { attended, keys, values } = attention(linear(normed, graph.weight(weights.qkv)), context);
  const middle = add(x, linear(attended, graph.weight(weights.attentionOutput)));
  const widened = linear(
    rmsNorm(middle, graph.weight(weights.mlpNorm), rmsNormEps),
    graph.weight(weights.gateUp),
  );
  const gate = slice(widened, { axis: 2, start: 0, end: intermediateSize });
  const up = slice(widened, { axis: 2, start: intermediateSize });
  const hidden = add(middle, linear(mul(silu(gate), up), graph.weight(weights.down)));
  return { hidden, keys, values };
}

/** qkv [batch, frames, (heads + 2 * kvHeads) * headDim] -> attended [batch, frames, heads * headDim] */
function attention(
  qkv: Value,
  { config: { heads, kvHeads, headDim }, inputs, past }: LayerContext,
): KeysValues & { attended: Value } {
  const [batch, frames] = qkv.shape as [Dim, Dim, Dim];
  const all = reshape(qkv, [batch, frames, heads + 2 * kvHeads, headDim]);
  const turned = rotate(slice(all, { axis: 2, start: 0, end: heads + kvHeads }), inputs);
  const byHead = transpose(turned, [0, 2, 1, 3]);
  const keys = slice(byHead, { axis: 1, start: heads });
  const values = transpose(slice(all, { axis: 2, start: heads + kvHeads }), [0, 2, 1, 3]);
  // Heads that share keys lie together.
  const grouped = [batch, kvHeads, heads / kvHeads, frames, headDim];
  const queries = reshape(slice(byHead, { axis: 1, start: 0, end: heads }), grouped);
  const mixed = attend(queries, { past, present: { keys, values }, mask: inputs.mask });
  const perHead = transpose(reshape(mixed, [batch, heads, frames, headDim]), [0, 2, 1, 3]);
  return { attended: reshape(perHead, [batch, frames, heads * headDim]), keys, values };
}

/** Rotary embedding of every head, in the variant that turns the halves of a head against each other. */
function rotate(x: Value, { cosine, sine }: AttentionInputs): Value {
  const half = (x.shape[3] as number) / 2;
  const swapped = concat(
    [slice(x, { axis: 3, start: half }), slice(x, { axis: 3, start: 0, end: half })],
    3,
  );
  return add(mul(x, unsqueeze(cosine, 2)), mul(swapped, unsqueeze(sine, 2)));
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
  const pastCount = past.keys.shape[2] as number;
  const fromPast = slice(weights, { axis: 4, start: 0, end: pastCount });
  const fromPresent = slice(weights, { axis: 4, start: pastCount });
  return add(
    matMul(fromPast, unsqueeze(past.values, 2)),
    matMul(fromPresent, unsqueeze(present.values, 2)),
  );
}

function affine(x: Value, { weight, bias }: AffineWeights): Value {
  return add(linear(x, x.graph.weight(weight)), x.graph.weight(bias));
}
