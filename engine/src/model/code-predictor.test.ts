// Both ways to run a code predictor, over random weights: one run a frame, and run by run.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codePredictorTensors } from "../checkpoint/inventory.ts";
import type { CodePredictorConfig } from "../checkpoint/model-config.ts";
import { seededTensors } from "../testing/graph-costs.ts";
import { loadSession } from "./codec-session.ts";
import { canPredictFrames, loadFramePredictor, type FrameRow } from "./code-predictor-frame.ts";
import { loadStepPredictor } from "./code-predictor-steps.ts";
import { predictorEmbeddings, type EmbedCode } from "./code-predictor-weights.ts";
import { predictCodes, releaseCodePredictor, type CodePredictor } from "./code-predictor.ts";
import type { Precision } from "./matrix.ts";
import { uniformNoise } from "./noise.ts";
import type { SamplerSettings } from "./sampler.ts";

const config: CodePredictorConfig = {
  ...{ hiddenSize: 24, intermediateSize: 40, layers: 2, heads: 4, kvHeads: 2, headDim: 16 },
  ...{ rmsNormEps: 1e-6, ropeTheta: 10000, hiddenAct: "silu", maxPositions: 64 },
  ...{ vocabSize: 50, codeGroups: 7 },
};
const sampled: SamplerSettings = { doSample: true, temperature: 0.9, topK: 20, topP: 1 };
const greedy = { ...sampled, doSample: false };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "code-predictor-"));
});
afterAll(() => rm(folder, { recursive: true }));

type Loaded = { frame: CodePredictor; steps: CodePredictor; embed: EmbedCode };

async function load(talkerSize: number, precision: Precision): Promise<Loaded> {
  const tensors = seededTensors(codePredictorTensors(config, talkerSize));
  const cachedFiles = async (name: string, produce: (at: string) => Promise<void>) => {
    const at = join(folder, `${talkerSize}-${name}`);
    await mkdir(at);
    await produce(at);
    return at;
  };
  const source = {
    ...{ config, talkerSize, precision },
    load: (name: string, build: (name: string) => Parameters<typeof loadSession>[0]) =>
      loadSession(build(name), { threads: 1, cachedFiles }),
  };
  const tables = predictorEmbeddings(tensors, source);
  return {
    frame: await loadFramePredictor(tensors, source),
    steps: await loadStepPredictor(tensors, source),
    embed: (group, code) => tables[group - 1]!.readRowsSync(code, 1),
  };
}

function row(seed: number, talkerSize: number, sampler: SamplerSettings): FrameRow {
  const value = (index: number) => uniformNoise(seed, index, 0) - 0.5;
  return {
    first: Float32Array.from({ length: 2 * talkerSize }, (_, index) => value(index)),
    sampler,
    uniform: (group) => uniformNoise(seed, 0, group),
  };
}

const cases = ([24, 32] as const).flatMap((talkerSize) =>
  (["f32", "int8", "int4"] as const).map((precision) => [talkerSize, precision] as const),
);

describe.each(cases)("under a talker of width %d, at %s", (talkerSize, precision) => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await load(talkerSize, precision);
  });
  afterAll(() =>
    Promise.all([loaded.frame, loaded.steps].map((each) => releaseCodePredictor(each))),
  );

  const rows = Array.from({ length: 12 }, (_, seed) =>
    row(seed, talkerSize, seed % 3 === 0 ? greedy : sampled),
  );

  test("one run a frame gives what many give: codes, and the sum of their embeddings", async () => {
    const { frame, steps, embed } = loaded;
    const found = await predictCodes(frame, rows, embed);
    const expected = await predictCodes(steps, rows, embed);
    expect(found).toEqual(expected);
    expect(found[0]!.codes).toHaveLength(config.codeGroups - 1);
    const different = new Set(found.map(({ codes }) => codes.join()));
    expect(different.size).toBeGreaterThan(rows.length / 2);
  });

  test("a row in company gives what it gives alone", async () => {
    const { frame, embed } = loaded;
    const together = await predictCodes(frame, rows, embed);
    for (const [index, each] of rows.entries()) {
      expect(await predictCodes(frame, [each], embed)).toEqual([together[index]]);
    }
  });
});

test("a device, or heads that attention has no kernel for, go run by run", () => {
  expect(canPredictFrames(config, "cpu")).toBe(true);
  expect(canPredictFrames(config, "cuda")).toBe(false);
  expect(canPredictFrames({ ...config, headDim: 24 }, "cpu")).toBe(false);
});
