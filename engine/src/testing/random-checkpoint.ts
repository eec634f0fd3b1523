// A complete checkpoint folder with random weights, of any geometry and size. In: config files and a seed.
// Out: the folder, which this engine and upstream's package load. Weights are written as they are drawn:
// the full-size models take no more memory than a tiny one.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codecConfig } from "../checkpoint/codec-config.ts";
import { codecDecoderTensors, codecEncoderTensors } from "../checkpoint/codec-inventory.ts";
import { modelTensors, type ExpectedTensor } from "../checkpoint/inventory.ts";
import { JsonFields } from "../checkpoint/json-fields.ts";
import { modelConfig, type TokenIds } from "../checkpoint/model-config.ts";
import type { StoredType } from "../checkpoint/safetensors.ts";
import type { ConfigFiles } from "./published-configs.ts";
import { randomTokenizer } from "./random-tokenizer.ts";
import { createNoise, randomNumbers } from "./random-weights.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

export type RandomCheckpointOptions = {
  files: ConfigFiles;
  seed: number;
  /** Of the model; the codec is F32, as published. */
  type?: StoredType;
  /** A folder to take vocab.json, merges.txt and tokenizer_config.json from. */
  tokenizer?: string;
};

export async function writeRandomCheckpoint(
  folder: string,
  { files, seed, type = "BF16", tokenizer }: RandomCheckpointOptions,
): Promise<void> {
  const config = modelConfig(new JsonFields("config.json", "", files.config));
  const codec = codecConfig(new JsonFields("speech_tokenizer/config.json", "", files.codec));
  const codecFolder = join(folder, "speech_tokenizer");
  await mkdir(codecFolder, { recursive: true });
  await writeJson(join(folder, "config.json"), files.config);
  await writeJson(join(folder, "generation_config.json"), files.generation);
  await writeJson(join(folder, "preprocessor_config.json"), processor);
  await writeJson(join(codecFolder, "config.json"), files.codec);
  await writeJson(join(codecFolder, "preprocessor_config.json"), {
    ...featureExtractor,
    sampling_rate: codec.inputSampleRate,
  });
  if (tokenizer === undefined) await writeTokenizer(folder, config.tokenIds);
  else await copyTokenizer(tokenizer, folder);
  await writeWeights(join(folder, "model.safetensors"), [...modelTensors(config)], { type, seed });
  const codecTensors = [...codecDecoderTensors(codec.decoder), ...codecEncoderTensors(codec)];
  const codecWeights = join(codecFolder, "model.safetensors");
  await writeWeights(codecWeights, codecTensors, { type: "F32", seed: seed + 1 });
}

const processor = {
  padding_side: "left",
  padding_value: 0,
  processor_class: "Qwen3TTSProcessor",
  return_attention_mask: true,
};

const featureExtractor = {
  chunk_length_s: null,
  feature_extractor_type: "EncodecFeatureExtractor",
  feature_size: 1,
  overlap: null,
  padding_side: "right",
  padding_value: 0,
  return_attention_mask: true,
};

async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

async function writeWeights(
  path: string,
  tensors: readonly ExpectedTensor[],
  { type, seed }: { type: StoredType; seed: number },
): Promise<void> {
  const elements = tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  );
  const noise = createNoise(seed, elements);
  await writeSafetensors(
    path,
    tensors.map(({ name, shape }) => ({
      name,
      shape,
      type,
      next: randomNumbers(name, shape, noise),
    })),
  );
}

async function writeTokenizer(folder: string, ids: TokenIds): Promise<void> {
  const { imStart, imEnd } = ids;
  if (imStart === null || imEnd === null)
    throw new TypeError("No im_start or im_end in the config");
  const special = {
    "<|im_start|>": imStart,
    "<|im_end|>": imEnd,
    "<tts_pad>": ids.ttsPad,
    "<tts_text_bos>": ids.ttsBos,
    "<tts_text_eod>": ids.ttsEos,
  };
  const endOfText = Math.min(...Object.values(special)) - 1;
  const { vocab, merges, config } = randomTokenizer({
    special: { ...special, "<|endoftext|>": endOfText },
    assistant: ids.assistant,
  });
  await writeFile(join(folder, "vocab.json"), vocab);
  await writeFile(join(folder, "merges.txt"), merges);
  await writeFile(join(folder, "tokenizer_config.json"), config);
}

async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of ["vocab.json", "merges.txt", "tokenizer_config.json"]) {
    await copyFile(join(from, name), join(to, name));
  }
}
