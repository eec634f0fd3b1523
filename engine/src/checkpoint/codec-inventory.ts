// Which tensors the 12 Hz codec has, by its config. In: a config. Out: every tensor's name and shape, of
// decoder and encoder.
// Follows modeling_qwen3_tts_tokenizer_v2.py of qwen-tts, and modeling_mimi.py of transformers for the encoder.
import {
  decoderChannels,
  type CodecConfig,
  type CodecDecoderConfig,
  type CodecEncoderConfig,
} from "./codec-config.ts";
import {
  attentionTensors,
  gatedMlpTensors,
  needed,
  withBias,
  type ExpectedTensor,
} from "./inventory.ts";

/** Kernel sizes that upstream has in its code, not in the config. */
export const decoderKernels = {
  preConv: 3,
  convNext: 7,
  input: 7,
  residual: 7,
  output: 7,
} as const;
/** A ConvNeXt block is wider inside by this factor. */
export const convNextExpansion = 4;
/** Of the three residual units of each block. */
export const residualDilations = [1, 3, 9] as const;

export function* codecDecoderTensors(config: CodecDecoderConfig): Generator<ExpectedTensor> {
  const { latentDim, codebookDim } = config;
  yield* rvqTensors("decoder.quantizer.rvq_first", config, 1);
  yield* rvqTensors("decoder.quantizer.rvq_rest", config, config.quantizers - 1);
  yield* withBias("decoder.pre_conv.conv", latentDim, codebookDim, decoderKernels.preConv);
  yield* preTransformerTensors("decoder.pre_transformer", config);
  for (const [index, factor] of config.upsamplingRatios.entries()) {
    yield* transposedTensors(`decoder.upsample.${index}.0.conv`, [latentDim, latentDim, factor]);
    yield* convNextTensors(`decoder.upsample.${index}.1`, latentDim);
  }
  yield* waveformTensors("decoder.decoder", config);
}

function* rvqTensors(
  name: string,
  { codebookSize, codebookDim }: CodecDecoderConfig,
  layers: number,
): Generator<ExpectedTensor> {
  const rowSize = codebookDim / 2;
  yield unneeded(`${name}.input_proj.weight`, rowSize, codebookDim, 1);
  yield needed(`${name}.output_proj.weight`, codebookDim, rowSize, 1);
  for (let layer = 0; layer < layers; layer++) {
    yield needed(`${name}.vq.layers.${layer}._codebook.cluster_usage`, codebookSize);
    yield needed(`${name}.vq.layers.${layer}._codebook.embedding_sum`, codebookSize, rowSize);
  }
}

function unneeded(name: string, ...shape: number[]): ExpectedTensor {
  return { name, shape, isNeeded: false };
}

function* preTransformerTensors(
  name: string,
  config: CodecDecoderConfig,
): Generator<ExpectedTensor> {
  const { hiddenSize, latentDim } = config;
  yield* withBias(`${name}.input_proj`, hiddenSize, latentDim);
  for (let index = 0; index < config.layers; index++) {
    const layer = `${name}.layers.${index}`;
    yield needed(`${layer}.input_layernorm.weight`, hiddenSize);
    yield* attentionTensors(`${layer}.self_attn`, config);
    yield needed(`${layer}.self_attn_layer_scale.scale`, hiddenSize);
    yield needed(`${layer}.post_attention_layernorm.weight`, hiddenSize);
    yield* gatedMlpTensors(`${layer}.mlp`, config);
    yield needed(`${layer}.mlp_layer_scale.scale`, hiddenSize);
  }
  yield needed(`${name}.norm.weight`, hiddenSize);
  yield* withBias(`${name}.output_proj`, latentDim, hiddenSize);
}

/** A transposed convolution stores [in, out, kernel]. */
function* transposedTensors(
  name: string,
  shape: [input: number, output: number, kernel: number],
): Generator<ExpectedTensor> {
  yield needed(`${name}.weight`, ...shape);
  yield needed(`${name}.bias`, shape[1]);
}

function* convNextTensors(name: string, size: number): Generator<ExpectedTensor> {
  yield* withBias(`${name}.dwconv.conv`, size, 1, decoderKernels.convNext);
  yield* withBias(`${name}.norm`, size);
  yield* withBias(`${name}.pwconv1`, convNextExpansion * size, size);
  yield* withBias(`${name}.pwconv2`, size, convNextExpansion * size);
  yield needed(`${name}.gamma`, size);
}

function* waveformTensors(name: string, config: CodecDecoderConfig): Generator<ExpectedTensor> {
  const channels = decoderChannels(config);
  const blocks = config.upsampleRates;
  yield* withBias(`${name}.0.conv`, channels[0]!, config.latentDim, decoderKernels.input);
  for (const [index, rate] of blocks.entries()) {
    const block = `${name}.${index + 1}.block`;
    const [input, output] = [channels[index]!, channels[index + 1]!];
    yield* snakeTensors(`${block}.0`, input);
    yield* transposedTensors(`${block}.1.conv`, [input, output, 2 * rate]);
    for (const unit of residualDilations.keys()) {
      yield* decoderResidualTensors(`${block}.${unit + 2}`, output);
    }
  }
  const last = channels.at(-1)!;
  yield* snakeTensors(`${name}.${blocks.length + 1}`, last);
  yield* withBias(`${name}.${blocks.length + 2}.conv`, 1, last, decoderKernels.output);
}

function* snakeTensors(name: string, size: number): Generator<ExpectedTensor> {
  yield needed(`${name}.alpha`, size);
  yield needed(`${name}.beta`, size);
}

function* decoderResidualTensors(name: string, size: number): Generator<ExpectedTensor> {
  yield* snakeTensors(`${name}.act1`, size);
  yield* withBias(`${name}.conv1.conv`, size, size, decoderKernels.residual);
  yield* snakeTensors(`${name}.act2`, size);
  yield* withBias(`${name}.conv2.conv`, size, size, 1);
}

export function* codecEncoderTensors(codec: CodecConfig): Generator<ExpectedTensor> {
  const { encoder } = codec;
  yield* stridedTensors("encoder.encoder", encoder);
  for (let layer = 0; layer < encoder.layers; layer++) {
    yield* encoderLayerTensors(`encoder.encoder_transformer.layers.${layer}`, encoder);
  }
  const { hiddenSize, downsample, semanticQuantizers: semantic, quantizers } = encoder;
  if (downsample !== null) {
    yield needed("encoder.downsample.conv.weight", hiddenSize, hiddenSize, downsample.kernelSize);
  }
  const used = codec.encoderValidQuantizers;
  const prefix = "encoder.quantizer";
  yield* encoderRvqTensors(`${prefix}.semantic_residual_vector_quantizer`, encoder, {
    stored: semantic,
    used: Math.min(semantic, used),
  });
  yield* encoderRvqTensors(`${prefix}.acoustic_residual_vector_quantizer`, encoder, {
    stored: quantizers - semantic,
    used: Math.max(0, used - semantic),
  });
}

/** Activations have no tensors but count as layers. */
function* stridedTensors(name: string, config: CodecEncoderConfig): Generator<ExpectedTensor> {
  let layer = 0;
  let size = config.filters;
  const next = (skipped = 0) => `${name}.layers.${(layer += 1 + skipped) - 1}`;
  yield* withBias(`${next()}.conv`, size, config.audioChannels, config.kernelSize);
  for (const ratio of config.upsamplingRatios.toReversed()) {
    const inner = Math.floor(size / config.compress);
    for (let unit = 0; unit < config.residualLayers; unit++) {
      const block = `${next()}.block`;
      yield* withBias(`${block}.1.conv`, inner, size, config.residualKernelSize);
      yield* withBias(`${block}.3.conv`, size, inner, 1);
    }
    yield* withBias(`${next(1)}.conv`, 2 * size, size, 2 * ratio);
    size *= 2;
  }
  yield* withBias(`${next(1)}.conv`, config.hiddenSize, size, config.lastKernelSize);
}

function* encoderLayerTensors(name: string, config: CodecEncoderConfig): Generator<ExpectedTensor> {
  const { hiddenSize, intermediateSize } = config;
  yield* withBias(`${name}.input_layernorm`, hiddenSize);
  yield* attentionTensors(`${name}.self_attn`, config);
  yield needed(`${name}.self_attn_layer_scale.scale`, hiddenSize);
  yield* withBias(`${name}.post_attention_layernorm`, hiddenSize);
  yield needed(`${name}.mlp.fc1.weight`, intermediateSize, hiddenSize);
  yield needed(`${name}.mlp.fc2.weight`, hiddenSize, intermediateSize);
  yield needed(`${name}.mlp_layer_scale.scale`, hiddenSize);
}

function* encoderRvqTensors(
  name: string,
  { hiddenSize, codebookSize, codebookDim }: CodecEncoderConfig,
  layers: { stored: number; used: number },
): Generator<ExpectedTensor> {
  if (codebookDim !== hiddenSize) {
    yield needed(`${name}.input_proj.weight`, codebookDim, hiddenSize, 1);
    yield unneeded(`${name}.output_proj.weight`, hiddenSize, codebookDim, 1);
  }
  for (let layer = 0; layer < layers.stored; layer++) {
    const codebook = `${name}.layers.${layer}.codebook`;
    const isNeeded = layer < layers.used;
    yield { name: `${codebook}.cluster_usage`, shape: [codebookSize], isNeeded };
    yield { name: `${codebook}.embed_sum`, shape: [codebookSize, codebookDim], isNeeded };
    yield unneeded(`${codebook}.initialized`, 1);
  }
}
