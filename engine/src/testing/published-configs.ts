// The published Qwen3-TTS-12Hz checkpoints' config files. In: size and variant. Out: the files' contents, key
// by key as published where their values were seen (the 1.7B ones' geometry is corroborated, see docs/model.md).
export type PublishedSize = "0.6b" | "1.7b";
export type PublishedVariant = "custom_voice" | "voice_design" | "base";

export type ConfigFiles = {
  config: Record<string, unknown>;
  generation: Record<string, unknown>;
  codec: Record<string, unknown>;
};

export function publishedConfigs(size: PublishedSize, variant: PublishedVariant): ConfigFiles {
  const hiddenSize = size === "0.6b" ? 1024 : 2048;
  return {
    config: {
      architectures: ["Qwen3TTSForConditionalGeneration"],
      assistant_token_id: 77091,
      im_end_token_id: 151645,
      im_start_token_id: 151644,
      tts_bos_token_id: 151672,
      tts_eos_token_id: 151673,
      tts_pad_token_id: 151671,
      model_type: "qwen3_tts",
      tokenizer_type: "qwen3_tts_tokenizer_12hz",
      tts_model_size: size === "0.6b" ? "0b6" : "1b7",
      tts_model_type: variant,
      ...(variant === "base" && {
        speaker_encoder_config: { enc_dim: hiddenSize, sample_rate: 24000 },
      }),
      talker_config: talkerConfig(hiddenSize, variant),
      transformers_version: "4.57.3",
    },
    generation,
    codec,
  };
}

function talkerConfig(hiddenSize: number, variant: PublishedVariant): Record<string, unknown> {
  const presets = variant === "custom_voice";
  return {
    attention_bias: false,
    attention_dropout: 0,
    code_predictor_config: codePredictorConfig,
    codec_bos_id: 2149,
    codec_eos_token_id: 2150,
    codec_think_id: 2154,
    codec_nothink_id: 2155,
    codec_think_bos_id: 2156,
    codec_think_eos_id: 2157,
    codec_pad_id: 2148,
    codec_language_id: presets ? { ...languages, ...dialects } : languages,
    head_dim: 128,
    hidden_act: "silu",
    hidden_size: hiddenSize,
    initializer_range: 0.02,
    intermediate_size: 3 * hiddenSize,
    max_position_embeddings: 32768,
    model_type: "qwen3_tts_talker",
    num_attention_heads: 16,
    num_code_groups: 16,
    num_hidden_layers: 28,
    num_key_value_heads: 8,
    position_id_per_seconds: 13,
    rms_norm_eps: 1e-6,
    rope_scaling: {
      interleaved: true,
      mrope_section: [24, 20, 20],
      rope_type: "default",
      type: "default",
    },
    rope_theta: 1_000_000,
    sliding_window: null,
    spk_id: presets ? speakers : {},
    spk_is_dialect: presets ? speakerDialects : {},
    text_hidden_size: 2048,
    text_vocab_size: 151_936,
    use_cache: true,
    use_sliding_window: false,
    vocab_size: 3072,
  };
}

const codePredictorConfig = {
  attention_bias: false,
  head_dim: 128,
  hidden_act: "silu",
  hidden_size: 1024,
  intermediate_size: 3072,
  layer_types: Array<string>(5).fill("full_attention"),
  max_position_embeddings: 65_536,
  model_type: "qwen3_tts_talker_code_predictor",
  num_attention_heads: 16,
  num_code_groups: 16,
  num_hidden_layers: 5,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1_000_000,
  sliding_window: null,
  tie_word_embeddings: false,
  use_sliding_window: false,
  vocab_size: 2048,
};

const languages = {
  chinese: 2055,
  english: 2050,
  german: 2053,
  italian: 2070,
  portuguese: 2071,
  spanish: 2054,
  japanese: 2058,
  korean: 2064,
  french: 2061,
  russian: 2069,
};

const dialects = { beijing_dialect: 2074, sichuan_dialect: 2062 };

const speakers = {
  serena: 3066,
  vivian: 3065,
  uncle_fu: 3010,
  ryan: 3061,
  aiden: 2861,
  ono_anna: 2873,
  sohee: 2864,
  eric: 2875,
  dylan: 2878,
};

const speakerDialects = {
  ...Object.fromEntries(Object.keys(speakers).map((name) => [name, false])),
  eric: "sichuan_dialect",
  dylan: "beijing_dialect",
};

const generation = {
  do_sample: true,
  repetition_penalty: 1.05,
  temperature: 0.9,
  top_p: 1,
  top_k: 50,
  subtalker_dosample: true,
  subtalker_temperature: 0.9,
  subtalker_top_p: 1,
  subtalker_top_k: 50,
  max_new_tokens: 8192,
};

const codec = {
  architectures: ["Qwen3TTSTokenizerV2Model"],
  model_type: "qwen3_tts_tokenizer_12hz",
  encoder_valid_num_quantizers: 16,
  input_sample_rate: 24_000,
  output_sample_rate: 24_000,
  decode_upsample_rate: 1920,
  encode_downsample_rate: 1920,
  decoder_config: {
    attention_bias: false,
    attention_dropout: 0,
    latent_dim: 1024,
    codebook_dim: 512,
    codebook_size: 2048,
    decoder_dim: 1536,
    hidden_act: "silu",
    hidden_size: 512,
    intermediate_size: 1024,
    layer_scale_initial_scale: 0.01,
    max_position_embeddings: 8000,
    head_dim: 64,
    num_attention_heads: 16,
    num_hidden_layers: 8,
    num_key_value_heads: 16,
    num_quantizers: 16,
    num_semantic_quantizers: 1,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    semantic_codebook_size: 4096,
    sliding_window: 72,
    upsample_rates: [8, 5, 4, 3],
    upsampling_ratios: [2, 2],
    vector_quantization_hidden_dimension: 512,
  },
  encoder_config: {
    _frame_rate: 12.5,
    attention_bias: false,
    attention_dropout: 0,
    audio_channels: 1,
    codebook_dim: 256,
    codebook_size: 2048,
    compress: 2,
    dilation_growth_rate: 2,
    head_dim: 64,
    hidden_act: "gelu",
    hidden_size: 512,
    initializer_range: 0.02,
    intermediate_size: 2048,
    kernel_size: 7,
    last_kernel_size: 3,
    layer_scale_initial_scale: 0.01,
    max_position_embeddings: 8000,
    norm_eps: 1e-5,
    num_attention_heads: 8,
    num_filters: 64,
    num_hidden_layers: 8,
    num_key_value_heads: 8,
    num_quantizers: 32,
    num_residual_layers: 1,
    num_semantic_quantizers: 1,
    pad_mode: "constant",
    residual_kernel_size: 3,
    rope_theta: 10_000,
    sampling_rate: 24_000,
    sliding_window: 250,
    trim_right_ratio: 1,
    upsample_groups: 512,
    upsampling_ratios: [8, 6, 5, 4],
    use_causal_conv: true,
    use_conv_shortcut: false,
    vector_quantization_hidden_dimension: 256,
  },
};
