// A Qwen3-TTS checkpoint's config files, tiny and of another geometry than the published ones: sizes that
// could be taken for each other differ. In: the variant. Out: the files' contents, free to be changed.
import { publishedConfigs, type ConfigFiles, type PublishedVariant } from "./published-configs.ts";

export type TinyFiles = ConfigFiles & {
  config: { talker_config: Record<string, unknown> };
  codec: { decoder_config: Record<string, unknown>; encoder_config: Record<string, unknown> };
};

export function tinyConfigs(variant: PublishedVariant = "custom_voice"): TinyFiles {
  const { config, generation, codec } = structuredClone(publishedConfigs("1.7b", variant));
  Object.assign(config, {
    im_start_token_id: 301,
    im_end_token_id: 302,
    assistant_token_id: 290,
    tts_pad_token_id: 303,
    tts_bos_token_id: 304,
    tts_eos_token_id: 305,
  });
  if (variant === "base") {
    config.speaker_encoder_config = { ...speakerEncoder, enc_dim: talkerSizes.hidden_size };
  }
  const talker = config.talker_config as Record<string, unknown>;
  Object.assign(talker, talkerSizes, codecIds);
  talker.codec_language_id = { english: 40, chinese: 41, beijing_dialect: 42 };
  if (variant === "custom_voice") {
    talker.spk_id = { ryan: 43, dylan: [44] };
    talker.spk_is_dialect = { ryan: false, dylan: "beijing_dialect" };
  }
  Object.assign(talker.code_predictor_config as object, predictorSizes);
  Object.assign(codec, codecRates);
  Object.assign(codec.decoder_config as object, decoderSizes);
  Object.assign(codec.encoder_config as object, encoderSizes);
  return { config, generation, codec } as TinyFiles;
}

const talkerSizes = {
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  vocab_size: 1024 + 48,
  text_vocab_size: 320,
  text_hidden_size: 20,
  num_code_groups: 4,
};

const codecIds = {
  codec_pad_id: 50,
  codec_bos_id: 51,
  codec_eos_token_id: 52,
  codec_think_id: 53,
  codec_nothink_id: 54,
  codec_think_bos_id: 55,
  codec_think_eos_id: 56,
};

const predictorSizes = {
  hidden_size: 16,
  intermediate_size: 36,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 12,
  vocab_size: 48,
  num_code_groups: 4,
};

const speakerEncoder = {
  sample_rate: 24_000,
  enc_channels: [16, 16, 16, 32],
  enc_kernel_sizes: [5, 3, 3, 1],
  enc_dilations: [1, 2, 3, 1],
  enc_attention_channels: 6,
  enc_res2net_scale: 4,
  enc_se_channels: 5,
};

const codecRates = {
  decode_upsample_rate: 2 * 3 * 2 * 2,
  encode_downsample_rate: 3 * 4 * 2,
  encoder_valid_num_quantizers: 4,
};

const decoderSizes = {
  latent_dim: 18,
  codebook_dim: 14,
  codebook_size: 48,
  decoder_dim: 12,
  hidden_size: 10,
  intermediate_size: 22,
  head_dim: 4,
  num_attention_heads: 2,
  num_hidden_layers: 1,
  num_key_value_heads: 2,
  num_quantizers: 4,
  sliding_window: 5,
  upsample_rates: [2, 2],
  upsampling_ratios: [2, 3],
};

const encoderSizes = {
  _frame_rate: 1000,
  codebook_dim: 6,
  vector_quantization_hidden_dimension: 6,
  codebook_size: 48,
  head_dim: 4,
  hidden_size: 8,
  intermediate_size: 26,
  num_attention_heads: 2,
  num_key_value_heads: 2,
  num_filters: 4,
  num_hidden_layers: 1,
  num_quantizers: 6,
  upsampling_ratios: [4, 3],
};
