// An official Qwen3-TTS folder, opened. In: the folder. Out: its checked configs, its tensors (unread) and
// where its tokenizer lies. Everything is checked here against everything else, before anything is
// allocated for a tensor.
import { access, stat } from "node:fs/promises";
import { join } from "node:path";
import { checkpointError } from "./checkpoint-error.ts";
import { readCodecConfig, type CodecConfig } from "./codec-config.ts";
import { codecDecoderTensors, codecEncoderTensors } from "./codec-inventory.ts";
import { readGenerationDefaults, type GenerationDefaults } from "./generation-defaults.ts";
import { checkTensors, modelTensors, type ExpectedTensor } from "./inventory.ts";
import { readModelConfig, type ModelConfig } from "./model-config.ts";
import { openTensorTable, type TensorTable } from "./tensor-table.ts";

export type Checkpoint = {
  folder: string;
  config: ModelConfig;
  generation: GenerationDefaults;
  codecConfig: CodecConfig;
  tensors: TensorTable;
  /** Of decoder and encoder. */
  codecTensors: TensorTable;
  tokenizerFiles: TokenizerFiles;
};

/** Absolute paths. */
export type TokenizerFiles = (
  { kind: "vocabulary"; vocab: string; merges: string } | { kind: "tokenizer"; tokenizer: string }
) & {
  /** Names the added tokens; a tokenizer.json has them too. */
  config: string | null;
};

const codecPlace = "speech_tokenizer/";

const completeFolder =
  "A complete folder has config.json, generation_config.json, model.safetensors (or its shards and model.safetensors.index.json), " +
  "vocab.json, merges.txt and tokenizer_config.json (or tokenizer.json), speech_tokenizer/config.json and speech_tokenizer/model.safetensors.";

/** @throws EngineError that names file, tensor or key, found, expected and remedy */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const checkpoint = await openUnchecked(folder);
  const { config, codecConfig, tensors, codecTensors } = checkpoint;
  checkAgreement(config, codecConfig);
  checkTensors(tensors, modelTensors(config));
  checkTensors(codecTensors, codecTensorsOf(config, codecConfig));
  return checkpoint;
}

/** The same without the comparison of configs and tensors, for whoever wants to say all that is wrong. */
export async function openUnchecked(folder: string): Promise<Checkpoint> {
  await checkLayout(folder);
  return {
    folder,
    config: await readModelConfig(join(folder, "config.json")),
    generation: await readGenerationDefaults(join(folder, "generation_config.json")),
    codecConfig: await readCodecConfig(
      join(folder, codecPlace, "config.json"),
      `${codecPlace}config.json`,
    ),
    tensors: await openTensorTable(folder),
    codecTensors: await openTensorTable(join(folder, codecPlace), codecPlace),
    tokenizerFiles: await findTokenizer(folder),
  };
}

/** Only a model that clones voices needs the encoder; the others have it as a rule. */
function* codecTensorsOf(config: ModelConfig, codec: CodecConfig): Generator<ExpectedTensor> {
  yield* codecDecoderTensors(codec.decoder);
  if (config.modelType === "base") yield* codecEncoderTensors(codec);
}

async function checkLayout(folder: string): Promise<void> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw checkpointError("The checkpoint", "there is no such folder, or it cannot be read.");
  }
  for (const name of ["config.json", "generation_config.json", `${codecPlace}config.json`]) {
    if (!(await exists(join(folder, name)))) throw missingFile(name);
  }
  for (const place of ["", codecPlace]) {
    const weights = [`${place}model.safetensors`, `${place}model.safetensors.index.json`];
    const found = await Promise.all(weights.map((name) => exists(join(folder, name))));
    if (!found.includes(true)) throw missingFile(weights[0]!);
  }
}

async function findTokenizer(folder: string): Promise<TokenizerFiles> {
  const path = (name: string) => join(folder, name);
  const config = (await exists(path("tokenizer_config.json")))
    ? path("tokenizer_config.json")
    : null;
  const hasVocab = await exists(path("vocab.json"));
  const hasMerges = await exists(path("merges.txt"));
  if (hasVocab && hasMerges && config !== null) {
    return { kind: "vocabulary", vocab: path("vocab.json"), merges: path("merges.txt"), config };
  }
  if (await exists(path("tokenizer.json"))) {
    return { kind: "tokenizer", tokenizer: path("tokenizer.json"), config };
  }
  if (!hasVocab) throw missingFile("vocab.json");
  throw missingFile(hasMerges ? "tokenizer_config.json" : "merges.txt");
}

function missingFile(name: string): Error {
  return checkpointError(name, `it is missing. ${completeFolder}`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The model's codes must be codes of the codec. */
function checkAgreement(config: ModelConfig, codec: CodecConfig): void {
  const { codeGroups } = config.talker;
  const { vocabSize } = config.codePredictor;
  const fault = (key: string, found: number, expected: string) =>
    checkpointError(`${codecPlace}config.json`, `${key} is ${found}, expected ${expected}.`);
  const { decoder, encoder } = codec;
  if (decoder.quantizers !== codeGroups) {
    const expected = `${codeGroups}, num_code_groups of config.json`;
    throw fault("decoder_config.num_quantizers", decoder.quantizers, expected);
  }
  if (decoder.codebookSize < vocabSize) {
    const expected = `at least ${vocabSize}, the code predictor's vocab_size`;
    throw fault("decoder_config.codebook_size", decoder.codebookSize, expected);
  }
  if (config.modelType !== "base") return;
  if (codec.encoderValidQuantizers !== codeGroups) {
    const expected = `${codeGroups}, num_code_groups of config.json`;
    throw fault("encoder_valid_num_quantizers", codec.encoderValidQuantizers, expected);
  }
  if (encoder.codebookSize > vocabSize) {
    const expected = `at most ${vocabSize}, the code predictor's vocab_size`;
    throw fault("encoder_config.codebook_size", encoder.codebookSize, expected);
  }
}
