// A downloading process that is killed at twenty moments: each start goes on, and in the end the files are right.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listCachedModels } from "../src/hub/cached-models.ts";
import { startStandInHub, type StandInHub } from "../src/testing/hub-server.ts";

const repo = "Qwen/Qwen3-TTS-12Hz-0.6B-CustomVoice";
const kills = 20;
const files = {
  "config.json": Buffer.from('{"model_type": "qwen3_tts"}'),
  "model.safetensors": patterned(60_000_000),
  "speech_tokenizer/model.safetensors": patterned(9_000_000),
};
const total = Object.values(files).reduce((sum, { length }) => sum + length, 0);

/** Numbers that no piece has in another place. */
function patterned(size: number): Buffer {
  const numbers = new Uint32Array(Math.ceil(size / 4));
  for (let i = 0; i < numbers.length; i++) numbers[i] = Math.imul(i, 2654435761);
  return Buffer.from(numbers.buffer, 0, size);
}

let cacheFolder: string;
let hub: StandInHub;
beforeAll(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-killed-"));
  hub = await startStandInHub();
  await hub.publish(repo, files);
});
afterAll(async () => {
  await hub.close();
  await rm(cacheFolder, { recursive: true });
});

/** Tells on stdout how many bytes it has, then the folder. */
function startDownload() {
  const module = new URL("../dist/hub/download-model.js", import.meta.url).href;
  const script = `
    const { downloadModel } = await import(${JSON.stringify(module)});
    const onProgress = ({ bytesDone }) => console.log(bytesDone);
    const options = { endpoint: ${JSON.stringify(hub.url)}, cacheFolder: ${JSON.stringify(cacheFolder)} };
    console.log(await downloadModel(${JSON.stringify(repo)}, { ...options, onProgress }));`;
  const args = ["--input-type=module", "-e", script];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.setEncoding("utf8");
  let told = "";
  child.stdout.on("data", (words: string) => (told += words));
  return { child, lines: () => told.trim().split("\n") };
}

test("killed again and again, it ends with the right files", async () => {
  // Slow enough that none of the killed gets to the end.
  hub.misbehave(({ host }) => (host === "cdn" ? { kind: "slow", bytesPerSecond: 1e6 } : undefined));
  let seed = 1;
  const reached: number[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const { child, lines } = startDownload();
    await once(child.stdout, "data"); // it has begun, by a time that depends on the machine
    seed = (seed * 48271) % 2147483647;
    await sleep((seed / 2147483647) * 500);
    child.kill("SIGKILL");
    await once(child, "close");
    reached.push(Number(lines()[0]));
  }
  expect(reached.at(-1)).toBeGreaterThan(0);
  // What was there at the start of a process never became less.
  expect(reached).toEqual([...reached].sort((a, b) => a - b));
  expect(reached.at(-1)).toBeLessThan(total);
  hub.misbehave(undefined);
  const { child, lines } = startDownload();
  await once(child, "close");
  const folder = lines().at(-1)!;
  for (const [path, bytes] of Object.entries(files)) {
    expect((await readFile(join(folder, path))).equals(bytes), path).toBe(true);
  }
  const [model] = await listCachedModels({ cacheFolder });
  expect(model).toMatchObject({ repo, folder, complete: true });
});
