import { describe, expect, test } from "vitest";
import { symbol } from "../graph/dim.ts";
import { Graph } from "../graph/graph.ts";
import type { Tensor } from "../runtime/session.ts";
import { runGraph } from "../testing/run-graph.ts";
import { uniformNoise } from "./noise.ts";
import { chooseCodes, samplingFeeds, samplingInputs, uniformFor } from "./sampler-graph.ts";
import { chooseCode, type SamplerSettings } from "./sampler.ts";

const vocabSize = 300;
const plain: SamplerSettings = { doSample: true, temperature: 0.9, topK: 50, topP: 1 };

/** @param uniform of each row; its settings and logits, [rows, vocabSize] */
async function chosen(
  logits: Float32Array,
  settings: readonly SamplerSettings[],
  uniform: readonly number[],
): Promise<number[]> {
  const rows = settings.length;
  const graph = new Graph("choosing");
  const batch = symbol("batch");
  const x = graph.input("logits", "float32", [batch, vocabSize]);
  const noise = graph.input("uniform", "float32", [batch, 1]);
  graph.output("codes", chooseCodes(x, samplingInputs(graph), noise));
  const feeds: Record<string, Tensor> = {
    logits: { data: logits, shape: [rows, vocabSize] },
    uniform: {
      data: Float32Array.from(uniform, (value, row) => uniformFor(settings[row]!, value)),
      shape: [rows, 1],
    },
    ...samplingFeeds(settings, vocabSize),
  };
  const { codes } = await runGraph(graph, feeds);
  expect(codes!.shape).toEqual([rows, 1]);
  return Array.from(codes!.data as BigInt64Array, Number);
}

function someLogits(rows: number, seed: number): Float32Array {
  return Float32Array.from(
    { length: rows * vocabSize },
    (_, index) => 8 * uniformNoise(seed, index, 0),
  );
}

const cases: [string, Partial<SamplerSettings>][] = [
  ["plainly", {}],
  ["the likeliest", { doSample: false }],
  ["of few", { topK: 3 }],
  ["of all", { topK: 0 }],
  ["of more than there are", { topK: 10 * vocabSize }],
  ["of a nucleus", { topP: 0.6 }],
  ["of a nucleus of one", { topP: 1e-6 }],
  ["of a nucleus of all", { topK: 0, topP: 0.95 }],
  ["sharply", { temperature: 0.2 }],
  ["flatly", { temperature: 3 }],
];

describe("codes are chosen as by chooseCode", () => {
  test.each(cases)("%s", async (_name, change) => {
    const rows = 200;
    const settings = new Array<SamplerSettings>(rows).fill({ ...plain, ...change });
    const logits = someLogits(rows, 1);
    const uniform = Array.from({ length: rows }, (_, row) => uniformNoise(2, row, 0));
    const expected = settings.map((of, row) =>
      chooseCode(logits.slice(row * vocabSize, (row + 1) * vocabSize), of, uniform[row]!),
    );
    expect(await chosen(logits, settings, uniform)).toEqual(expected);
  });

  test("by each row's own settings", async () => {
    const settings = cases.map(([, change]) => ({ ...plain, ...change, topK: plain.topK }));
    const logits = someLogits(settings.length, 3);
    const uniform = settings.map((_, row) => uniformNoise(4, row, 0));
    const expected = settings.map((of, row) =>
      chooseCode(logits.slice(row * vocabSize, (row + 1) * vocabSize), of, uniform[row]!),
    );
    expect(await chosen(logits, settings, uniform)).toEqual(expected);
  });
});

test("the first of equals is the likeliest", async () => {
  const logits = new Float32Array(vocabSize).fill(-1);
  for (const code of [7, 8, 200]) logits[code] = 2;
  expect(await chosen(logits, [{ ...plain, doSample: false }], [0.99])).toEqual([7]);
});

test("the ends of the range of random numbers give the first and the last that is left", async () => {
  const logits = Float32Array.from({ length: 2 * vocabSize }, (_, index) => -(index % vocabSize));
  const settings = [plain, plain].map((of) => ({ ...of, topK: 2, temperature: 10 }));
  expect(await chosen(logits, settings, [0, 1 - 2 ** -53])).toEqual([0, 1]);
  const nucleus = settings.map((of) => ({ ...of, topK: 5, topP: 0.3 }));
  expect(await chosen(logits, nucleus, [0, 1 - 2 ** -53])).toEqual([0, 1]);
});
