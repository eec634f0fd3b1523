import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import type { PublishedVariant } from "../testing/published-configs.ts";
import { writeRandomCheckpoint } from "../testing/random-checkpoint.ts";
import { tinyConfigs } from "../testing/tiny-configs.ts";
import { openCheckpoint } from "./checkpoint.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "checkpoint-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function make(variant: PublishedVariant = "custom_voice"): Promise<void> {
  await writeRandomCheckpoint(folder, { files: tinyConfigs(variant), seed: 1 });
}

/** Changes the text of a file of the checkpoint; a header keeps its length that way. */
async function edit(name: string, found: string, replacement: string): Promise<void> {
  const bytes = await readFile(join(folder, name), "latin1");
  expect(bytes).toContain(found);
  await writeFile(join(folder, name), bytes.replace(found, replacement), "latin1");
}

describe("a complete folder", () => {
  test.each(["custom_voice", "voice_design", "base"] as const)("%s", async (variant) => {
    await make(variant);
    const checkpoint = await openCheckpoint(folder);
    expect(checkpoint.config.modelType).toBe(variant);
    expect(checkpoint.generation.topK).toBe(50);
    expect(checkpoint.codecConfig.decoder.quantizers).toBe(4);
    const { textVocabSize, textHiddenSize } = checkpoint.config.talker;
    const name = "talker.model.text_embedding.weight";
    const embedding = checkpoint.tensors.get(name, [textVocabSize, textHiddenSize]);
    const rows = (await embedding.read()).subarray(7 * textHiddenSize, 9 * textHiddenSize);
    expect(embedding.readRowsSync(7, 2)).toEqual(rows);
  });

  test("a tokenizer.json in the place of vocabulary and merges", async () => {
    await make();
    await rm(join(folder, "vocab.json"));
    await rename(join(folder, "merges.txt"), join(folder, "tokenizer.json"));
    await expect(openCheckpoint(folder)).resolves.toBeDefined();
  });

  test("one that has no voices to clone may lack the codec's encoder", async () => {
    await make();
    await edit("speech_tokenizer/model.safetensors", "encoder.downsample.", "encoder.downsampl3.");
    await expect(openCheckpoint(folder)).resolves.toBeDefined();
  });
});

describe("what is wrong is named, without the folder", () => {
  async function faultOf(): Promise<string> {
    const error = await openCheckpoint(folder).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EngineError);
    const { message } = error as EngineError;
    expect(message).not.toContain(folder);
    return message;
  }

  test("no folder", async () => {
    const error = await openCheckpoint(join(folder, "absent")).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toBe(
      "The checkpoint: there is no such folder, or it cannot be read.",
    );
  });

  test.each([
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "vocab.json",
    "merges.txt",
    "tokenizer_config.json",
    "speech_tokenizer/config.json",
    "speech_tokenizer/model.safetensors",
  ])("without %s", async (name) => {
    await make();
    await rm(join(folder, name));
    expect(await faultOf()).toMatch(
      new RegExp(`^${name}: it is missing. A complete folder has config.json, generation_config`),
    );
  });

  test("every file that is missing is named at once", async () => {
    await make();
    await rm(join(folder, "merges.txt"));
    await rm(join(folder, "speech_tokenizer"), { recursive: true });
    expect(await faultOf()).toMatch(
      /^speech_tokenizer\/config\.json: it is missing, and so are speech_tokenizer\/model\.safetensors, merges\.txt\. A/,
    );
  });

  test("a codec that counts its codes otherwise than the model", async () => {
    await make();
    const vocabularySize = '"vocab_size": 48';
    await edit("config.json", vocabularySize, '"vocab_size": 49');
    expect(await faultOf()).toBe(
      "speech_tokenizer/config.json: decoder_config.codebook_size is 48, expected at least 49, the code predictor's vocab_size.",
    );
  });

  test("a missing tensor, and how many more are wrong", async () => {
    await make();
    await edit("model.safetensors", "talker.codec_head", "talker.codec_haed");
    expect(await faultOf()).toMatch(
      "model.safetensors: there is no tensor talker.codec_head.weight, expected [1072, 24]. Fetch",
    );
    await edit("model.safetensors", "layers.1.mlp.up_proj", "layers.1.mlp.pu_proj");
    expect(await faultOf()).toMatch(/layers\.1\.mlp\.up_proj.*, and 1 more tensors are wrong\./);
  });

  test("weights of another model than the config's", async () => {
    await make();
    await edit("config.json", '"head_dim": 8', '"head_dim": 6');
    // q, k, v, o and the two norms of both layers.
    expect(await faultOf()).toMatch(
      /q_proj\.weight has the shape \[32, 24\], expected \[24, 24\] by the config, and 11 more/,
    );
  });

  test("a Base model without what it needs to clone", async () => {
    await make("base");
    await edit("speech_tokenizer/model.safetensors", "encoder.downsample.", "encoder.downsampl3.");
    expect(await faultOf()).toMatch(/there is no tensor encoder\.downsample\.conv\.weight/);
  });
});
