// What a model in a host says of its own speed, and that measuring it leaves nothing behind.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { createHostedEngine } from "../src/host/client.ts";
import { CodecThread } from "../src/local/codec-thread.ts";
import { describeCheckpoint } from "../src/local/describe-model.ts";
import { graphOptions } from "../src/local/graph-options.ts";
import { hostedModelUrl } from "../src/local/hosted-model.ts";
import { measureCosts } from "../src/local/measure-costs.ts";
import { loadQwen3Tts } from "../src/model/qwen3-tts.ts";
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
  expect(model.generator.talker.pool.keys).toEqual([]);
  expect(streams).toEqual([1]);
  await Promise.all([model.release(), codec.close()]);
});
