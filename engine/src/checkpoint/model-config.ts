// What a Qwen3-TTS model is, from its config.json. In: the file. Out: every dimension, id and table, in
// range and consistent with each other; what this engine would compute wrongly is refused here.
// Follows configuration_qwen3_tts.py of qwen-tts, whose defaults belong to another model: only where
// upstream's published files leave a key out is there a default here.
import { checkpointError } from "./checkpoint-error.ts";
import { readJsonFields, show, type JsonFields } from "./json-fields.ts";
import { speakerEncoderConfig, type SpeakerEncoderConfig } from "./speaker-encoder-config.ts";

export type ModelType = "custom_voice" | "voice_design" | "base";

export type ModelConfig = {
  modelType: ModelType;
  /** "0b6" and "1b7" are published; decides whether the model follows instructions. */
  modelSize: string;
  tokenIds: TokenIds;
  talker: TalkerConfig;
  codePredictor: CodePredictorConfig;
  /** Only of "base". */
  speakerEncoder: SpeakerEncoderConfig | null;
  speakers: ReadonlyMap<string, Speaker>;
  /** By name as in the file, dialects too. */
  languages: ReadonlyMap<string, number>;
};

/** Text ids. Those that upstream reads from the tokenizer alone may be absent here. */
export type TokenIds = {
  imStart: number | null;
  imEnd: number | null;
  assistant: number | null;
  ttsPad: number;
  ttsBos: number;
  ttsEos: number;
};

/** `id`: its row of the talker's codec embedding. `dialect`: a key of `languages`. */
export type Speaker = { id: number; dialect: string | null };

/** The sizes that talker and code predictor share the meaning of. */
export type TransformerConfig = AttentionSizes & {
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  rmsNormEps: number;
  ropeTheta: number;
  hiddenAct: "silu";
  maxPositions: number;
};

export type TalkerConfig = TransformerConfig & {
  /** Codes of group 0 and the codec's control ids. */
  vocabSize: number;
  textVocabSize: number;
  textHiddenSize: number;
  /** Codes per frame. */
  codeGroups: number;
  codecIds: CodecIds;
};

export type CodecIds = {
  pad: number;
  bos: number;
  eos: number;
  think: number;
  nothink: number;
  thinkBos: number;
  thinkEos: number;
};

export type CodePredictorConfig = TransformerConfig & { vocabSize: number; codeGroups: number };

/** @throws EngineError that names key, found and expected */
export async function readModelConfig(path: string): Promise<ModelConfig> {
  return modelConfig(await readJsonFields(path));
}

export function modelConfig(fields: JsonFields): ModelConfig {
  const modelType = checkTypes(fields);
  const talkerFields = fields.object("talker_config");
  const talker = talkerConfig(talkerFields);
  const codePredictor = codePredictorConfig(talkerFields.object("code_predictor_config"), talker);
  const languages = idTable(talkerFields, "codec_language_id", talker.vocabSize);
  const speakerEncoder =
    modelType === "base" ? speakerEncoderConfig(fields, talker.hiddenSize) : null;
  return {
    modelType,
    modelSize: fields.text("tts_model_size"),
    tokenIds: tokenIds(fields, talker.textVocabSize),
    talker,
    codePredictor,
    speakerEncoder,
    speakers: speakerTable(talkerFields, talker.vocabSize, languages),
    languages,
  };
}

function checkTypes(fields: JsonFields): ModelType {
  if (fields.value("model_type") !== "qwen3_tts") {
    throw fields.fault("model_type", '"qwen3_tts". This is no Qwen3-TTS checkpoint');
  }
  if (fields.value("tokenizer_type") !== "qwen3_tts_tokenizer_12hz") {
    throw fields.fault(
      "tokenizer_type",
      '"qwen3_tts_tokenizer_12hz". Only the 12 Hz family (Qwen3-TTS-12Hz-…) is supported',
    );
  }
  const modelType = fields.value("tts_model_type");
  if (modelType === "custom_voice" || modelType === "voice_design" || modelType === "base") {
    return modelType;
  }
  throw fields.fault("tts_model_type", '"custom_voice", "voice_design" or "base"');
}

function tokenIds(fields: JsonFields, textVocabSize: number): TokenIds {
  const id = (key: string) => fields.id(key, textVocabSize);
  const optionalId = (key: string) => (fields.has(key) ? id(key) : null);
  return {
    imStart: optionalId("im_start_token_id"),
    imEnd: optionalId("im_end_token_id"),
    assistant: optionalId("assistant_token_id"),
    ttsPad: id("tts_pad_token_id"),
    ttsBos: id("tts_bos_token_id"),
    ttsEos: id("tts_eos_token_id"),
  };
}

function talkerConfig(fields: JsonFields): TalkerConfig {
  const transformer = transformerConfig(fields, "derived");
  checkFullAttention(fields, transformer.maxPositions);
  const vocabSize = fields.size("vocab_size");
  const codecId = (key: string) => fields.id(key, vocabSize);
  return {
    ...transformer,
    vocabSize,
    textVocabSize: fields.size("text_vocab_size"),
    textHiddenSize: fields.size("text_hidden_size"),
    codeGroups: groups(fields),
    codecIds: {
      pad: codecId("codec_pad_id"),
      bos: codecId("codec_bos_id"),
      eos: codecId("codec_eos_token_id"),
      think: codecId("codec_think_id"),
      nothink: codecId("codec_nothink_id"),
      thinkBos: codecId("codec_think_bos_id"),
      thinkEos: codecId("codec_think_eos_id"),
    },
  };
}

function codePredictorConfig(fields: JsonFields, talker: TalkerConfig): CodePredictorConfig {
  const codeGroups = groups(fields);
  if (codeGroups !== talker.codeGroups) {
    throw fields.fault("num_code_groups", `${talker.codeGroups}, as in talker_config`);
  }
  // It sees one frame at a time, never more positions than a frame has codes.
  checkFullAttention(fields, codeGroups);
  return {
    ...transformerConfig(fields, "fault"),
    vocabSize: fields.size("vocab_size"),
    codeGroups,
  };
}

function groups(fields: JsonFields): number {
  const codeGroups = fields.count("num_code_groups");
  if (codeGroups >= 2) return codeGroups;
  throw fields.fault("num_code_groups", "at least 2");
}

function transformerConfig(
  fields: JsonFields,
  absentHeadDim: "derived" | "fault",
): TransformerConfig {
  checkDefaultRope(fields);
  fields.only("attention_bias", false);
  fields.only("tie_word_embeddings", false);
  return {
    hiddenSize: fields.size("hidden_size"),
    intermediateSize: fields.size("intermediate_size"),
    layers: fields.count("num_hidden_layers"),
    ...attentionSizes(fields, absentHeadDim),
    rmsNormEps: fields.positive("rms_norm_eps"),
    ropeTheta: fields.positive("rope_theta"),
    hiddenAct: fields.only("hidden_act", "silu"),
    maxPositions: fields.size("max_position_embeddings"),
  };
}

export type AttentionSizes = { heads: number; kvHeads: number; headDim: number };

/**
 * Heads and their width, which published files always say.
 * @param absentHeadDim "derived" where upstream then takes hidden size / heads
 */
export function attentionSizes(
  fields: JsonFields,
  absentHeadDim: "derived" | "fault",
): AttentionSizes {
  const heads = fields.count("num_attention_heads");
  const kvHeads = fields.count("num_key_value_heads");
  if (heads % kvHeads !== 0) {
    throw fields.fault("num_key_value_heads", `a divisor of num_attention_heads, ${heads}`);
  }
  const derived = Math.floor(fields.size("hidden_size") / heads);
  const headDim = fields.size("head_dim", absentHeadDim === "derived" ? derived : undefined);
  if (headDim % 2 !== 0) throw fields.fault("head_dim", "an even number, which rotary needs");
  return { heads, kvHeads, headDim };
}

/**
 * Only unscaled rotary embedding. The talker's `mrope_section` changes nothing: in speech its three
 * position streams are equal.
 */
export function checkDefaultRope(fields: JsonFields): void {
  if (!fields.has("rope_scaling")) return;
  const scaling = fields.object("rope_scaling");
  for (const key of ["rope_type", "type"]) {
    scaling.only(key, "default");
  }
}

/** @param positions a window of at least so many changes nothing */
function checkFullAttention(fields: JsonFields, positions: number): void {
  const window = fields.value("sliding_window");
  const isUsed = fields.flag("use_sliding_window", false) && (window ?? null) !== null;
  if (!isUsed || (typeof window === "number" && window >= positions)) return;
  throw fields.fault("sliding_window", "null: attention to all positions");
}

/** Absent or null is an empty table. */
function idTable(fields: JsonFields, key: string, below: number): Map<string, number> {
  if (!fields.has(key)) return new Map();
  const table = fields.object(key);
  return new Map([...table.entries()].map(([name, value]) => [name, entryId(name, value)]));

  function entryId(name: string, value: unknown): number {
    // Some published copies write [id].
    const id: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
    if (Number.isSafeInteger(id) && (id as number) >= 0 && (id as number) < below) {
      return id as number;
    }
    throw table.fault(name, `a row of the ${below} of the codec embedding`);
  }
}

function speakerTable(
  fields: JsonFields,
  below: number,
  languages: ReadonlyMap<string, number>,
): Map<string, Speaker> {
  const ids = idTable(fields, "spk_id", below);
  const dialects = fields.has("spk_is_dialect") ? fields.object("spk_is_dialect") : null;
  const speakers = new Map<string, Speaker>();
  for (const [name, id] of ids) {
    const dialect = dialects?.value(name) ?? false;
    if (dialect !== false && !(typeof dialect === "string" && languages.has(dialect))) {
      throw checkpointError(
        fields.file,
        `talker_config.spk_is_dialect.${name.slice(0, 100)} is ${show(dialect)}, expected false or a key of codec_language_id.`,
      );
    }
    speakers.set(name, { id, dialect: dialect === false ? null : dialect });
  }
  return speakers;
}
