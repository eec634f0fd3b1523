import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EngineError } from "../engine-error.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import { openTensorTable } from "./tensor-table.ts";
import { openWeightCache, weightCacheFolder, type CachedFiles } from "./weight-cache.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "weight-cache-"));
  const header = Buffer.from("{}");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await writeFile(join(folder, "model.safetensors"), Buffer.concat([length, header]));
});
afterEach(() => rm(folder, { recursive: true }));

const root = () => join(folder, "cache");

async function openCache(): Promise<CachedFiles> {
  const tensors = await openTensorTable(folder);
  const none: readonly SafetensorsFile[] = [];
  return openWeightCache({ tensors, codecTensors: { ...tensors, files: none } }, root());
}

/** Counts how often it had to make the files. */
function producer() {
  const made = { times: 0 };
  const produce = async (place: string): Promise<void> => {
    made.times += 1;
    await writeFile(join(place, "weights"), "converted");
  };
  return { made, produce };
}

test("makes the files once, and finds them again", async () => {
  const { made, produce } = producer();
  const first = await (await openCache())("talker-int8", produce);
  const second = await (await openCache())("talker-int8", produce);
  expect(second).toBe(first);
  expect(made.times).toBe(1);
  expect(await readFile(join(first, "weights"), "utf8")).toBe("converted");
  await (
    await openCache()
  )("talker-int4", produce);
  expect(made.times).toBe(2);
});

test("makes them anew for a checkpoint that was changed", async () => {
  const { made, produce } = producer();
  await (
    await openCache()
  )("talker", produce);
  await utimes(join(folder, "model.safetensors"), 1, 1);
  await (
    await openCache()
  )("talker", produce);
  expect(made.times).toBe(2);
});

test("leaves nothing of a conversion that failed, and tries again", async () => {
  const cache = await openCache();
  const failing = async (place: string): Promise<void> => {
    await writeFile(join(place, "weights"), "half");
    throw new Error("the conversion broke");
  };
  await expect(cache("talker", failing)).rejects.toThrow("the conversion broke");
  const [entry] = await readdir(root());
  expect(await readdir(join(root(), entry!))).toEqual([]);
  const { made, produce } = producer();
  await cache("talker", produce);
  expect(made.times).toBe(1);
});

test("two that convert at the same time end with one complete entry", async () => {
  const [a, b] = [producer(), producer()];
  const caches = [await openCache(), await openCache()] as const;
  const places = await Promise.all([
    caches[0]("talker", a.produce),
    caches[1]("talker", b.produce),
  ]);
  expect(places[0]).toBe(places[1]);
  const [entry] = await readdir(root());
  expect(await readdir(join(root(), entry!))).toEqual(["talker"]);
});

test("removes what a process left that died, and an older format", async () => {
  const cache = await openCache();
  const { produce } = producer();
  const place = join(await cache("one", produce), "..");
  const noProcess = 2 ** 22 + 1;
  await mkdir(join(place, `.unfinished-${noProcess}-x`));
  await mkdir(place.replace(/-v\d+$/, "-v0"));
  await cache("two", produce);
  expect((await readdir(place)).sort()).toEqual(["one", "two"]);
  expect(await readdir(root())).toHaveLength(1);
});

test("a full disk and a folder that is none are said in words", async () => {
  const cache = await openCache();
  const full = Object.assign(new Error("ENOSPC: write"), { code: "ENOSPC" });
  const error = await cache("talker", () => Promise.reject(full)).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(EngineError);
  expect((error as Error).message).toMatch(/disk is full.*QWEN_TTS_CACHE/);
  const tensors = await openTensorTable(folder);
  const blocked = await openWeightCache(
    { tensors, codecTensors: tensors },
    join(folder, "model.safetensors"),
  );
  await expect(blocked("talker", () => Promise.resolve())).rejects.toThrow(/cannot be written/);
});

test("QWEN_TTS_CACHE moves it", () => {
  expect(weightCacheFolder({ QWEN_TTS_CACHE: "/somewhere" })).toBe("/somewhere");
  expect(weightCacheFolder({ XDG_CACHE_HOME: "/caches", LOCALAPPDATA: "/caches" })).toMatch(
    /qwen-tts$/,
  );
});
