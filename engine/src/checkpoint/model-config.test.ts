import { describe, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import { publishedConfigs } from "../testing/published-configs.ts";
import { tinyConfigs } from "../testing/tiny-configs.ts";
import { codecConfig } from "./codec-config.ts";
import { generationDefaults } from "./generation-defaults.ts";
import { JsonFields } from "./json-fields.ts";
import { modelConfig } from "./model-config.ts";

type Json = Record<string, unknown>;

const model = (config: Json) => modelConfig(new JsonFields("config.json", "", config));
const codec = (config: Json) => codecConfig(new JsonFields("config.json", "", config));

/** The JSON with the value at `path` replaced; undefined removes it. */
function changed(json: Json, path: string, value: unknown): Json {
  const copy = structuredClone(json);
  const keys = path.split(".");
  const last = keys.pop()!;
  let object = copy;
  for (const key of keys) object = (object[key] ??= {}) as Json;
  if (value === undefined) Reflect.deleteProperty(object, last);
  else object[last] = value;
  return copy;
}

/** Every key with a value that is no object, as a path. */
function leaves(json: Json, prefix = ""): string[] {
  return Object.entries(json).flatMap(([key, value]) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? leaves(value as Json, `${prefix}${key}.`)
      : [prefix + key],
  );
}

describe("what is in the file", () => {
  test("the published 1.7B CustomVoice", () => {
    const config = model(publishedConfigs("1.7b", "custom_voice").config);
    expect(config).toMatchObject({ modelType: "custom_voice", modelSize: "1b7" });
    expect(config.talker).toMatchObject({
      hiddenSize: 2048,
      intermediateSize: 6144,
      layers: 28,
      heads: 16,
      kvHeads: 8,
      headDim: 128,
      codeGroups: 16,
      codecIds: { pad: 2148, bos: 2149, eos: 2150, think: 2154, thinkEos: 2157 },
    });
    expect(config.codePredictor).toMatchObject({ hiddenSize: 1024, layers: 5, ropeTheta: 1e6 });
    expect(config.speakers.get("eric")).toEqual({ id: 2875, dialect: "sichuan_dialect" });
    expect(config.speakers.get("ryan")).toEqual({ id: 3061, dialect: null });
    expect(config.languages.get("beijing_dialect")).toBe(2074);
    expect(config.speakerEncoder).toBeNull();
  });

  test("a Base model's speaker encoder: upstream's class where the file says nothing", () => {
    const { speakerEncoder } = model(publishedConfigs("0.6b", "base").config);
    expect(speakerEncoder).toMatchObject({ encDim: 1024, channels: [512, 512, 512, 512, 1536] });
    expect(model(tinyConfigs("base").config).speakerEncoder).toMatchObject({
      encDim: 24,
      channels: [16, 16, 16, 32],
      dilations: [1, 2, 3, 1],
      res2netScale: 4,
    });
  });

  test("a speaker's id may be a list of one, and a name a word of JavaScript", () => {
    const { config } = tinyConfigs();
    const ids = JSON.parse('{"__proto__": 1, "constructor": [2]}') as Json;
    const { speakers } = model(changed(config, "talker_config.spk_id", ids));
    expect([...speakers]).toEqual([
      ["__proto__", { id: 1, dialect: null }],
      ["constructor", { id: 2, dialect: null }],
    ]);
  });

  test("the codec's encoder halves the rate of its strides, unless that is the frame rate", () => {
    const { codec: published } = publishedConfigs("0.6b", "base");
    expect(codec(published).encoder.downsample).toEqual({ kernelSize: 4, stride: 2 });
    const unstated = changed(published, "encoder_config._frame_rate", undefined);
    expect(codec(unstated).encoder.downsample).toEqual({ kernelSize: 4, stride: 2 });
    const strided = changed(published, "encoder_config._frame_rate", 25);
    expect(codec({ ...strided, encode_downsample_rate: 960 }).encoder.downsample).toBeNull();
  });

  test("sampling: what generation_config.json says, else upstream's numbers", () => {
    const fields = (json: Json) => new JsonFields("generation_config.json", "", json);
    const stated = { temperature: 0.5, top_k: 7, subtalker_dosample: false, max_new_tokens: 12 };
    expect(generationDefaults(fields(stated))).toEqual({
      doSample: true,
      temperature: 0.5,
      topK: 7,
      topP: 1,
      repetitionPenalty: 1.05,
      subtalker: { doSample: false, temperature: 0.9, topK: 50, topP: 1 },
      maxNewTokens: 12,
    });
    expect(() => generationDefaults(fields({ top_p: 1.5 }))).toThrow(
      "generation_config.json: top_p is 1.5, expected a number from 0 to 1.",
    );
  });
});

describe("what would be computed wrongly is refused, with key, found and expected", () => {
  const talker = "talker_config";
  const predictor = `${talker}.code_predictor_config`;
  const models: [path: string, value: unknown, message: RegExp][] = [
    ["model_type", "qwen2", /model_type is "qwen2", expected "qwen3_tts"/],
    ["tokenizer_type", "qwen3_tts_tokenizer_25hz", /Only the 12 Hz family/],
    ["tts_model_type", "singing", /tts_model_type is "singing", expected "custom_voice", /],
    [talker, undefined, /talker_config is missing, expected a JSON object/],
    [`${talker}.hidden_size`, "24", /talker_config\.hidden_size is "24", expected a whole/],
    [`${talker}.num_hidden_layers`, 1e9, /num_hidden_layers is 1000000000, expected .* to 1024/],
    [`${talker}.num_key_value_heads`, 3, /is 3, expected a divisor of num_attention_heads, 4/],
    [`${talker}.head_dim`, 7, /head_dim is 7, expected an even number/],
    [`${talker}.hidden_act`, "gelu", /hidden_act is "gelu", expected "silu", the only one/],
    [`${talker}.attention_bias`, true, /attention_bias is true, expected false/],
    [`${talker}.rope_scaling.rope_type`, "yarn", /rope_type is "yarn", expected "default"/],
    [`${talker}.rope_scaling.type`, "linear", /rope_scaling\.type is "linear"/],
    [`${talker}.codec_eos_token_id`, 1072, /is 1072, expected a whole number from 0 to 1071/],
    [`${talker}.spk_id`, { ryan: 1072 }, /spk_id\.ryan is 1072, expected a row of the 1072/],
    [`${talker}.spk_is_dialect`, { ryan: "x" }, /spk_is_dialect\.ryan is "x", expected false or/],
    [`${talker}.num_code_groups`, 1, /num_code_groups is 1, expected at least 2/],
    [`${predictor}.num_code_groups`, 5, /is 5, expected 4, as in talker_config/],
    [`${predictor}.tie_word_embeddings`, true, /tie_word_embeddings is true/],
    ["tts_eos_token_id", 320, /tts_eos_token_id is 320, expected .* from 0 to 319/],
  ];
  test.each(models)("config.json: %s = %j", (path, value, message) => {
    expect(() => model(changed(tinyConfigs().config, path, value))).toThrow(message);
  });

  test("a sliding window of the talker, where it is used and shorter than the model's reach", () => {
    const { config } = tinyConfigs();
    const windowed = changed(config, "talker_config.sliding_window", 64);
    expect(() => model(windowed)).not.toThrow();
    const used = changed(windowed, "talker_config.use_sliding_window", true);
    expect(() => model(used)).toThrow(/sliding_window is 64, expected null/);
  });

  const codecs: [path: string, value: unknown, message: RegExp][] = [
    ["model_type", "qwen3_tts_tokenizer_25hz", /Only the codec of the 12 Hz family/],
    ["decode_upsample_rate", 1920, /is 1920, expected 24, the product of/],
    ["encode_downsample_rate", 1920, /is 1920, expected 24, the product of/],
    ["encoder_valid_num_quantizers", 7, /is 7, expected at most .*, 6/],
    ["decoder_config.upsample_rates", [], /upsample_rates is a list, expected a list of whole/],
    ["decoder_config.decoder_dim", 3, /decoder_dim is 3, expected a number that can be halved 2/],
    ["encoder_config.use_causal_conv", false, /use_causal_conv is false, expected true/],
    ["encoder_config.pad_mode", "reflect", /pad_mode is "reflect", expected "constant"/],
    ["encoder_config.num_semantic_quantizers", 6, /is 6, expected fewer than num_quantizers, 6/],
    ["encoder_config.codebook_dim", 5, /is 6, expected codebook_dim, 5/],
    ["encoder_config._frame_rate", 4000, /is 4000, expected at most 2000/],
  ];
  test.each(codecs)("speech_tokenizer/config.json: %s = %j", (path, value, message) => {
    expect(() => codec(changed(tinyConfigs().codec, path, value))).toThrow(message);
  });

  const encoders: [key: string, value: unknown, message: RegExp][] = [
    ["enc_dim", 192, /enc_dim is 192, expected 24, the talker's hidden_size/],
    ["mel_dim", 80, /mel_dim is 80, expected 128/],
    ["enc_kernel_sizes", [5, 3], /expected 4 numbers, one per layer/],
    ["enc_channels", [16, 16, 16, 48], /expected 32 last: the sum/],
    ["enc_channels", [16, 14, 16, 30], /expected equal multiples of enc_res2net_scale, 4/],
  ];
  test.each(encoders)("speaker_encoder_config.%s = %j", (key, value, message) => {
    const { config } = tinyConfigs("base");
    expect(() => model(changed(config, `speaker_encoder_config.${key}`, value))).toThrow(message);
  });
});

describe("no dimension has a default: what upstream's class would put in belongs elsewhere", () => {
  /** Never read by upstream for these models, or absent in published files. */
  const idle =
    /architectures|transformers_version|assistant|im_(start|end)|attention_(bias|dropout)|initializer|hidden_act|audio_channels|model_type$|position_id|rope_scaling|sliding_window|use_cache|layer_types|tie_word|spk_|language_id|semantic_codebook|layer_scale|vector_quantization|max_position|_frame_rate|trim_right|upsample_groups|use_c|pad_mode|sampling_rate$|num_semantic/;
  /** Upstream computes it from the same file. */
  const derived = /^talker_config\.head_dim|^(de|en)coder_config\.head_dim/;
  const { config, codec: codecJson } = tinyConfigs();
  const required = (json: Json) =>
    leaves(json).filter((path) => !idle.test(path) && !derived.test(path));

  const single = (json: Json) =>
    leaves(json).filter((path) => /hidden_act|audio_channels/.test(path));
  test.each(single(config))("config.json may go without %s, as upstream", (path) => {
    expect(model(changed(config, path, undefined))).toEqual(model(config));
  });
  test.each(single(codecJson))("speech_tokenizer/config.json may go without %s", (path) => {
    expect(codec(changed(codecJson, path, undefined))).toEqual(codec(codecJson));
  });

  test.each(required(config))("config.json without %s", (path) => {
    expect(() => model(changed(config, path, undefined))).toThrow(/is missing, expected/);
  });
  test.each(required(codecJson))("speech_tokenizer/config.json without %s", (path) => {
    expect(() => codec(changed(codecJson, path, undefined))).toThrow(EngineError);
  });
});
