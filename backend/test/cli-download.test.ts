// `qwen-tts download` and `models` as processes, from a stand-in for the hub.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startStandInHub, type StandInHub } from "qwen3-tts/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./cli-process.ts";

const repo = "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice";
const config = Buffer.from('{"model_type": "qwen3_tts"}');

let cacheFolder: string;
let hub: StandInHub;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-cli-"));
  hub = await startStandInHub();
  await hub.publish(repo, { "config.json": config, "model.safetensors": Buffer.alloc(5000, 1) });
});
afterAll(async () => {
  await hub.close();
  await rm(cacheFolder, { recursive: true });
});

const run = (...args: string[]) =>
  runCli(args, { env: { HF_ENDPOINT: hub.url, HF_HUB_CACHE: cacheFolder, HF_HUB_OFFLINE: "" } });

test("download by variant, list, take away", async () => {
  const got = await run("download", "Custom_Voice");
  expect(got).toMatchObject({ code: 0, err: "" });
  const folder = got.out.toString().trim();
  expect(
    folder.startsWith(join(cacheFolder, "models--Qwen--Qwen3-TTS-12Hz-0.6B-CustomVoice")),
  ).toBe(true);
  expect(await readFile(join(folder, "config.json"))).toEqual(config);

  const lines = (await run("models")).out.toString().split("\n");
  expect(lines.find((line) => line.startsWith(repo))).toMatch(/ here$/);
  expect(lines.filter((line) => line.endsWith("not here"))).toHaveLength(4);

  const removed = await run("models", "rm", "0.6b-customvoice");
  expect(removed.out.toString()).toMatch(/^Qwen.* is gone: .* are free now\.\n$/);
  expect((await run("models")).out.toString()).not.toMatch(/ here$(?<!not here)/m);
});

test("what goes wrong is one line with a remedy", async () => {
  const absent = await run("download", "Qwen/Absent");
  expect(absent.code).toBe(1);
  expect(absent.err).toMatch(/^The hub has no Qwen\/Absent\..*HF_ENDPOINT.*\n$/);
  const unknown = await run("download", "whisper");
  expect(unknown.code).toBe(2);
  expect(unknown.err).toMatch(/^'whisper' is no model\..*1\.7B-VoiceDesign.*\n$/);
  expect((await run("models", "rm", "base")).err).toMatch(/0\.6B-Base is not on this machine/);
});
