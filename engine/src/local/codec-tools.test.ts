import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openCheckpoint } from "../checkpoint/checkpoint.ts";
import { EngineError } from "../engine-error.ts";
import { fixturePath } from "../testing/goldens.ts";
import { decodeCodes, encodeAudio, speakerEmbedding } from "./codec-tools.ts";

const folder = fixturePath("base-0b6");
const { quantizers } = (await openCheckpoint(folder)).codecConfig.decoder;

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "codec-tools-"));
  process.env.QWEN_TTS_CACHE = cache;
});
afterAll(() => rm(cache, { recursive: true }));

test("a wrong code late in a clip is an error before anything of it is heard", async () => {
  const codes = Array.from({ length: 600 }, () => Array.from({ length: quantizers }, () => 0));
  codes[500]![3] = 1_000_000;
  const pieces = decodeCodes(folder, codes, { chunkFrames: 7 });
  await expect(pieces.next()).rejects.toThrow(
    /Code 1000000 of frame 500, group 3 does not exist: the codes of this model are 0 to \d+\./,
  );
});

test.each([
  ["longer than five minutes", 301 * 2000, 2000, /lasts 301 s, at most 300 s/],
  ["of no known rate", 100, NaN, /sample rate is NaN Hz/],
  ["shorter than its rate says", 100, 0, /sample rate is 0 Hz/],
])("a recording %s is refused before a graph is made", async (_what, length, rate, fault) => {
  const samples = new Float32Array(length);
  for (const use of [encodeAudio, speakerEmbedding]) {
    await expect(use(folder, samples, rate)).rejects.toThrow(EngineError);
    await expect(use(folder, samples, rate)).rejects.toThrow(fault);
  }
  expect(await readdir(cache)).toEqual([]);
});

test.each([NaN, Infinity, 3e38])("a sample of %d is refused", async (value) => {
  const samples = new Float32Array(1000);
  samples.fill(value, 500, 520);
  for (const use of [encodeAudio, speakerEmbedding]) {
    await expect(use(folder, samples, 48_000)).rejects.toThrow(
      /no numbers or far beyond full scale/,
    );
  }
});
