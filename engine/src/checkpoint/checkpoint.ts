// An official Qwen3-TTS folder, opened. In: the folder. Out: its checked configs and its tensors (unread).
// Everything is checked here against everything else, before anything is allocated for a tensor. What is in
// the tokenizer's files is text/vocabulary.ts's business.
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
  const missing = await missingFiles((name) => exists(join(folder, name)));
  const [first, ...others] = missing;
  if (first === undefined) return;
  const verb = others.length === 1 ? "is" : "are";
  const more = others.length > 0 ? `, and so ${verb} ${others.join(", ")}` : "";
  throw checkpointError(first, `it is missing${more}. ${completeFolder}`);
}

async function missingFiles(has: (name: string) => Promise<boolean>): Promise<string[]> {
  const missing: string[] = [];
  for (const place of ["", codecPlace]) {
    if (!(await has(`${place}config.json`))) missing.push(`${place}config.json`);
    const weights = `${place}model.safetensors`;
    const isThere = (await has(weights)) || (await has(`${weights}.index.json`));
    if (!isThere) missing.push(weights);
  }
  if (!(await has("generation_config.json"))) missing.push("generation_config.json");
  if (await has("tokenizer.json")) return missing;
  for (const name of ["vocab.json", "merges.txt", "tokenizer_config.json"]) {
    if (!(await has(name))) missing.push(name);
  }
  return missing;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * The model's codes must be codes of the codec.
 * @throws EngineError
 */
export function checkAgreement(config: ModelConfig, codec: CodecConfig): void {
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
