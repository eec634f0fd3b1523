// Summaries of sound and of damaged folders.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fixturePath } from "../testing/goldens.ts";
import { inspectCheckpoint, isSound } from "./inspect-checkpoint.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "inspect-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Changes the text of a file; a header keeps its length that way. */
async function edit(name: string, found: RegExp, replacement: string): Promise<void> {
  const text = await readFile(join(folder, name), "latin1");
  expect(text).toMatch(found);
  await writeFile(join(folder, name), text.replace(found, replacement), "latin1");
}

async function damaged(fixture: string, name: string, found: RegExp, replacement: string) {
  await cp(fixturePath(fixture), folder, { recursive: true });
  await edit(name, found, replacement);
  return inspectCheckpoint(folder);
}

const weights = "speech_tokenizer/model.safetensors";

test.each(["custom-voice-0b6", "custom-voice-1b7", "voice-design", "base-0b6", "base-1b7"])(
  "%s is sound",
  async (name) => {
    const summary = await inspectCheckpoint(fixturePath(name));
    expect(isSound(summary)).toBe(true);
    expect(summary).toMatchObject({ missing: [], misshapen: [], unexpected: [], faults: [] });
    expect(summary.parameters.speakerEncoder! > 0).toBe(name.startsWith("base"));
  },
);

test("a tensor of another name is missing, and one that nothing reads", async () => {
  const summary = await damaged("base-1b7", weights, /encoder\.downsample/, "encoder.downsampl3");
  expect(summary.missing).toEqual(["encoder.downsample.conv.weight [16, 16, 4]"]);
  expect(summary.unexpected).toEqual(["encoder.downsampl3.conv.weight"]);
  expect(isSound(summary)).toBe(false);
});

test("only a model that clones needs the codec's encoder", async () => {
  const found = /encoder\.downsample/;
  const summary = await damaged("voice-design", weights, found, "encoder.downsampl3");
  expect(isSound(summary)).toBe(true);
});

test("tensors of another shape, with both shapes", async () => {
  const summary = await damaged("base-1b7", "config.json", /"head_dim": \d+/, '"head_dim": 6');
  expect(summary.missing).toEqual([]);
  expect(summary.misshapen).toContain(
    "talker.model.layers.0.self_attn.q_norm.weight [10], expected [6]",
  );
  expect(isSound(summary)).toBe(false);
});

test("configs that do not belong together, and a damaged tokenizer", async () => {
  const config = "speech_tokenizer/config.json";
  await cp(fixturePath("base-1b7"), folder, { recursive: true });
  await edit(config, /"encoder_valid_num_quantizers": \d+/, '"encoder_valid_num_quantizers": 3');
  await edit("merges.txt", /\n(\S+) /, "\n$1");
  const { faults } = await inspectCheckpoint(folder);
  expect(faults).toHaveLength(2);
  expect(faults[0]).toMatch(/^speech_tokenizer\/config\.json: encoder_valid_num_quantizers is 3/);
  expect(faults[1]).toMatch(/^merges\.txt: /);
});
