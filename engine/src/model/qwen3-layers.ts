// The Qwen3 decoder, shared by talker and code predictor. In: rows for one or more positions, and how its layers
// attend to the positions before them. Out: the last position.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerModel, Qwen3TTSTalkerCodePredictorModel).
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol, type Dim } from "../graph/dim.ts";
import type { Value, Weight } from "../graph/graph.ts";
import { mul, silu } from "../graph/ops-elementwise.ts";
import { addRmsNorm, rmsNorm } from "../graph/ops-reduce.ts";
import { slice, split, squeeze } from "../graph/ops-shape.ts";
import {
  attention,
  attentionInputs,
  attentionOutput,
  attentionScale,
  type AttentionContext,
  type KeysValues,
} from "./attention.ts";
import { stored, times } from "./tensor-weights.ts";
import { matrixOf, multiply, type Matrix, type Precision } from "./matrix.ts";

export type Qwen3LayerWeights = {
  inputLayernorm: Weight;
  /** Queries, keys and values of all heads. [(heads + 2 * kvHeads) * headDim, hidden] */
  qkv: Matrix;
  /** With the scale of attention in it. */
  scaledQueryNorm: Weight;
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
      scaledQueryNorm: times(norm("self_attn.q_norm", headDim), attentionScale(config)),
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

/** How a decoder's layers attend to what was before: as pooledAttention does, or carried-attention.ts. */
export type DecoderAttention = {
  /** qkv of a layer, [batch, frames, (heads + 2 * kvHeads) * headDim] -> [batch, frames, heads * headDim] */
  attend: (
    qkv: Value,
    layer: number,
    prepare: AttentionContext["prepare"],
  ) => { attended: Value; present: KeysValues };
  /** Makes outputs of what each layer had `present`. */
  output: (present: readonly KeysValues[]) => void;
};

/** Rows may stand anywhere, and their keys and values lie outside: inputs and the output `rows` of attention.ts. */
export function pooledAttention(
  { graph, shape }: Value,
  config: TransformerConfig,
): DecoderAttention {
  const [batch, frames] = shape as [Dim, Dim, Dim];
  const inputs = attentionInputs(graph, config, { batch, frames, past: symbol("capacity") });
  return {
    attend: (qkv, layer, prepare) => attention(qkv, { sizes: config, inputs, layer, prepare }),
    output: (present) => attentionOutput(graph, present),
  };
}

export type DecoderContext = { config: TransformerConfig; attention: DecoderAttention };

/** x [batch, time, hidden] -> the last position after the final norm, [batch, hidden] */
export function qwen3Decoder(x: Value, weights: Qwen3Weights, context: DecoderContext): Value {
  let stream: Stream = { sum: x, more: undefined };
  const rows: KeysValues[] = [];
  for (const [layer, layerWeights] of weights.layers.entries()) {
    const result = layerOf(stream, layerWeights, { ...context, layer });
    stream = result.stream;
    rows.push(result.present);
  }
  context.attention.output(rows);
  const { normed } = takeIn(stream, weights.norm, context.config);
  return squeeze(slice(normed, { axis: 1, start: -1 }), 1);
}

/** The residual stream: what was added last is added together with the next norm. */
type Stream = { sum: Value; more: Value | undefined };

function takeIn(
  { sum, more }: Stream,
  norm: Weight,
  { rmsNormEps: epsilon }: TransformerConfig,
): { sum: Value; normed: Value } {
  const weight = sum.graph.weight(norm);
  if (more === undefined) return { sum, normed: rmsNorm(sum, weight, epsilon) };
  return addRmsNorm(sum, more, { weight, epsilon });
}

function layerOf(
  x: Stream,
  weights: Qwen3LayerWeights,
  { config, attention, layer }: DecoderContext & { layer: number },
): { stream: Stream; present: KeysValues } {
  const { rmsNormEps, intermediateSize } = config;
  const headNorm = (weight: Weight) => (heads: Value) =>
    rmsNorm(heads, heads.graph.weight(weight), rmsNormEps);
  const before = takeIn(x, weights.inputLayernorm, config);
  const qkv = multiply(before.normed, weights.qkv);
  const { attended, present } = attention.attend(qkv, layer, {
    queries: headNorm(weights.scaledQueryNorm),
    keys: headNorm(weights.keyNorm),
  });
  const middle = takeIn(
    { sum: before.sum, more: multiply(attended, weights.outputProjection) },
    weights.postAttentionLayernorm,
    config,
  );
  const widened = multiply(middle.normed, weights.gateUp);
  const [gate, up] = split(widened, 2, [intermediateSize, intermediateSize]) as [Value, Value];
  const more = multiply(mul(silu(gate), up), weights.down);
  return { stream: { sum: middle.sum, more }, present };
}
