// The library example of the README, run as a user runs it: in a process of its own, which finds the built package by
// its name.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadModel } from "../src/index.ts";
import { collect, speechRequest } from "../src/testing/collect.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const modelName = "Qwen3-TTS-12Hz-0.6B-CustomVoice";
const frames = 6;

let folder: string;
beforeAll(async () => {
  // Inside the repository, whose node_modules has the package.
  const parent = here("../../.cache");
  await mkdir(parent, { recursive: true });
  folder = await mkdtemp(join(parent, "readme-example-"));
  process.env.QWEN_TTS_CACHE = join(folder, "cache");
  const model = join(folder, modelName);
  await cp(here("fixtures/custom-voice-0b6"), model, { recursive: true });
  const settings = join(model, "generation_config.json");
  const json = JSON.parse(await readFile(settings, "utf8")) as object;
  // Random weights never end by themselves.
  await writeFile(settings, JSON.stringify({ ...json, max_new_tokens: frames + 1 }));
});
afterAll(() => rm(folder, { recursive: true }));

/** The block of the README that loads a model. */
async function example(): Promise<string> {
  const readme = await readFile(here("../../README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code!);
  const [code, ...others] = blocks.filter((block) => block.includes("loadModel"));
  expect(others).toEqual([]);
  return code!;
}

test("the README's ten lines say what the engine says", async () => {
  const code = await example();
  expect(code.split("\n").filter((line) => line.trim() !== "").length).toBeLessThanOrEqual(10);
  await writeFile(join(folder, "speak.mjs"), code);
  const { stdout } = await promisify(execFile)(process.execPath, ["speak.mjs"], {
    cwd: folder,
    encoding: "buffer",
    maxBuffer: 2 ** 26,
  });
  const heard = new Float32Array(Uint8Array.from(stdout).buffer);

  const model = await loadModel(join(folder, modelName));
  const text = /text: "([^"]*)"/.exec(code)![1]!;
  const request = speechRequest({ text, speaker: "Serena", language: "English" });
  const { samples } = await collect(model, { ...request, seed: 1 });
  await model.close();
  expect(samples).toHaveLength(frames * model.info.frameSamples);
  expect(heard).toEqual(samples);
});
