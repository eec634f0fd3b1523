// The Qwen3 decoder, shared by talker and code predictor. In: rows for one or more positions, and the keys
// and values of the positions before them. Out: the last position, and the new keys and values.
// Follows modeling_qwen3_tts.py of qwen-tts (Qwen3TTSTalkerModel, Qwen3TTSTalkerCodePredictorModel).
import type { TransformerConfig } from "../checkpoint/model-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import { symbol, type Dim } from "../graph/dim.ts";
import type { Value, Weight } from "../graph/graph.ts";
import { add, mul, silu } from "../graph/ops-elementwise.ts";
import { rmsNorm } from "../graph/ops-reduce.ts";
import { slice, squeeze } from "../graph/ops-shape.ts";
import {
  attention,
  attentionInputs,
  attentionOutput,
  type AttentionInputs,
  type KeysValues,
} from "./attention.ts";
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

/**
 * x [batch, time, hidden] -> the last position after the final norm, [batch, hidden]. The other inputs and the output
 * `rows` are those of attention.ts.
 */
export function qwen3Decoder(x: Value, weights: Qwen3Weights, config: TransformerConfig): Value {
  const { graph } = x;
  const [batch, frames] = x.shape as [Dim, Dim, Dim];
  const inputs = attentionInputs(graph, config, { batch, frames, past: symbol("capacity") });
  let hidden = x;
  const rows: KeysValues[] = [];
  for (const [layer, layerWeights] of weights.layers.entries()) {
    const result = layerOf(hidden, layerWeights, { config, inputs, layer });
    hidden = result.hidden;
    rows.push(result.present);
  }
  attentionOutput(graph, rows);
  const last = squeeze(slice(hidden, { axis: 1, start: -1 }), 1);
  return rmsNorm(last, graph.weight(weights.norm), config.rmsNormEps);
}

type LayerContext = { config: TransformerConfig; inputs: AttentionInputs; layer: number };

function layerOf(
  x: Value,
  weights: Qwen3LayerWeights,
  { config, inputs, layer }: LayerContext,
): { hidden: Value; present: KeysValues } {
  const { rmsNormEps, intermediateSize } = config;
  const norm = (value: Value, weight: Weight) => rmsNorm(value, x.graph.weight(weight), rmsNormEps);
  const qkv = multiply(norm(x, weights.inputLayernorm), weights.qkv);
  const { attended, present } = attention(qkv, {
    sizes: config,
    inputs,
    layer,
    norms: {
      query: (heads) => norm(heads, weights.queryNorm),
      key: (heads) => norm(heads, weights.keyNorm),
    },
  });
  const middle = add(x, multiply(attended, weights.outputProjection));
  const widened = multiply(norm(middle, weights.postAttentionLayernorm), weights.gateUp);
  const gate = slice(widened, { axis: 2, start: 0, end: intermediateSize });
  const up = slice(widened, { axis: 2, start: intermediateSize });
  return { hidden: add(middle, multiply(mul(silu(gate), up), weights.down)), present };
}
