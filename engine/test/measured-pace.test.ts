// What a model in a host says of its own speed, and that measuring it leaves nothing behind.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { createHostedEngine } from "../src/host/client.ts";
import { CodecThread } from "../src/local/codec-thread.ts";
import { describeCheckpoint } from "../src/local/describe-model.ts";
import { graphOptions } from "../src/local/graph-options.ts";
import { hostedModelUrl } from "../src/local/hosted-model.ts";
import { openKeptCosts } from "../src/local/kept-costs.ts";
import { loadModel } from "../src/local/load-model.ts";
import { measureCosts } from "../src/local/measure-costs.ts";
import { loadQwen3Tts } from "../src/model/qwen3-tts.ts";
import type { Pace } from "../src/speech-engine.ts";
import { fixturePath } from "../src/testing/goldens.ts";

const folder = fixturePath("custom-voice-0b6");

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "measured-pace-"));
  process.env.QWEN_TTS_CACHE = cache;
});
afterAll(() => rm(cache, { recursive: true }));

test("a host has measured its pace when it is ready", async () => {
  const model = { ...(await describeCheckpoint(folder, "f32")), rows: 1 };
  const moduleOptions = { folder, precision: "f32", threads: 1, rows: 1 };
  const engine = createHostedEngine({
    engine: "local",
    moduleUrl: hostedModelUrl,
    moduleOptions,
    model,
  });
  expect(engine.status().models[0]!.pace).toBeUndefined();
  await engine.load();
  const pace = engine.status().models[0]!.pace!;
  await engine.close();
  expect(pace.realTimeFactor).toBeGreaterThan(0);
  expect(pace.pieceSeconds).toBeCloseTo(4 * 0.08);
  expect(Object.keys(pace.costsMs)).toEqual(["step", "codec 1", "codec 2", "codec 4"]);
  for (const ms of Object.values(pace.costsMs)) expect(ms).toBeGreaterThan(0);
});

test("what was measured is kept, for as long as it is of this machine and whole", async () => {
  const checkpoint = await openCheckpoint(folder);
  const load = async (): Promise<Pace["costsMs"]> => {
    const engine = await loadModel(folder, { precision: "f32", threads: 1, measure: true });
    const { pace } = engine.status().models[0]!;
    await engine.close();
    return pace!.costsMs;
  };
  const first = await load();
  expect(await load()).toEqual(first); // never twice the same to all digits, if it was measured
  const kept = { precision: "f32", threads: 1, device: "cpu" } as const;
  expect(await (await openKeptCosts(checkpoint, kept)).read()).not.toBeNull();
  for (const other of [{ precision: "int8" as const }, { threads: 2 }]) {
    expect(await (await openKeptCosts(checkpoint, { ...kept, ...other })).read()).toBeNull();
  }
  const file = await noteFile();
  const note = JSON.parse(await readFile(file, "utf8")) as { codecMs: unknown[] };
  for (const spoilt of [
    "{",
    JSON.stringify({ ...note, machine: "another" }),
    JSON.stringify({ ...note, measuredMs: 1 }),
    JSON.stringify({ ...note, stepMs: -1 }),
    JSON.stringify({ ...note, codecMs: note.codecMs.slice(1) }),
    JSON.stringify({ ...note, codecMs: [1, 2, 3] }),
  ]) {
    await writeFile(file, spoilt);
    expect(await (await openKeptCosts(checkpoint, kept)).read(), spoilt).toBeNull();
  }
  expect(await load()).not.toEqual(first);
  expect(await (await openKeptCosts(checkpoint, kept)).read()).not.toBeNull();
});

async function noteFile(): Promise<string> {
  const names = await readdir(cache, { recursive: true });
  return join(
    cache,
    names.find((name) => /costs-.*\.json$/.test(name))!,
  );
}

test("the frames that were measured hold no place afterwards, and no codec state", async () => {
  const checkpoint = await openCheckpoint(folder);
  const graphs = await graphOptions(checkpoint, 1);
  const model = await loadQwen3Tts(checkpoint, {
    ...graphs,
    precision: "f32",
    pretokenizer: "qwen",
  });
  const codec = await CodecThread.start({ folder, threads: 1 });
  const streams: number[] = [];
  const closeStream = codec.closeStream.bind(codec);
  codec.closeStream = (stream) => {
    streams.push(stream);
    closeStream(stream);
  };
  await measureCosts(model, codec);
  expect(model.generator.talker.pool.places).toEqual([]);
  expect(streams).toEqual([1]);
  await Promise.all([model.release(), codec.close()]);
});
