// The speaker encoder's part of config.json. In: its fields and the talker's width. Out: its dimensions.
// Published files give only `enc_dim` and `sample_rate`: here, and only here, the class defaults of
// upstream's Qwen3TTSSpeakerEncoderConfig count.
import type { JsonFields } from "./json-fields.ts";

export type SpeakerEncoderConfig = {
  /** Length of a speaker embedding. */
  encDim: number;
  sampleRate: number;
  /** Bands of the mel spectrogram. */
  melDim: number;
  /** Of the first layer, the Res2Net layers and their aggregation. */
  channels: readonly number[];
  kernelSizes: readonly number[];
  dilations: readonly number[];
  attentionChannels: number;
  res2netScale: number;
  seChannels: number;
};

/** The mel front end makes exactly this many bands, whatever the config says. */
const melBands = 128;
const firstResidual = 1;

/** @param fields the whole config.json */
export function speakerEncoderConfig(fields: JsonFields, talkerSize: number): SpeakerEncoderConfig {
  const encoder = fields.object("speaker_encoder_config");
  const config = {
    encDim: encoder.size("enc_dim"),
    sampleRate: encoder.sampleRate("sample_rate"),
    melDim: encoder.size("mel_dim", melBands),
    channels: encoder.sizes("enc_channels", [512, 512, 512, 512, 1536]),
    kernelSizes: encoder.sizes("enc_kernel_sizes", [5, 3, 3, 3, 1]),
    dilations: encoder.sizes("enc_dilations", [1, 2, 3, 4, 1]),
    attentionChannels: encoder.size("enc_attention_channels", 128),
    res2netScale: encoder.count("enc_res2net_scale", 8),
    seChannels: encoder.size("enc_se_channels", 128),
  };
  if (config.encDim !== talkerSize) {
    throw encoder.fault("enc_dim", `${talkerSize}, the talker's hidden_size`);
  }
  if (config.melDim !== melBands) {
    throw encoder.fault("mel_dim", `${melBands}, the bands of the mel spectrogram`);
  }
  checkLayers(encoder, config);
  return config;
}

function checkLayers(encoder: JsonFields, config: SpeakerEncoderConfig): void {
  const { channels, kernelSizes, dilations, res2netScale } = config;
  if (channels.length < 3) throw encoder.fault("enc_channels", "at least 3 layers");
  for (const [key, list] of [
    ["enc_kernel_sizes", kernelSizes],
    ["enc_dilations", dilations],
  ] as const) {
    if (list.length !== channels.length) {
      throw encoder.fault(key, `${channels.length} numbers, one per layer of enc_channels`);
    }
  }
  const residual = channels.slice(firstResidual, -1);
  if (residual.some((size) => size !== channels[0] || size % res2netScale !== 0)) {
    throw encoder.fault("enc_channels", `equal multiples of enc_res2net_scale, ${res2netScale}`);
  }
  const aggregated = residual.reduce((sum, size) => sum + size, 0);
  if (channels.at(-1) !== aggregated) {
    throw encoder.fault("enc_channels", `${aggregated} last: the sum of the Res2Net layers`);
  }
}
