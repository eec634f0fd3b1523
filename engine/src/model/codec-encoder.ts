// The codec encoder at work: a recording -> frames of codes. In: loaded graphs, samples at the codec's rate. Out: a
// frame of codes for every `samplesPerFrame` samples, the last one for what is left. Only voices that are
// cloned need it.
import type { CodecConfig } from "../checkpoint/codec-config.ts";
import { EngineError } from "../engine-error.ts";
import { floats, type Session, type Tensor } from "../runtime/session.ts";
import {
  emptyMemories,
  memoryInputs,
  memoryOutput,
  type ConvolutionMemory,
} from "./codec-convolution.ts";
import { codecEncoderGraph, codecQuantizerGraph } from "./codec-encoder-graph.ts";
import { codecEncoderWeights, codecQuantizerWeights } from "./codec-encoder-weights.ts";
import { loadSession, type CodecSource, type LoadOptions } from "./codec-session.ts";
import { createCaches, storeRows, wholePastInputs, type WindowSizes } from "./codec-window.ts";
import { rotaryFrequencies } from "./rotary.ts";

export type CodecEncoder = {
  config: CodecConfig;
  encoder: Session;
  quantizer: Session;
  memories: readonly ConvolutionMemory[];
};

/** @throws EngineError if the checkpoint has not what its config says */
export async function loadCodecEncoder(
  { codecConfig, codecTensors }: CodecSource,
  options: LoadOptions,
): Promise<CodecEncoder> {
  const weights = codecEncoderWeights(codecTensors, codecConfig.encoder);
  const { graph, memories } = codecEncoderGraph(weights, codecConfig.encoder);
  const quantizerWeights = codecQuantizerWeights(codecTensors, codecConfig);
  return {
    config: codecConfig,
    encoder: await loadSession(graph, options),
    quantizer: await loadSession(codecQuantizerGraph(quantizerWeights, codecConfig), options),
    memories,
  };
}

/** What a run holds in memory grows with its rows; more of them make it no faster. */
const rowsPerRun = 32;

/** @returns [frames][groups] */
export async function encodeWave(
  encoder: CodecEncoder,
  samples: Float32Array,
): Promise<number[][]> {
  if (samples.length === 0) {
    throw new EngineError(
      "unsupported",
      "The recording has no samples. Send one with speech in it.",
    );
  }
  const { hiddenSize } = encoder.config.encoder;
  const hidden = await encodeRows(encoder, samples);
  const padded = padRows(hidden, encoder.config);
  const shape = [1, padded.length / hiddenSize, hiddenSize];
  const { codes } = await encoder.quantizer.run({ hidden: { data: padded, shape } });
  return framesOf(codes!);
}

/** The transformer's output for the whole recording, [rows, hidden]. */
async function encodeRows(encoder: CodecEncoder, samples: Float32Array): Promise<Float32Array> {
  const { encoder: config } = encoder.config;
  const samplesPerRow = config.upsamplingRatios.reduce((product, ratio) => product * ratio, 1);
  const rows = Math.ceil(samples.length / samplesPerRow);
  const window: WindowSizes = {
    ...config,
    slots: rows,
    rotaryFrequencies: rotaryFrequencies(config.headDim, config.ropeTheta),
  };
  const state = { ...createCaches(window), memories: emptyMemories(encoder.memories) };
  const hidden = new Float32Array(rows * config.hiddenSize);
  while (state.position < rows) {
    const first = state.position;
    const piece = samples.subarray(first * samplesPerRow, (first + rowsPerRun) * samplesPerRow);
    const count = Math.ceil(piece.length / samplesPerRow);
    const outputs = await encoder.encoder.run({
      wave: { data: piece, shape: [1, 1, 1, piece.length] },
      ...paddingInputs(piece.length, config.upsamplingRatios.toReversed()),
      ...wholePastInputs(window, [state], count),
      ...memoryInputs(encoder.memories, 1, (index) => state.memories[index]!),
    });
    hidden.set(floats(outputs, "hidden"), first * config.hiddenSize);
    state.memories = encoder.memories.map((memory) => floats(outputs, memoryOutput(memory)));
    storeRows(window, state, floats(outputs, "rows"));
  }
  return hidden;
}

/** Only the last piece is not a multiple of every stride. */
function paddingInputs(samples: number, strides: readonly number[]): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = {};
  let length = samples;
  for (const [index, stride] of strides.entries()) {
    const padded = Math.ceil(length / stride) * stride;
    const data = BigInt64Array.from([0n, BigInt(padded - length)]);
    inputs[`padding.${index}`] = { data, shape: [2] };
    length = padded / stride;
  }
  return inputs;
}

/** The first row repeated before all, the last behind them, as the downsampling wants them. */
function padRows(hidden: Float32Array, { encoder }: CodecConfig): Float32Array {
  const { hiddenSize, downsample } = encoder;
  if (downsample === null) return hidden;
  const rows = hidden.length / hiddenSize;
  const before = downsample.kernelSize - downsample.stride;
  const after = Math.ceil(rows / downsample.stride) * downsample.stride - rows;
  const padded = new Float32Array((before + rows + after) * hiddenSize);
  for (let row = 0; row < before; row++) {
    padded.set(hidden.subarray(0, hiddenSize), row * hiddenSize);
  }
  padded.set(hidden, before * hiddenSize);
  for (let row = before + rows; row < before + rows + after; row++) {
    padded.set(hidden.subarray(-hiddenSize), row * hiddenSize);
  }
  return padded;
}

/** [1, groups, frames] -> [frames][groups] */
function framesOf({ data, shape }: Tensor): number[][] {
  const [, groups, frames] = shape as [number, number, number];
  return Array.from({ length: frames }, (_, frame) =>
    Array.from({ length: groups }, (_, group) => Number(data[group * frames + frame])),
  );
}
