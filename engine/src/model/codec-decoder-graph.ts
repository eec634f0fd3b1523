// The codec decoder as three graphs for any number of frames a run: codes -> latents, which looks far back and costs
// little; latents -> columns, which has most of the weights; columns -> waveform, which looks a few frames back and has
// most of the work. In: weights and config. Out: the graphs, and what they remember from run to run: the last columns of each convolution's input, and the keys and
// values of the last positions. Who keeps them is not its business.
// Follows modeling_qwen3_tts_tokenizer_v2.py of qwen-tts.
import type { CodecDecoderConfig } from "../checkpoint/codec-config.ts";
import { multiplyDims, symbol, type Dim, type SymbolicDim } from "../graph/dim.ts";
import { Graph, type Value } from "../graph/graph.ts";
import { add, clip, gelu, mul, sin } from "../graph/ops-elementwise.ts";
import { linear } from "../graph/ops-linear.ts";
import { layerNorm, sum } from "../graph/ops-reduce.ts";
import { concat, gather, reshape, slice, transpose } from "../graph/ops-shape.ts";
import { affine } from "./affine.ts";
import {
  causalConv,
  toColumns,
  toRows,
  type ConvolutionContext,
  type ConvolutionMemory,
} from "./codec-convolution.ts";
import { windowTransformer } from "./codec-transformer.ts";
import type { AffineWeights } from "./tensor-weights.ts";
import type {
  CodecBlockWeights,
  CodecDecoderWeights,
  ConvNextWeights,
  ResidualUnitWeights,
  SnakeWeights,
} from "./codec-weights.ts";

export type CodecGraph = { graph: Graph; memories: readonly ConvolutionMemory[] };

const frames = symbol("frames");

function emptyContext(name: string): ConvolutionContext {
  return { graph: new Graph(name), batch: symbol("batch"), memories: [] };
}

/** Input `codes` [batch, groups, frames], output `latents` [batch, frames, latentDim]. */
export function codecLatentsGraph(
  weights: CodecDecoderWeights,
  config: CodecDecoderConfig,
): CodecGraph {
  const context = emptyContext("codec-latents");
  const { graph, batch, memories } = context;
  const codes = graph.input("codes", "int64", [batch, config.quantizers, frames]);
  const quantized = dequantize(codes, weights, config); // [batch, codebookDim, 1, frames]
  const latent = causalConv(context, quantized, { weights: weights.preConv });
  graph.output("latents", windowTransformer(toRows(latent), weights.transformer, config));
  return { graph, memories };
}

/**
 * Input `latents` [batch, frames, latentDim], output `columns` [batch, channels, 1, columnsPerFrame * frames], behind the
 * first of the blocks.
 */
export function codecColumnsGraph(
  weights: CodecDecoderWeights,
  { latentDim }: CodecDecoderConfig,
): CodecGraph {
  const context = emptyContext("codec-columns");
  const { graph, batch, memories } = context;
  let upsampled = graph.input("latents", "float32", [batch, frames, latentDim]);
  for (const { factor, expand, convNext } of weights.upsample) {
    upsampled = convNextBlock(context, expandRows(upsampled, expand, factor), convNext);
  }
  const columns = causalConv(context, toColumns(upsampled), { weights: weights.input });
  graph.output("columns", decoderBlock(context, columns, weights.blocks[0]!));
  return { graph, memories };
}

/** Input `columns` as above, output `wave` [batch, 1, 1, samples]. */
export function codecWaveGraph(weights: CodecDecoderWeights): CodecGraph {
  const context = emptyContext("codec-wave");
  const { graph, batch, memories } = context;
  const { channels, perFrame } = columnsShape(weights);
  const time = multiplyDims(frames, perFrame);
  let wave = graph.input("columns", "float32", [batch, channels, 1, time]);
  for (const block of weights.blocks.slice(1)) wave = decoderBlock(context, wave, block);
  wave = causalConv(context, snake(wave, weights.activation), { weights: weights.output });
  graph.output("wave", clip(wave, { min: -1, max: 1 }));
  return { graph, memories };
}

/** Of the columns between the two. */
function columnsShape({ upsample, blocks: [first] }: CodecDecoderWeights): {
  channels: number;
  perFrame: number;
} {
  const perFrame = upsample.reduce((product, { factor }) => product * factor, first!.rate);
  return { channels: blockChannels(first!), perFrame };
}

/** What is older than so many frames has left nothing in the memories: their convolutions follow one another. */
export function framesRemembered(memories: readonly ConvolutionMemory[]): number {
  const columnsPerFrame = ({ time }: ConvolutionMemory) =>
    (time as SymbolicDim).terms.get(String(frames))!;
  return Math.ceil(
    memories.reduce((sum, memory) => sum + memory.columns / columnsPerFrame(memory), 0),
  );
}

/** [batch, groups, frames] -> [batch, codebookDim, 1, frames] */
function dequantize(
  codes: Value,
  weights: CodecDecoderWeights,
  { codebookSize, codebookDim, quantizers }: CodecDecoderConfig,
): Value {
  const { graph } = codes;
  const batch = codes.shape[0]!;
  const firstRows = Array.from({ length: quantizers }, (_, group) => group * codebookSize);
  const rows = add(codes, graph.constant("int64", firstRows, [quantizers, 1]));
  const found = gather(graph.weight(weights.codebooks), rows); // [batch, groups, frames, rowSize]
  const semantic = slice(found, { axis: 1, start: 0, end: 1 });
  const acoustic = sum(slice(found, { axis: 1, start: 1 }), 1);
  const both = concat([semantic, acoustic], 3); // [batch, 1, frames, codebookDim]
  const output = linear(both, graph.weight(weights.codebookOutput));
  return toColumns(reshape(output, [batch, frames, codebookDim]));
}

/** [batch, time, size] -> [batch, factor * time, size] */
function expandRows(x: Value, weights: AffineWeights, factor: number): Value {
  const [batch, time, size] = x.shape as [Dim, Dim, Dim];
  return reshape(affine(x, weights), [batch, multiplyDims(time, factor), size]);
}

const convNextEpsilon = 1e-6;

function convNextBlock(context: ConvolutionContext, x: Value, weights: ConvNextWeights): Value {
  const { graph } = context;
  const groups = x.shape[2] as number;
  const mixed = causalConv(context, toColumns(x), { weights: weights.depthwise, groups });
  const { weight, bias } = weights.norm;
  const norm = { weight: graph.weight(weight), bias: graph.weight(bias) };
  const normed = layerNorm(toRows(mixed), norm, convNextEpsilon);
  return add(x, affine(gelu(affine(normed, weights.widen)), weights.narrow));
}

function blockChannels({ expand, rate }: CodecBlockWeights): number {
  return expand.bias.shape[0]! / rate;
}

/** [batch, in, 1, time] -> [batch, out, 1, rate * time] */
function decoderBlock(context: ConvolutionContext, x: Value, block: CodecBlockWeights): Value {
  const { rate, activation, expand, units } = block;
  const expanded = causalConv(context, snake(x, activation), { weights: expand });
  const [batch, , , time] = x.shape as [Dim, Dim, Dim, Dim];
  const channels = blockChannels(block);
  const apart = transpose(reshape(expanded, [batch, channels, rate, time]), [0, 1, 3, 2]);
  let wave = reshape(apart, [batch, channels, 1, multiplyDims(time, rate)]);
  for (const unit of units) wave = residualUnit(context, wave, unit);
  return wave;
}

function residualUnit(context: ConvolutionContext, x: Value, unit: ResidualUnitWeights): Value {
  const { dilation, activation1, conv1, activation2, conv2 } = unit;
  const wide = causalConv(context, snake(x, activation1), { weights: conv1, dilation });
  return add(causalConv(context, snake(wide, activation2), { weights: conv2 }), x);
}

/** `x + gain * sin(frequency * x)^2` */
function snake(x: Value, { frequency, gain }: SnakeWeights): Value {
  const { graph } = x;
  const wave = sin(mul(x, graph.weight(frequency)));
  return add(x, mul(mul(wave, wave), graph.weight(gain)));
}
