// The Qwen3 decoder, shared by talker and code predictor. In: rows for one or more positions, and the keys
// and values of the positions before them. Out: the last position, and the new keys and values.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerModel, Qwen3TTSTalkerCodePredictorModel).
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { addDims, symbol, type Dim } from "../graph/dim.ts";
import type { Value, Weight } from "../graph/graph.ts";
import { add, mul, silu } from "../graph/ops-elementwise.ts";
import { matMul, matMulTransposed } from "../graph/ops-linear.ts";
import { rmsNorm, softmax } from "../graph/ops-reduce.ts";
import {
  concat,
  reshape,
  slice,
  splitAt,
  squeeze,
  transpose,
  unsqueeze,
} from "../graph/ops-shape.ts";
import { stored } from "./codec-tensors.ts";
import { matrixOf, multiply, type Matrix, type Precision } from "./matrix.ts";

export type Qwen3LayerWeights = {
  inputLayernorm: Weight;
  /** Queries, keys and values of all heads. [(heads + 2 * kvHeads) * headDim, hidden] */
  qkv: Matrix;
  queryNorm: Weight;
  keyNorm: Weight;
  outputProjection: Matrix;
  postAttentionLayernorm: Weight;
  /** [2 * intermediate, hidden] */
  gateUp: Matrix;
  down: Matrix;
};

export type Qwen3Weights = { layers: Qwen3LayerWeights[]; norm: Weight };

/** @param prefix of the tensors' names, such as "talker.model" */
export function qwen3Weights(
  tensors: TensorTable,
  prefix: string,
  { config, precision }: { config: TransformerConfig; precision: Precision },
): Qwen3Weights {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config;
  const layer = (index: number): Qwen3LayerWeights => {
    const at = `${prefix}.layers.${index}`;
    const norm = (name: string, size: number) => stored(tensors, `${at}.${name}.weight`, [size]);
    const tensor = (name: string, rows: number, columns: number) =>
      tensors.get(`${at}.${name}.weight`, [rows, columns]);
    const matrix = (name: string, ...parts: ReturnType<typeof tensor>[]) =>
      matrixOf(`${at}.${name}`, parts, precision);
    return {
      inputLayernorm: norm("input_layernorm", hiddenSize),
      qkv: matrix(
        "qkv",
        tensor("self_attn.q_proj", heads * headDim, hiddenSize),
        tensor("self_attn.k_proj", kvHeads * headDim, hiddenSize),
        tensor("self_attn.v_proj", kvHeads * headDim, hiddenSize),
      ),
      queryNorm: norm("self_attn.q_norm", headDim),
      keyNorm: norm("self_attn.k_norm", headDim),
      outputProjection: matrix("o", tensor("self_attn.o_proj", hiddenSize, heads * headDim)),
      postAttentionLayernorm: norm("post_attention_layernorm", hiddenSize),
      gateUp: matrix(
        "gate_up",
        tensor("mlp.gate_proj", intermediateSize, hiddenSize),
        tensor("mlp.up_proj", intermediateSize, hiddenSize),
      ),
      down: matrix("down", tensor("mlp.down_proj", hiddenSize, intermediateSize)),
    };
  };
  return {
    layers: Array.from({ length: config.layers }, (_, index) => layer(index)),
    norm: stored(tensors, `${prefix}.norm.weight`, [hiddenSize]),
  };
}

const capacity = symbol("capacity");

/**
 * x [batch, time, hidden] -> the last position after the final norm, [batch, hidden]. Inputs of the graph beside
 * x: `mask` [batch, 1, 1, time, capacity + time], added to the scores; `cosine` and `sine` [batch, time, headDim]
 * (see rotary.ts); `lengths`, which is capacity and time; `keys.N` and `values.N` [batch, kvHeads, capacity, headDim]
 * for each layer.
 * Output `rows`: the new keys and values of all layers, [batch, layers * 2 * kvHeads, time, headDim].
 */
export function qwen3Decoder(x: Value, weights: Qwen3Weights, config: TransformerConfig): Value {
  const { graph } = x;
  const [batch, time] = x.shape as [Dim, Dim, Dim];
  const { headDim, kvHeads, rmsNormEps } = config;
  const inputs: AttentionInputs = {
    mask: graph.input("mask", "float32", [batch, 1, 1, time, addDims(capacity, time)]),
    cosine: graph.input("cosine", "float32", [batch, time, headDim]),
    sine: graph.input("sine", "float32", [batch, time, headDim]),
    lengths: graph.input("lengths", "int64", [2]),
  };
  let hidden = x;
  const rows: Value[] = [];
  for (const [index, layer] of weights.layers.entries()) {
    const shape = [batch, kvHeads, capacity, headDim];
    const keys = graph.input(`keys.${index}`, "float32", shape);
    const values = graph.input(`values.${index}`, "float32", shape);
    const result = layerOf(hidden, layer, { config, inputs, past: { keys, values } });
    hidden = result.hidden;
    rows.push(result.keys, result.values);
  }
  graph.output("rows", concat(rows, 1));
  const last = squeeze(slice(hidden, { axis: 1, start: -1 }), 1);
  return rmsNorm(last, graph.weight(weights.norm), rmsNormEps);
}

type AttentionInputs = { mask: Value; cosine: Value; sine: Value; lengths: Value };
type KeysValues = { keys: Value; values: Value };
type LayerContext = { config: TransformerConfig; inputs: AttentionInputs; past: KeysValues };

function layerOf(
  x: Value,
  weights: Qwen3LayerWeights,
  context: LayerContext,
): KeysValues & { hidden: Value } {
  const { graph } = x;
  const { rmsNormEps, intermediateSize } = context.config;
  const normed = rmsNorm(x, graph.weight(weights.inputLayernorm), rmsNormEps);
  const { attended, keys, values } = attention(multiply(normed, weights.qkv), weights, context);
  const middle = add(x, multiply(attended, weights.outputProjection));
  const widened = multiply(
    rmsNorm(middle, graph.weight(weights.postAttentionLayernorm), rmsNormEps),
    weights.gateUp,
  );
  const gate = slice(widened, { axis: 2, start: 0, end: intermediateSize });
  const up = slice(widened, { axis: 2, start: intermediateSize });
  const hidden = add(middle, multiply(mul(silu(gate), up), weights.down));
  return { hidden, keys, values };
}

/** qkv [batch, time, (heads + 2 * kvHeads) * headDim] -> attended [batch, time, heads * headDim] */
function attention(
  qkv: Value,
  weights: Qwen3LayerWeights,
  { config, inputs, past }: LayerContext,
): KeysValues & { attended: Value } {
  const { heads, kvHeads, headDim, rmsNormEps } = config;
  const { graph } = qkv;
  const [batch, time] = qkv.shape as [Dim, Dim, Dim];
  const all = reshape(qkv, [batch, time, heads + 2 * kvHeads, headDim]);
  const part = (start: number, count: number) => slice(all, { axis: 2, start, end: start + count }); // [batch, time, count, headDim]
  const query = rmsNorm(part(0, heads), graph.weight(weights.queryNorm), rmsNormEps);
  const key = rmsNorm(part(heads, kvHeads), graph.weight(weights.keyNorm), rmsNormEps);
  const keys = transpose(rotate(key, inputs), [0, 2, 1, 3]);
  const values = transpose(part(heads + kvHeads, kvHeads), [0, 2, 1, 3]);
  // Heads that share keys lie together.
  const grouped = [batch, kvHeads, heads / kvHeads, time, headDim];
  const queries = reshape(transpose(rotate(query, inputs), [0, 2, 1, 3]), grouped);
  const mixed = attend(queries, { past, present: { keys, values }, inputs });
  const perHead = transpose(reshape(mixed, [batch, heads, time, headDim]), [0, 2, 1, 3]);
  return { attended: reshape(perHead, [batch, time, heads * headDim]), keys, values };
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
  { past, present, inputs }: { past: KeysValues; present: KeysValues; inputs: AttentionInputs },
): Value {
  const scale = 1 / Math.sqrt(queries.shape[4] as number);
  const scores = [past, present].map(({ keys }) =>
    matMulTransposed(queries, unsqueeze(keys, 2), scale),
  ); // [batch, kvHeads, group, time, capacity or time]
  const weights = softmax(add(concat(scores, 4), inputs.mask));
  const sizes = scores.map(({ shape }) => shape[4]!);
  const [fromPast, fromPresent] = splitAt(weights, { axis: 4, lengths: inputs.lengths, sizes });
  return add(
    matMul(fromPast!, unsqueeze(past.values, 2)),
    matMul(fromPresent!, unsqueeze(present.values, 2)),
  );
}
