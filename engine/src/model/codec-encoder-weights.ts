// The codec encoder's weights. In: the tensors of speech_tokenizer and their config. Out: typed records of
// weights, read only when a graph is written.
// Follows modeling_mimi.py of transformers.
import type { CodecConfig, CodecEncoderConfig } from "../checkpoint/codec-config.ts";
import type { TensorTable } from "../checkpoint/tensor-table.ts";
import type { Weight } from "../graph/graph.ts";
import {
  folded,
  mapRows,
  scaled,
  stacked,
  stored,
  storedAffine,
  storedConvolution,
  type AffineWeights,
} from "./tensor-weights.ts";

export type EncoderStageWeights = {
  units: { dilation: number; narrow: AffineWeights; widen: AffineWeights }[];
  stride: number;
  shrink: AffineWeights;
};

export type EncoderLayerWeights = {
  attentionNorm: AffineWeights;
  qkv: Weight;
  attentionOutput: Weight;
  mlpNorm: AffineWeights;
  widen: Weight;
  narrow: Weight;
};

export type CodecEncoderWeights = {
  input: AffineWeights;
  stages: EncoderStageWeights[];
  output: AffineWeights;
  layers: EncoderLayerWeights[];
};

/** Codebooks that are searched one after the other, each for what those before have left. */
export type ResidualQuantizerWeights = {
  /** Absent where the codebooks are as wide as the transformer. [codebookDim, hidden] */
  input: Weight | null;
  codebooks: CodebookWeights[];
};

export type CodebookWeights = {
  /** [codebookSize, codebookDim] */
  vectors: Weight;
  /** [codebookSize] */
  squaredLengths: Weight;
};

export type CodecQuantizerWeights = {
  /** [hidden, hidden, 1, kernel] */
  downsample: Weight | null;
  semantic: ResidualQuantizerWeights;
  acoustic: ResidualQuantizerWeights;
};

/** @throws EngineError if a tensor is missing or has another shape */
export function codecEncoderWeights(
  tensors: TensorTable,
  config: CodecEncoderConfig,
): CodecEncoderWeights {
  const name = "encoder.encoder";
  const { filters, audioChannels, kernelSize, lastKernelSize, hiddenSize } = config;
  // Activations have no tensors but count as layers.
  const stageLayers = config.residualLayers + 2;
  const strides = config.upsamplingRatios.toReversed();
  const lastFilters = filters * 2 ** strides.length;
  const lastLayer = 1 + strides.length * stageLayers + 1;
  return {
    input: storedConvolution(tensors, `${name}.layers.0.conv`, [
      filters,
      audioChannels,
      kernelSize,
    ]),
    stages: strides.map((stride, stage) =>
      stageWeights(tensors, config, {
        stride,
        filters: filters * 2 ** stage,
        layerName: (layer) => `${name}.layers.${1 + stage * stageLayers + layer}`,
      }),
    ),
    output: storedConvolution(tensors, `${name}.layers.${lastLayer}.conv`, [
      hiddenSize,
      lastFilters,
      lastKernelSize,
    ]),
    layers: Array.from({ length: config.layers }, (_, layer) =>
      layerWeights(tensors, config, `encoder.encoder_transformer.layers.${layer}`),
    ),
  };
}

type Stage = { stride: number; filters: number; layerName: (layer: number) => string };

function stageWeights(
  tensors: TensorTable,
  { residualLayers, compress, residualKernelSize, dilationGrowthRate }: CodecEncoderConfig,
  { stride, filters, layerName }: Stage,
): EncoderStageWeights {
  const inner = Math.floor(filters / compress);
  return {
    units: Array.from({ length: residualLayers }, (_, unit) => {
      const block = `${layerName(unit)}.block`;
      return {
        dilation: dilationGrowthRate ** unit,
        narrow: storedConvolution(tensors, `${block}.1.conv`, [inner, filters, residualKernelSize]),
        widen: storedConvolution(tensors, `${block}.3.conv`, [filters, inner, 1]),
      };
    }),
    stride,
    shrink: storedConvolution(tensors, `${layerName(residualLayers + 1)}.conv`, [
      2 * filters,
      filters,
      2 * stride,
    ]),
  };
}

function layerWeights(
  tensors: TensorTable,
  config: CodecEncoderConfig,
  name: string,
): EncoderLayerWeights {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config;
  const projection = (which: string, size: number) =>
    tensors.get(`${name}.self_attn.${which}_proj.weight`, [size, hiddenSize]);
  return {
    attentionNorm: storedAffine(tensors, `${name}.input_layernorm`, [hiddenSize]),
    qkv: stacked(`${name}.self_attn.qkv`, [
      projection("q", heads * headDim),
      projection("k", kvHeads * headDim),
      projection("v", kvHeads * headDim),
    ]),
    attentionOutput: scaled(
      tensors.get(`${name}.self_attn.o_proj.weight`, [hiddenSize, heads * headDim]),
      tensors.get(`${name}.self_attn_layer_scale.scale`, [hiddenSize]),
    ),
    mlpNorm: storedAffine(tensors, `${name}.post_attention_layernorm`, [hiddenSize]),
    widen: stored(tensors, `${name}.mlp.fc1.weight`, [intermediateSize, hiddenSize]),
    narrow: scaled(
      tensors.get(`${name}.mlp.fc2.weight`, [hiddenSize, intermediateSize]),
      tensors.get(`${name}.mlp_layer_scale.scale`, [hiddenSize]),
    ),
  };
}

/** Only the codebooks that count: a checkpoint stores more. */
export function codecQuantizerWeights(
  tensors: TensorTable,
  { encoder, encoderValidQuantizers }: CodecConfig,
): CodecQuantizerWeights {
  const { hiddenSize, downsample, semanticQuantizers } = encoder;
  const shape = downsample && [hiddenSize, hiddenSize, downsample.kernelSize];
  const semantic = Math.min(semanticQuantizers, encoderValidQuantizers);
  return {
    downsample: shape && {
      ...stored(tensors, "encoder.downsample.conv.weight", shape),
      shape: [shape[0]!, shape[1]!, 1, shape[2]!],
    },
    semantic: residualQuantizer(tensors, encoder, { kind: "semantic", count: semantic }),
    acoustic: residualQuantizer(tensors, encoder, {
      kind: "acoustic",
      count: encoderValidQuantizers - semantic,
    }),
  };
}

function residualQuantizer(
  tensors: TensorTable,
  { hiddenSize, codebookDim, codebookSize }: CodecEncoderConfig,
  { kind, count }: { kind: "semantic" | "acoustic"; count: number },
): ResidualQuantizerWeights {
  const name = `encoder.quantizer.${kind}_residual_vector_quantizer`;
  const isProjected = codebookDim !== hiddenSize;
  const input = `${name}.input_proj.weight`;
  return {
    input: isProjected
      ? {
          ...stored(tensors, input, [codebookDim, hiddenSize, 1]),
          shape: [codebookDim, hiddenSize],
        }
      : null,
    codebooks: Array.from({ length: count }, (_, layer) =>
      codebook(tensors, `${name}.layers.${layer}.codebook`, [codebookSize, codebookDim]),
    ),
  };
}

/** The least that upstream divides a codebook's sums by. */
const leastUsage = 1e-5;

function codebook(
  tensors: TensorTable,
  name: string,
  [size, width]: [size: number, width: number],
): CodebookWeights {
  const sums = tensors.get(`${name}.embed_sum`, [size, width]);
  const usage = tensors.get(`${name}.cluster_usage`, [size]);
  const read = async () => {
    const divisors = (await usage.read()).map((count) => Math.max(count, leastUsage));
    return mapRows(await sums.read(), divisors, (sum, divisor) => sum / divisor);
  };
  return {
    vectors: folded(`${name}.vectors`, [size, width], read),
    squaredLengths: folded(`${name}.squaredLengths`, [size], async () => {
      const vectors = await read();
      return Float32Array.from({ length: size }, (_, code) =>
        vectors
          .subarray(code * width, (code + 1) * width)
          .reduce((sum, value) => sum + value * value, 0),
      );
    }),
  };
}
