import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findCheckpoint } from "./find-checkpoint.ts";

const fixtureOf = (name: string) =>
  fileURLToPath(new URL(`../../test/fixtures/${name}`, import.meta.url));
const fixture = fixtureOf("custom-voice-0b6");

let hub: string;
beforeEach(async () => {
  hub = await mkdtemp(join(tmpdir(), "hub-"));
});
afterEach(() => rm(hub, { recursive: true }));

const find = () => findCheckpoint({ HF_HUB_CACHE: hub });

/** Lays a snapshot out as huggingface_hub does. */
async function snapshot(name: string, hash: string, isMain = true): Promise<string> {
  const model = join(hub, `models--Qwen--${name}`);
  const folder = join(model, "snapshots", hash);
  await mkdir(join(model, "snapshots"), { recursive: true });
  await mkdir(join(model, "refs"), { recursive: true });
  await cp(fixture, join(model, "blobs"), { recursive: true });
  await mkdir(folder);
  for (const file of [
    ...["config.json", "generation_config.json", "model.safetensors"],
    ...["vocab.json", "merges.txt", "tokenizer_config.json", "speech_tokenizer"],
  ]) {
    await symlink(join(model, "blobs", file), join(folder, file));
  }
  if (isMain) await writeFile(join(model, "refs", "main"), hash);
  return folder;
}

test("finds nothing where nothing is", async () => {
  expect(await find()).toBeUndefined();
  expect(await findCheckpoint({ HF_HUB_CACHE: join(hub, "absent") })).toBeUndefined();
});

test("prefers CustomVoice 0.6B, and what main points to", async () => {
  await snapshot("Qwen3-TTS-12Hz-1.7B-Base", "a");
  const large = await snapshot("Qwen3-TTS-12Hz-1.7B-CustomVoice", "b");
  expect(await find()).toBe(large);
  const main = await snapshot("Qwen3-TTS-12Hz-0.6B-CustomVoice", "c");
  await mkdir(join(main, "..", "d"));
  expect(await find()).toBe(main);
});

test("of one variant, where a request needs it", async () => {
  await snapshot("Qwen3-TTS-12Hz-1.7B-CustomVoice", "b");
  expect(await findCheckpoint({ HF_HUB_CACHE: hub }, "base")).toBeUndefined();
  const snapshots = join(hub, "models--Qwen--Qwen3-TTS-12Hz-0.6B-Base", "snapshots");
  await mkdir(snapshots, { recursive: true });
  const base = join(snapshots, "a");
  await symlink(fixtureOf("base-0b6"), base);
  expect(await findCheckpoint({ HF_HUB_CACHE: hub }, "base")).toBe(base);
});

test("passes over a snapshot that is not complete", async () => {
  const cut = await snapshot("Qwen3-TTS-12Hz-0.6B-CustomVoice", "a");
  await rm(join(cut, "model.safetensors"));
  expect(await find()).toBeUndefined();
  const whole = await snapshot("Qwen3-TTS-12Hz-1.7B-VoiceDesign", "b");
  expect(await find()).toBe(whole);
});
