// What the 12 Hz codec is, from speech_tokenizer/config.json. In: the file. Out: the dimensions of decoder
// and encoder, in range and consistent with the rates that the file states.
// Follows configuration_qwen3_tts_tokenizer_v2.py of qwen-tts, and MimiConfig of transformers for the encoder.
import { readJsonFields, type JsonFields } from "./json-fields.ts";
import { attentionSizes, checkDefaultRope, type AttentionSizes } from "./model-config.ts";

export type CodecConfig = {
  decoder: CodecDecoderConfig;
  encoder: CodecEncoderConfig;
  /** Of the audio that the encoder takes. */
  inputSampleRate: number;
  outputSampleRate: number;
  /** Samples that the decoder makes of one frame. */
  decodeUpsampleRate: number;
  /** Samples that the encoder makes one frame of. */
  encodeDownsampleRate: number;
  /** Codes per frame that count of those the encoder can make. */
  encoderValidQuantizers: number;
};

export type CodecDecoderConfig = AttentionSizes & {
  codebookSize: number;
  /** Width of a decoded frame; a codebook's rows are half as wide. */
  codebookDim: number;
  latentDim: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  /** Positions that a query sees, its own included. */
  slidingWindow: number;
  ropeTheta: number;
  rmsNormEps: number;
  hiddenAct: "silu";
  /** Codes per frame; the first is the semantic one. */
  quantizers: number;
  /** Strides of the first, learned stage, then of the waveform decoder's blocks. */
  upsamplingRatios: readonly number[];
  upsampleRates: readonly number[];
  /** Channels before the first block; each block halves them. */
  decoderDim: number;
};

export type CodecEncoderConfig = AttentionSizes & {
  audioChannels: number;
  filters: number;
  kernelSize: number;
  residualKernelSize: number;
  lastKernelSize: number;
  /** Residual units before each stride. */
  residualLayers: number;
  dilationGrowthRate: number;
  /** A residual unit is narrower inside by this factor. */
  compress: number;
  /** Of the decoder that it was trained with: the encoder's strides are these from last to first. */
  upsamplingRatios: readonly number[];
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  hiddenAct: "gelu";
  normEps: number;
  ropeTheta: number;
  slidingWindow: number | null;
  /** The strided convolution behind the transformer; null where the strides alone give the frame rate. */
  downsample: { kernelSize: number; stride: number } | null;
  quantizers: number;
  semanticQuantizers: number;
  codebookSize: number;
  codebookDim: number;
};

/** @throws EngineError that names key, found and expected */
export async function readCodecConfig(path: string, label: string): Promise<CodecConfig> {
  return codecConfig(await readJsonFields(path, label));
}

export function codecConfig(fields: JsonFields): CodecConfig {
  if (fields.value("model_type") !== "qwen3_tts_tokenizer_12hz") {
    throw fields.fault(
      "model_type",
      '"qwen3_tts_tokenizer_12hz". Only the codec of the 12 Hz family is supported',
    );
  }
  const inputSampleRate = fields.sampleRate("input_sample_rate");
  const decoder = decoderConfig(fields.object("decoder_config"));
  const encoder = encoderConfig(fields.object("encoder_config"), inputSampleRate);
  checkRates(fields, decoder, encoder);
  const encoderValidQuantizers = fields.count("encoder_valid_num_quantizers");
  if (encoderValidQuantizers > encoder.quantizers) {
    throw fields.fault(
      "encoder_valid_num_quantizers",
      `at most encoder_config.num_quantizers, ${encoder.quantizers}`,
    );
  }
  return {
    decoder,
    encoder,
    inputSampleRate,
    outputSampleRate: fields.sampleRate("output_sample_rate"),
    decodeUpsampleRate: fields.size("decode_upsample_rate"),
    encodeDownsampleRate: fields.size("encode_downsample_rate"),
    encoderValidQuantizers,
  };
}

/** Channels of the waveform decoder: before its first block, then after each. */
export function decoderChannels({ decoderDim, upsampleRates }: CodecDecoderConfig): number[] {
  return [0, ...upsampleRates.map((_, block) => block + 1)].map((halvings) =>
    Math.floor(decoderDim / 2 ** halvings),
  );
}

function checkRates(
  fields: JsonFields,
  decoder: CodecDecoderConfig,
  encoder: CodecEncoderConfig,
): void {
  const decoded = product([...decoder.upsamplingRatios, ...decoder.upsampleRates]);
  if (fields.size("decode_upsample_rate") !== decoded) {
    throw fields.fault(
      "decode_upsample_rate",
      `${decoded}, the product of upsampling_ratios and upsample_rates`,
    );
  }
  const encoded = product(encoder.upsamplingRatios) * (encoder.downsample?.stride ?? 1);
  if (fields.size("encode_downsample_rate") !== encoded) {
    throw fields.fault(
      "encode_downsample_rate",
      `${encoded}, the product of the encoder's strides`,
    );
  }
}

function product(factors: readonly number[]): number {
  return factors.reduce((result, factor) => result * factor, 1);
}

/**
 * What a stream keeps of its past, in bytes, of one kind. No tensor bears witness to how far that past
 * reaches, and it is taken at once: fifty times what published models keep.
 */
const mostKept = 2 ** 28;
const floatBytes = 4;

function decoderConfig(fields: JsonFields): CodecDecoderConfig {
  checkDefaultRope(fields);
  fields.only("attention_bias", false);
  const config = {
    codebookSize: fields.size("codebook_size"),
    codebookDim: fields.size("codebook_dim"),
    latentDim: fields.size("latent_dim"),
    hiddenSize: fields.size("hidden_size"),
    intermediateSize: fields.size("intermediate_size"),
    layers: fields.count("num_hidden_layers"),
    ...attentionSizes(fields, "derived"),
    slidingWindow: fields.size("sliding_window"),
    ropeTheta: fields.positive("rope_theta"),
    rmsNormEps: fields.positive("rms_norm_eps"),
    hiddenAct: fields.only("hidden_act", "silu"),
    quantizers: fields.count("num_quantizers"),
    upsamplingRatios: fields.sizes("upsampling_ratios"),
    upsampleRates: fields.sizes("upsample_rates"),
    decoderDim: fields.size("decoder_dim"),
  };
  if (config.quantizers < 2) throw fields.fault("num_quantizers", "at least 2");
  if (config.codebookDim % 2 !== 0) throw fields.fault("codebook_dim", "an even number");
  const { layers, kvHeads, headDim } = config;
  const window = Math.floor(mostKept / (2 * layers * kvHeads * headDim * floatBytes));
  if (config.slidingWindow > window) {
    throw fields.fault("sliding_window", `at most ${window}: keys and values of so many frames`);
  }
  if (decoderChannels(config).at(-1) === 0) {
    const { length } = config.upsampleRates;
    throw fields.fault("decoder_dim", `a number that can be halved ${length} times`);
  }
  return config;
}

function encoderConfig(fields: JsonFields, inputSampleRate: number): CodecEncoderConfig {
  checkEncoderKind(fields);
  const upsamplingRatios = fields.sizes("upsampling_ratios");
  const config = {
    audioChannels: fields.only("audio_channels", 1),
    filters: fields.size("num_filters"),
    kernelSize: fields.size("kernel_size"),
    residualKernelSize: fields.size("residual_kernel_size"),
    lastKernelSize: fields.size("last_kernel_size"),
    residualLayers: fields.count("num_residual_layers"),
    dilationGrowthRate: fields.size("dilation_growth_rate"),
    compress: fields.size("compress"),
    upsamplingRatios,
    hiddenSize: fields.size("hidden_size"),
    intermediateSize: fields.size("intermediate_size"),
    layers: fields.count("num_hidden_layers"),
    ...attentionSizes(fields, "derived"),
    hiddenAct: fields.only("hidden_act", "gelu"),
    normEps: fields.positive("norm_eps"),
    ropeTheta: fields.positive("rope_theta"),
    slidingWindow: fields.has("sliding_window") ? fields.size("sliding_window") : null,
    downsample: downsampleOf(fields, upsamplingRatios, inputSampleRate),
    ...quantizerSizes(fields),
  };
  checkResiduals(fields, config);
  return config;
}

function checkResiduals(fields: JsonFields, config: CodecEncoderConfig): void {
  const { filters, residualKernelSize, residualLayers, dilationGrowthRate, compress } = config;
  if (compress > filters) throw fields.fault("compress", `at most num_filters, ${filters}`);
  const columns = (residualKernelSize - 1) * dilationGrowthRate ** (residualLayers - 1);
  const widest = filters * 2 ** (config.upsamplingRatios.length - 1);
  if (columns * widest * floatBytes > mostKept) {
    throw fields.fault("dilation_growth_rate", `less, with ${residualLayers} residual layers`);
  }
}

function checkEncoderKind(fields: JsonFields): void {
  checkDefaultRope(fields);
  fields.only("use_causal_conv", true);
  fields.only("pad_mode", "constant");
  fields.only("use_conv_shortcut", false);
  fields.only("attention_bias", false);
}

function quantizerSizes(fields: JsonFields) {
  const quantizers = fields.count("num_quantizers");
  const semanticQuantizers = fields.count("num_semantic_quantizers");
  if (semanticQuantizers >= quantizers) {
    throw fields.fault("num_semantic_quantizers", `fewer than num_quantizers, ${quantizers}`);
  }
  const codebookDim = fields.size("codebook_dim");
  // Residuals of the one are looked up in the other.
  if (fields.size("vector_quantization_hidden_dimension") !== codebookDim) {
    throw fields.fault("vector_quantization_hidden_dimension", `codebook_dim, ${codebookDim}`);
  }
  const codebookSize = fields.size("codebook_size");
  return { quantizers, semanticQuantizers, codebookSize, codebookDim };
}

/** MimiModel has it wherever the frame rate is not that of the strides, and always halves with it. */
const downsampleStride = 2;

function downsampleOf(fields: JsonFields, ratios: readonly number[], inputSampleRate: number) {
  const samplesPerSecond = fields.size("sampling_rate", inputSampleRate);
  const stridedRate = Math.ceil(samplesPerSecond / product(ratios));
  const key = fields.has("_frame_rate") ? "_frame_rate" : "frame_rate";
  const computedRate = samplesPerSecond / (product(ratios) * downsampleStride);
  const frameRate = fields.positive(key, computedRate);
  if (frameRate === stridedRate) return null;
  const factor = Math.trunc(stridedRate / frameRate);
  if (factor < 1) throw fields.fault(key, `at most ${stridedRate}, the rate of the strides`);
  return { kernelSize: 2 * factor, stride: downsampleStride };
}
