// The codec decoder's weights. In: the tensors of speech_tokenizer and their config. Out: one typed record of
// weights, read only when a graph is written, with scales folded into the products beside them.
// Follows modeling_qwen3_tts_tokenizer_v2.py of qwen-tts.
import {
  convNextExpansion,
  decoderKernels,
  residualDilations,
} from "../checkpoint/codec-inventory.ts";
import { decoderChannels, type CodecDecoderConfig } from "../checkpoint/codec-config.ts";
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

export type SnakeWeights = {
  /** What the sine's argument is multiplied by. [channels, 1, 1] */
  frequency: Weight;
  /** What its square is multiplied by. [channels, 1, 1] */
  gain: Weight;
};

export type CodecLayerWeights = {
  attentionNorm: Weight;
  /** Queries, keys and values of all heads. [(heads + 2 * kvHeads) * headDim, hidden] */
  qkv: Weight;
  attentionOutput: Weight;
  mlpNorm: Weight;
  /** [2 * intermediate, hidden] */
  gateUp: Weight;
  down: Weight;
};

export type ConvNextWeights = {
  depthwise: AffineWeights;
  norm: AffineWeights;
  widen: AffineWeights;
  narrow: AffineWeights;
};

export type ResidualUnitWeights = {
  dilation: number;
  activation1: SnakeWeights;
  conv1: AffineWeights;
  activation2: SnakeWeights;
  conv2: AffineWeights;
};

export type CodecBlockWeights = {
  rate: number;
  activation: SnakeWeights;
  /** A convolution over two columns that makes `rate` columns of each. [out * rate, in, 1, 2] */
  expand: AffineWeights;
  units: ResidualUnitWeights[];
};

export type CodecDecoderWeights = {
  /** The codebooks of all groups, one below the other. [groups * codebookSize, codebookDim / 2] */
  codebooks: Weight;
  /** For the semantic code's row beside the sum of the others. [codebookDim, codebookDim] */
  codebookOutput: Weight;
  preConv: AffineWeights;
  transformer: {
    input: AffineWeights;
    layers: CodecLayerWeights[];
    norm: Weight;
    output: AffineWeights;
  };
  /** `expand` is linear: it makes `factor` columns of one. [factor * latent, latent] */
  upsample: { factor: number; expand: AffineWeights; convNext: ConvNextWeights }[];
  input: AffineWeights;
  blocks: CodecBlockWeights[];
  activation: SnakeWeights;
  output: AffineWeights;
};

/** @throws EngineError if a tensor is missing or has another shape */
export function codecDecoderWeights(
  tensors: TensorTable,
  config: CodecDecoderConfig,
): CodecDecoderWeights {
  const { latentDim, codebookDim, hiddenSize, decoderDim } = config;
  const convolution = (name: string, shape: [number, number, number]) =>
    storedConvolution(tensors, name, shape);
  const transformer = "decoder.pre_transformer";
  const lastChannels = decoderChannels(config).at(-1)!;
  const lastIndex = config.upsampleRates.length + 1;
  return {
    ...quantizerWeights(tensors, config),
    preConv: convolution("decoder.pre_conv.conv", [latentDim, codebookDim, decoderKernels.preConv]),
    transformer: {
      input: storedAffine(tensors, `${transformer}.input_proj`, [hiddenSize, latentDim]),
      layers: Array.from({ length: config.layers }, (_, layer) =>
        layerWeights(tensors, config, `${transformer}.layers.${layer}`),
      ),
      norm: stored(tensors, `${transformer}.norm.weight`, [hiddenSize]),
      output: storedAffine(tensors, `${transformer}.output_proj`, [latentDim, hiddenSize]),
    },
    upsample: config.upsamplingRatios.map((factor, index) => ({
      factor,
      expand: linearExpansion(tensors, `decoder.upsample.${index}.0.conv`, [latentDim, factor]),
      convNext: convNextWeights(tensors, `decoder.upsample.${index}.1`, latentDim),
    })),
    input: convolution("decoder.decoder.0.conv", [decoderDim, latentDim, decoderKernels.input]),
    blocks: config.upsampleRates.map((_, index) => blockWeights(tensors, config, index)),
    activation: snakeWeights(tensors, `decoder.decoder.${lastIndex}`, lastChannels),
    output: convolution(`decoder.decoder.${lastIndex + 1}.conv`, [
      1,
      lastChannels,
      decoderKernels.output,
    ]),
  };
}

/** The least that upstream divides a codebook's sums by. */
const leastUsage = 1e-5;

function quantizerWeights(tensors: TensorTable, config: CodecDecoderConfig) {
  const { codebookSize, codebookDim, quantizers } = config;
  const rowSize = codebookDim / 2;
  const prefix = "decoder.quantizer";
  const books = Array.from({ length: quantizers }, (_, group) =>
    group === 0 ? `${prefix}.rvq_first.vq.layers.0` : `${prefix}.rvq_rest.vq.layers.${group - 1}`,
  ).map((name) => ({
    sums: tensors.get(`${name}._codebook.embedding_sum`, [codebookSize, rowSize]),
    usage: tensors.get(`${name}._codebook.cluster_usage`, [codebookSize]),
  }));
  const codebooks = folded("decoder.codebooks", [quantizers * codebookSize, rowSize], async () => {
    const rows = new Float32Array(quantizers * codebookSize * rowSize);
    for (const [group, { sums, usage }] of books.entries()) {
      const divisors = (await usage.read()).map((count) => Math.max(count, leastUsage));
      const means = mapRows(await sums.read(), divisors, (sum, divisor) => sum / divisor);
      rows.set(means, group * codebookSize * rowSize);
    }
    return rows;
  });
  return { codebooks, codebookOutput: codebookOutput(tensors, codebookDim) };
}

function codebookOutput(tensors: TensorTable, codebookDim: number): Weight {
  const rowSize = codebookDim / 2;
  const halves = ["rvq_first", "rvq_rest"].map((name) =>
    tensors.get(`decoder.quantizer.${name}.output_proj.weight`, [codebookDim, rowSize, 1]),
  );
  return folded("decoder.codebookOutput", [codebookDim, codebookDim], async () => {
    const both = new Float32Array(codebookDim * codebookDim);
    for (const [half, tensor] of halves.entries()) {
      const values = await tensor.read();
      for (let row = 0; row < codebookDim; row++) {
        const source = values.subarray(row * rowSize, (row + 1) * rowSize);
        both.set(source, row * codebookDim + half * rowSize);
      }
    }
    return both;
  });
}

function layerWeights(
  tensors: TensorTable,
  config: CodecDecoderConfig,
  name: string,
): CodecLayerWeights {
  const { hiddenSize, intermediateSize, heads, kvHeads, headDim } = config;
  const attention = `${name}.self_attn`;
  const mlp = `${name}.mlp`;
  const weight = (place: string, shape: [number, number]) =>
    tensors.get(`${place}_proj.weight`, shape);
  const attentionSize = heads * headDim;
  const keySize = kvHeads * headDim;
  return {
    attentionNorm: stored(tensors, `${name}.input_layernorm.weight`, [hiddenSize]),
    qkv: stacked(`${attention}.qkv`, [
      weight(`${attention}.q`, [attentionSize, hiddenSize]),
      weight(`${attention}.k`, [keySize, hiddenSize]),
      weight(`${attention}.v`, [keySize, hiddenSize]),
    ]),
    attentionOutput: scaled(
      weight(`${attention}.o`, [hiddenSize, attentionSize]),
      tensors.get(`${name}.self_attn_layer_scale.scale`, [hiddenSize]),
    ),
    mlpNorm: stored(tensors, `${name}.post_attention_layernorm.weight`, [hiddenSize]),
    gateUp: stacked(`${mlp}.gateUp`, [
      weight(`${mlp}.gate`, [intermediateSize, hiddenSize]),
      weight(`${mlp}.up`, [intermediateSize, hiddenSize]),
    ]),
    down: scaled(
      weight(`${mlp}.down`, [hiddenSize, intermediateSize]),
      tensors.get(`${name}.mlp_layer_scale.scale`, [hiddenSize]),
    ),
  };
}

/** A transposed convolution whose kernel is its stride: every column becomes `factor` columns by itself. */
function linearExpansion(
  tensors: TensorTable,
  name: string,
  [size, factor]: [size: number, factor: number],
): AffineWeights {
  const weight = tensors.get(`${name}.weight`, [size, size, factor]);
  const bias = tensors.get(`${name}.bias`, [size]);
  return {
    weight: folded(`${name}.weight`, [factor * size, size], async () => {
      const values = await weight.read();
      const rows = new Float32Array(values.length);
      for (let from = 0, i = 0; from < size; from++) {
        for (let to = 0; to < size; to++) {
          for (let column = 0; column < factor; column++, i++) {
            rows[(column * size + to) * size + from] = values[i]!;
          }
        }
      }
      return rows;
    }),
    bias: folded(`${name}.bias`, [factor * size], async () => {
      const values = await bias.read();
      return Float32Array.from({ length: factor * size }, (_, row) => values[row % size]!);
    }),
  };
}

/**
 * A transposed convolution whose kernel is twice its stride: every column of its output comes from two
 * columns of its input, so it is a plain convolution with `rate` times as many channels.
 */
function convolutionExpansion(
  tensors: TensorTable,
  name: string,
  { from, to, rate }: { from: number; to: number; rate: number },
): AffineWeights {
  const weight = tensors.get(`${name}.weight`, [from, to, 2 * rate]);
  const bias = tensors.get(`${name}.bias`, [to]);
  return {
    weight: folded(`${name}.weight`, [to * rate, from, 1, 2], async () => {
      const values = await weight.read();
      const taps = new Float32Array(values.length);
      for (let input = 0, i = 0; input < from; input++) {
        for (let output = 0; output < to; output++) {
          for (let column = 0; column < 2 * rate; column++, i++) {
            const row = output * rate + (column % rate);
            // What the column before last leaves behind comes first.
            const tap = column < rate ? 1 : 0;
            taps[(row * from + input) * 2 + tap] = values[i]!;
          }
        }
      }
      return taps;
    }),
    bias: folded(`${name}.bias`, [to * rate], async () => {
      const values = await bias.read();
      return Float32Array.from({ length: to * rate }, (_, i) => values[Math.floor(i / rate)]!);
    }),
  };
}

function convNextWeights(tensors: TensorTable, name: string, size: number): ConvNextWeights {
  const wide = convNextExpansion * size;
  const narrow = tensors.get(`${name}.pwconv2.weight`, [size, wide]);
  const narrowBias = tensors.get(`${name}.pwconv2.bias`, [size]);
  const gamma = tensors.get(`${name}.gamma`, [size]);
  return {
    depthwise: storedConvolution(tensors, `${name}.dwconv.conv`, [
      size,
      1,
      decoderKernels.convNext,
    ]),
    norm: storedAffine(tensors, `${name}.norm`, [size]),
    widen: storedAffine(tensors, `${name}.pwconv1`, [wide, size]),
    narrow: { weight: scaled(narrow, gamma), bias: scaled(narrowBias, gamma) },
  };
}

function blockWeights(
  tensors: TensorTable,
  config: CodecDecoderConfig,
  index: number,
): CodecBlockWeights {
  const channels = decoderChannels(config);
  const from = channels[index]!;
  const to = channels[index + 1]!;
  const rate = config.upsampleRates[index]!;
  const name = `decoder.decoder.${index + 1}.block`;
  return {
    rate,
    activation: snakeWeights(tensors, `${name}.0`, from),
    expand: convolutionExpansion(tensors, `${name}.1.conv`, { from, to, rate }),
    units: residualDilations.map((dilation, unit) => {
      const place = `${name}.${unit + 2}`;
      return {
        dilation,
        activation1: snakeWeights(tensors, `${place}.act1`, to),
        conv1: storedConvolution(tensors, `${place}.conv1.conv`, [to, to, decoderKernels.residual]),
        activation2: snakeWeights(tensors, `${place}.act2`, to),
        conv2: storedConvolution(tensors, `${place}.conv2.conv`, [to, to, 1]),
      };
    }),
  };
}

/** Upstream keeps the square's divisor from 0 with it. */
const leastDivisor = 1e-9;

function snakeWeights(tensors: TensorTable, name: string, size: number): SnakeWeights {
  const alpha = tensors.get(`${name}.alpha`, [size]);
  const beta = tensors.get(`${name}.beta`, [size]);
  return {
    frequency: folded(`${name}.frequency`, [size, 1, 1], async () =>
      (await alpha.read()).map(Math.exp),
    ),
    gain: folded(`${name}.gain`, [size, 1, 1], async () =>
      (await beta.read()).map((log) => 1 / (Math.exp(log) + leastDivisor)),
    ),
  };
}
