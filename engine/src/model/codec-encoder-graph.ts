// The codec encoder as two graphs. The first turns samples into rows, piece by piece, so that a long recording
// needs no more memory than a short one; the second turns all rows into codes. In: weights and config. Out:
// the graphs, and what the first remembers from run to run.
// Follows modeling_mimi.py of transformers.
import type { CodecConfig, CodecEncoderConfig } from "../checkpoint/codec-config.ts";
import { symbol, type Dim } from "../graph/dim.ts";
import { Graph, type Value } from "../graph/graph.ts";
import { add, elu, gelu, mul, neg, relu, sqrt, sub } from "../graph/ops-elementwise.ts";
import { conv1d, linear, matMulTransposed } from "../graph/ops-linear.ts";
import { argMax, layerNorm, sum } from "../graph/ops-reduce.ts";
import { concat, gather, padLastBy, unsqueeze } from "../graph/ops-shape.ts";
import {
  attention,
  attentionInputs,
  attentionOutput,
  scaleOnly,
  type AttentionContext,
} from "./attention.ts";
import {
  causalConv,
  toColumns,
  toRows,
  type ConvolutionContext,
  type ConvolutionMemory,
} from "./codec-convolution.ts";
import type {
  CodebookWeights,
  CodecEncoderWeights,
  CodecQuantizerWeights,
  EncoderLayerWeights,
  EncoderStageWeights,
  ResidualQuantizerWeights,
} from "./codec-encoder-weights.ts";
import type { AffineWeights } from "./tensor-weights.ts";

export type CodecEncoderGraph = { graph: Graph; memories: readonly ConvolutionMemory[] };

/**
 * Inputs beside those of the transformer and the memories: `wave` [1, 1, 1, samples], and for each stride
 * `padding.N` [2]: 0 and how many zeros follow the last column of its input to make it a multiple of the stride.
 * Outputs: `hidden` [1, rows, hidden] beside `rows` and the memories.
 */
export function codecEncoderGraph(
  weights: CodecEncoderWeights,
  config: CodecEncoderConfig,
): CodecEncoderGraph {
  const graph = new Graph("codec-encoder");
  const context: ConvolutionContext = { graph, batch: 1, memories: [] };
  const wave = graph.input("wave", "float32", [1, config.audioChannels, 1, symbol("samples")]);
  let columns = causalConv(context, wave, { weights: weights.input });
  for (const [index, stage] of weights.stages.entries()) {
    columns = encoderStage(context, columns, { ...stage, index });
  }
  const rows = toRows(causalConv(context, elu(columns), { weights: weights.output }));
  graph.output("hidden", transformer(rows, weights.layers, config));
  return { graph, memories: context.memories };
}

function encoderStage(
  context: ConvolutionContext,
  x: Value,
  { units, stride, shrink, index }: EncoderStageWeights & { index: number },
): Value {
  let columns = x;
  for (const { dilation, narrow, widen } of units) {
    const inner = causalConv(context, elu(columns), { weights: narrow, dilation });
    columns = add(columns, causalConv(context, elu(inner), { weights: widen }));
  }
  const padding = context.graph.input(`padding.${index}`, "int64", [2]);
  const padded = padLastBy(elu(columns), padding, symbol(`padded${index}`));
  return causalConv(context, padded, { weights: shrink, stride });
}

/** [1, rows, hidden] -> the same shape. Upstream sees the whole past here, whatever window the config has. */
function transformer(
  x: Value,
  layers: readonly EncoderLayerWeights[],
  config: CodecEncoderConfig,
): Value {
  const { graph } = x;
  const [batch, frames] = x.shape as [Dim, Dim];
  const past = symbol("past");
  const inputs = attentionInputs(graph, config, { batch, frames, past });
  const prepare = scaleOnly(graph, config);
  let hidden = x;
  const present = layers.map((weights, layer) => {
    const result = transformerLayer(hidden, weights, {
      sizes: config,
      inputs,
      layer,
      prepare,
      config,
    });
    hidden = result.hidden;
    return result.present;
  });
  attentionOutput(graph, present);
  return hidden;
}

function transformerLayer(
  x: Value,
  weights: EncoderLayerWeights,
  context: AttentionContext & { config: CodecEncoderConfig },
) {
  const { graph } = x;
  const norm = (input: Value, { weight, bias }: AffineWeights) => {
    const affine = { weight: graph.weight(weight), bias: graph.weight(bias) };
    return layerNorm(input, affine, context.config.normEps);
  };
  const qkv = linear(norm(x, weights.attentionNorm), graph.weight(weights.qkv));
  const { attended, present } = attention(qkv, context);
  const middle = add(x, linear(attended, graph.weight(weights.attentionOutput)));
  const wide = gelu(linear(norm(middle, weights.mlpNorm), graph.weight(weights.widen)));
  return { hidden: add(middle, linear(wide, graph.weight(weights.narrow))), present };
}

/**
 * Input `hidden` [1, rows, hidden]: all rows, with what the downsampling wants before and behind them.
 * Output `codes` [1, groups, frames].
 */
export function codecQuantizerGraph(
  weights: CodecQuantizerWeights,
  { encoder: { hiddenSize, downsample } }: CodecConfig,
): Graph {
  const graph = new Graph("codec-quantizer");
  const hidden = graph.input("hidden", "float32", [1, symbol("rows"), hiddenSize]);
  let rows = hidden;
  if (downsample !== null && weights.downsample !== null) {
    const weight = graph.weight(weights.downsample);
    rows = toRows(conv1d(toColumns(hidden), { weight }, { stride: downsample.stride }));
  }
  const codes = [...quantize(rows, weights.semantic), ...quantize(rows, weights.acoustic)];
  const groups = codes.map((ofGroup) => unsqueeze(ofGroup, 1));
  graph.output("codes", concat(groups, 1));
  return graph;
}

/** [1, frames, hidden] -> [1, frames] of each codebook */
function quantize(rows: Value, { input, codebooks }: ResidualQuantizerWeights): Value[] {
  const { graph } = rows;
  let residual = input === null ? rows : linear(rows, graph.weight(input));
  return codebooks.map((codebook) => {
    const code = nearest(residual, codebook);
    residual = sub(residual, gather(graph.weight(codebook.vectors), code));
    return code;
  });
}

/**
 * The row with the least Euclidean distance, the first of equals. These are upstream's float32 steps, one by
 * one, so that what is equal there is equal here: the root, too, makes near distances equal.
 */
function nearest(x: Value, { vectors, squaredLengths }: CodebookWeights): Value {
  const { graph } = x;
  const products = matMulTransposed(x, graph.weight(vectors), -2);
  const squared = add(add(products, sum(mul(x, x), 2)), graph.weight(squaredLengths));
  return argMax(neg(sqrt(relu(squared))));
}
