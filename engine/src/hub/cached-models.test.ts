import { mkdir, mkdtemp, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startStandInHub, type StandInHub } from "../testing/hub-server.ts";
import { listCachedModels, removeCachedModel } from "./cached-models.ts";
import { downloadModel } from "./download-model.ts";

const repo = "Qwen/Qwen3-TTS-12Hz-0.6B-Base";
const weights = Buffer.alloc(100_000, 7);

let cacheFolder: string;
let hub: StandInHub;
beforeEach(async () => {
  cacheFolder = await mkdtemp(join(tmpdir(), "hub-cache-"));
  hub = await startStandInHub();
  await hub.publish(repo, { "config.json": Buffer.from("{}"), "model.safetensors": weights });
});
afterEach(async () => {
  await hub.close();
  await rm(cacheFolder, { recursive: true });
});

const options = () => ({ endpoint: hub.url, cacheFolder });

/** As another program leaves a model of another kind. */
async function otherModel(name: string, config: string): Promise<void> {
  const path = join(cacheFolder, `models--${name}`, "snapshots", "abc", "config.json");
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, config);
}

test("lists speech models, and leaves others alone", async () => {
  const folder = await downloadModel(repo, options());
  await otherModel("org--chat", '{"model_type": "llama"}');
  await otherModel("org--my-voice", '{"model_type": "qwen3_tts"}');
  const [published, own, ...others] = await listCachedModels(options());
  expect(others).toEqual([]);
  expect(published).toMatchObject({ repo, folder, complete: true });
  expect(published!.bytes).toBeGreaterThanOrEqual(weights.length);
  expect(own).toMatchObject({ repo: "org/my-voice", complete: true });
});

test("what only looks like a model in the cache hides none", async () => {
  const folder = await downloadModel(repo, options());
  await symlink(
    join(cacheFolder, "a disk that is not there"),
    join(cacheFolder, "models--Qwen--Qwen3-TTS-far"),
  );
  await writeFile(join(cacheFolder, "models--Qwen--Qwen3-TTS-file"), "");
  expect(await listCachedModels(options())).toMatchObject([{ repo, folder }]);
});

test("nothing where there is no cache", async () => {
  expect(await listCachedModels({ cacheFolder: join(cacheFolder, "absent") })).toEqual([]);
});

test("a download that stopped is listed as such, and can be taken away", async () => {
  hub.misbehave(({ host }) => (host === "cdn" ? { kind: "stall", afterBytes: 50_000 } : undefined));
  const leaving = new AbortController();
  const onProgress = ({ bytesDone }: { bytesDone: number }) => bytesDone > 2 && leaving.abort();
  const stopped = downloadModel(repo, { ...options(), signal: leaving.signal, onProgress });
  await expect(stopped).rejects.toThrow();
  expect(await listCachedModels(options())).toMatchObject([
    { repo, complete: false, folder: null },
  ]);
  await removeCachedModel(repo, options());
  expect(await listCachedModels(options())).toEqual([]);
});

test("takes a model away, and says how much is free then", async () => {
  await downloadModel(repo, options());
  expect(await removeCachedModel(repo, options())).toBeGreaterThanOrEqual(weights.length);
  expect((await readdir(cacheFolder)).filter((name) => !name.startsWith(".locks"))).toEqual([]);
  await expect(removeCachedModel(repo, options())).rejects.toMatchObject({ code: "not_found" });
  await expect(removeCachedModel("../x", options())).rejects.toMatchObject({ code: "not_found" });
});

test("files that cannot be removed are told of, and hold no download up", async () => {
  await downloadModel(repo, options());
  const model = join(cacheFolder, "models--Qwen--Qwen3-TTS-12Hz-0.6B-Base");
  await deepen(model);
  await expect(removeCachedModel(repo, options())).rejects.toThrow(
    /no model any more.*\.qwen-tts-removed-/,
  );
  try {
    expect(await listCachedModels(options())).toEqual([]);
    await downloadModel(repo, options());
    expect(await listCachedModels(options())).toMatchObject([{ repo, complete: true }]);
  } finally {
    const [left] = (await readdir(cacheFolder)).filter((name) => name.includes("removed"));
    await rename(join(cacheFolder, left!, ...half, "inner"), join(cacheFolder, "inner"));
  }
});

const half = Array.from({ length: 12 }, () => "x".repeat(200));

/** Not even root can remove it by its path then: what is in it has a longer one than any may be. */
async function deepen(folder: string): Promise<void> {
  const inner = join(cacheFolder, "inner");
  await mkdir(join(folder, ...half), { recursive: true });
  await mkdir(join(inner, ...half), { recursive: true });
  await rename(inner, join(folder, ...half, "inner"));
}

test("what is being downloaded is not taken away", async () => {
  hub.misbehave(({ host }) => (host === "cdn" ? { kind: "stall", afterBytes: 50_000 } : undefined));
  const leaving = new AbortController();
  let arrived: () => void = () => undefined;
  const some = new Promise<void>((resolve) => (arrived = resolve));
  const onProgress = ({ bytesDone }: { bytesDone: number }) => bytesDone > 2 && arrived();
  const running = downloadModel(repo, { ...options(), signal: leaving.signal, onProgress });
  await some;
  const refused = removeCachedModel(repo, options());
  await expect(refused).rejects.toMatchObject({ code: "not_ready" });
  leaving.abort();
  await expect(running).rejects.toThrow();
});
