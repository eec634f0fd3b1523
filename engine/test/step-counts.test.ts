// What a frame costs on any machine: nodes, runs, bytes of weights, bytes copied. Upper bounds with their reasons, so that a
// change that makes each step heavier shows without a clock. Graphs of the published sizes, of which nobody reads a
// weight; runs of a real tiny model.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi, type MockInstance } from "vitest";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import { codecConfig } from "../src/checkpoint/codec-config.ts";
import { codecDecoderTensors } from "../src/checkpoint/codec-inventory.ts";
import { modelTensors } from "../src/checkpoint/inventory.ts";
import { JsonFields } from "../src/checkpoint/json-fields.ts";
import {
  modelConfig,
  type ModelConfig,
  type TransformerConfig,
} from "../src/checkpoint/model-config.ts";
import { innerGraphs, type Graph } from "../src/graph/graph.ts";
import { CodecThread } from "../src/local/codec-thread.ts";
import { graphOptions } from "../src/local/graph-options.ts";
import { Qwen3SpeechModel, type SpeechRow } from "../src/local/qwen3-speech-model.ts";
import { loadCodePredictor } from "../src/model/code-predictor.ts";
import {
  codecColumnsGraph,
  codecLatentsGraph,
  codecWaveGraph,
} from "../src/model/codec-decoder-graph.ts";
import {
  createCodecState,
  decodeFrames,
  loadCodecDecoder,
  releaseCodecDecoder,
} from "../src/model/codec-decoder.ts";
import { codecDecoderWeights } from "../src/model/codec-weights.ts";
import { promptPrecision, type Precision } from "../src/model/matrix.ts";
import { loadQwen3Tts } from "../src/model/qwen3-tts.ts";
import { loadTalker } from "../src/model/talker.ts";
import { Session, type Tensor } from "../src/runtime/session.ts";
import { defaultRunawayLimits } from "../src/scheduler/runaway-guard.ts";
import { speechRequest } from "../src/testing/collect.ts";
import { fixturePath } from "../src/testing/goldens.ts";
import { outputBytes, unreadTensors, weightBytesRead } from "../src/testing/graph-costs.ts";
import { publishedConfigs, type PublishedSize } from "../src/testing/published-configs.ts";

const float = 4;

type FrameGraphs = {
  config: ModelConfig;
  talker: Graph;
  /** The talker in the precision that takes prompts in. */
  forPrompts: Graph;
  /** A frame of the code predictor, of which one round is all but one head. */
  frame: Graph;
  round: Graph;
  heads: Graph[];
};

/** Of the graphs that nodes run those that have none in them. */
function innermost(graph: Graph): Graph[] {
  const inner = innerGraphs(graph);
  return inner.length === 0 ? [graph] : inner.flatMap(innermost);
}

/** Built as they are loaded, and never written. */
async function frameGraphs(size: PublishedSize, precision: Precision): Promise<FrameGraphs> {
  const { config: file } = publishedConfigs(size, "custom_voice");
  const config = modelConfig(new JsonFields("config.json", "", file));
  const tensors = unreadTensors(modelTensors(config));
  let graphs: Graph[] = [];
  const load = (name: string, build: (name: string) => Graph): Promise<Session> => {
    graphs.push(build(name));
    return Promise.resolve(Object.create(Session.prototype) as Session);
  };
  const forPrompts = promptPrecision(precision);
  await loadTalker(tensors, { config: config.talker, precision, forPrompts, load });
  const talkers = graphs;
  graphs = [];
  const talkerSize = config.talker.hiddenSize;
  await loadCodePredictor(tensors, { config: config.codePredictor, talkerSize, precision, load });
  const [frame] = graphs as [Graph];
  const [round] = innerGraphs(frame) as [Graph];
  const heads = innermost(round);
  return { config, talker: talkers[0]!, forPrompts: talkers.at(-1)!, frame, round, heads };
}

/** Numbers in the matrices of the layers. */
function matrixNumbers(config: TransformerConfig): number {
  const { hiddenSize, intermediateSize, layers, heads, kvHeads, headDim } = config;
  const attention = (2 * heads + 2 * kvHeads) * headDim * hiddenSize;
  return layers * (attention + 3 * intermediateSize * hiddenSize);
}

/** A block of 128 has one scale of four bytes beside its bits. */
const bytesPerNumber: Record<Precision, number> = {
  f32: float,
  int8: 1 + float / 128,
  int4: 1 / 2 + float / 128,
};

const sizes = ["0.6b", "1.7b"] as const;
const precisions = ["f32", "int8", "int4"] as const;
const cases = sizes.flatMap((size) => precisions.map((precision) => [size, precision] as const));

describe.each(cases)("graphs of the %s model at %s", (size, precision) => {
  let graphs: FrameGraphs;
  beforeAll(async () => {
    graphs = await frameGraphs(size, precision);
  });

  test("a layer has so few nodes that they cost less than its products", () => {
    const { config, talker, frame, round, heads } = graphs;
    // What a product of 8 bits does to its rows before and behind it; the other kernels do it inside.
    const around = precision === "int8" ? 7 : 0;
    // Besides layers: the last norm and position, a head or a narrower input, outputs.
    const bound = (ofLayer: number, { layers }: TransformerConfig) =>
      ofLayer * layers + 10 + around * (4 * layers + 1);
    // Four products of weights, four of attention, 24 around them.
    expect(talker.nodes.length).toBeLessThanOrEqual(bound(32, config.talker));
    // Four products of weights, attention and two outputs, 13 around them; 14 choose a code, 4 embed it, 6 go on.
    const { codePredictor } = config;
    expect(round.nodes.length).toBeLessThanOrEqual(bound(20, codePredictor) + 24);
    expect(frame.nodes.length).toBeLessThanOrEqual(5);
    // A product and the name of its output.
    expect(heads).toHaveLength(codePredictor.codeGroups - 1);
    for (const head of heads) expect(head.nodes.length).toBeLessThanOrEqual(2 + around);
  });

  test("a run reads each weight once, in the bits that were asked for", () => {
    const { config, talker, forPrompts, round, heads } = graphs;
    const { talker: sizes, codePredictor } = config;
    const ofTalker = matrixNumbers(sizes) + sizes.vocabSize * sizes.hiddenSize;
    // Norms and shapes are small change: half a percent.
    const bytes = (numbers: number, at = precision) => 1.005 * numbers * bytesPerNumber[at];
    expect(weightBytesRead(talker)).toBeLessThanOrEqual(bytes(ofTalker));
    const promptBytes = bytes(ofTalker, promptPrecision(precision));
    expect(weightBytesRead(forPrompts)).toBeLessThanOrEqual(promptBytes);
    const isNarrowed = sizes.hiddenSize !== codePredictor.hiddenSize;
    const narrowing = isNarrowed ? sizes.hiddenSize * codePredictor.hiddenSize : 0;
    expect(weightBytesRead(round)).toBeLessThanOrEqual(
      bytes(matrixNumbers(codePredictor) + narrowing),
    );
    const ofHead = codePredictor.vocabSize * codePredictor.hiddenSize;
    for (const head of heads) expect(weightBytesRead(head)).toBeLessThanOrEqual(bytes(ofHead));
  });

  test("the talker's past keys and values never come out of its graph, which would copy them", () => {
    const { config, talker } = graphs;
    const { layers, kvHeads, headDim, hiddenSize, vocabSize } = config.talker;
    // Only named sizes that do not grow with the past: `outputBytes` throws at others.
    expect(outputBytes(talker, { batch: 1, time: 1 })).toBeLessThanOrEqual(
      float * (layers * 2 * kvHeads * headDim + hiddenSize + vocabSize),
    );
  });

  test("what the predictor carries on is little beside the weights that it reads", () => {
    const { config, round } = graphs;
    const atTheEnd = { batch: 1, time: 1, past: config.codePredictor.codeGroups - 1 };
    expect(outputBytes(round, atTheEnd)).toBeLessThanOrEqual(weightBytesRead(round) / 50);
  });

  test("of a frame only codes and what the talker hears come out", () => {
    const { config, frame } = graphs;
    const codes = 8 * (config.codePredictor.codeGroups - 1);
    expect(outputBytes(frame, { batch: 1 })).toBe(codes + float * config.talker.hiddenSize);
  });
});

test("the codec's graphs give samples and what convolutions remember, nothing that grows with the past", () => {
  const { decoder } = codecConfig(
    new JsonFields("config.json", "", publishedConfigs("0.6b", "custom_voice").codec),
  );
  const weights = codecDecoderWeights(unreadTensors(codecDecoderTensors(decoder)), decoder);
  for (const { graph, memories } of [
    codecLatentsGraph(weights, decoder),
    codecColumnsGraph(weights, decoder),
    codecWaveGraph(weights),
  ]) {
    const remembered = memories.reduce((sum, { channels, columns }) => sum + channels * columns, 0);
    const perFrame = (frames: number) =>
      outputBytes(graph, { batch: 1, frames }) - float * remembered;
    expect(perFrame(8)).toBe(8 * perFrame(1));
    // A transformer layer has 30 nodes as above; a convolution of the waveform ten: memory, activation, product.
    expect(graph.nodes.length).toBeLessThanOrEqual(30 * decoder.layers + 60);
  }
});

describe.each(precisions)("runs of a tiny model at %s", (precision) => {
  const folder = fixturePath("custom-voice-0b6");
  let cache: string;
  let model: Qwen3SpeechModel;
  let runs: MockInstance<Session["run"]>;

  beforeAll(async () => {
    cache = await mkdtemp(join(tmpdir(), "step-counts-"));
    process.env.QWEN_TTS_CACHE = cache;
    const checkpoint = await openCheckpoint(folder);
    const graphs = await graphOptions(checkpoint, 1);
    const qwen = await loadQwen3Tts(checkpoint, { ...graphs, precision, pretokenizer: "qwen" });
    const codec = await CodecThread.start({ folder, threads: 1 });
    model = new Qwen3SpeechModel(qwen, codec, defaultRunawayLimits);
    runs = vi.spyOn(Session.prototype, "run");
  });
  afterAll(async () => {
    runs.mockRestore();
    await model.close();
    await rm(cache, { recursive: true });
  });

  async function prefilled(seed: number): Promise<SpeechRow> {
    const plain = speechRequest({ text: "one", speaker: "serena", language: "English" });
    const limits = { minFrames: 20, maxFrames: 20 };
    const row = model.read({ ...plain, text: "one", seed, limits }).open();
    while ((await model.prefill(row)) === "more");
    return row;
  }

  /** Inputs of each run of one frame of `rows`, which have all heard a frame before. */
  async function runsOfFrame(rows: readonly SpeechRow[]): Promise<Record<string, Tensor>[]> {
    runs.mockClear();
    await model.step(rows);
    return runs.mock.calls.map(([inputs]) => inputs);
  }

  /** The talker's and the code predictor's. */
  const ofFrame = 2;

  test("a frame takes one run of the talker and one of the code predictor", async () => {
    const row = await prefilled(1);
    await model.step([row]);
    expect((await runsOfFrame([row])).length).toBeLessThanOrEqual(ofFrame);
    model.closeRow(row);
  });

  test("requests share the runs of a frame only where none could change another's last bit", async () => {
    const rows = await Promise.all([1, 2, 3].map(prefilled));
    await model.step(rows);
    const made = await runsOfFrame(rows);
    expect(made.length).toBeLessThanOrEqual(precision === "int8" ? ofFrame : 3 * ofFrame);
    const batches = made.map(({ x, first }) => (x ?? first!).shape[0]);
    expect(new Set(batches)).toEqual(new Set([precision === "int8" ? 3 : 1]));
    for (const row of rows) model.closeRow(row);
  });

  test("the talker's keys and values stay where they are from frame to frame", async () => {
    const rows = await Promise.all([1, 2].map(prefilled));
    await model.step(rows);
    const cachesOf = (inputs: Record<string, Tensor>[]) =>
      Object.entries(inputs[0]!)
        .filter(([name]) => /^(keys|values)\./.test(name))
        .map(([, { data }]) => data.buffer);
    const before = cachesOf(await runsOfFrame(rows));
    const after = cachesOf(await runsOfFrame(rows));
    expect(before.length).toBeGreaterThan(0);
    expect(after.every((buffer, index) => buffer === before[index])).toBe(true);
    for (const row of rows) model.closeRow(row);
  });

  test("a codec call takes one run of the graphs with the weights, and one a frame of that with the work", async () => {
    const checkpoint = await openCheckpoint(folder);
    const decoder = await loadCodecDecoder(checkpoint, await graphOptions(checkpoint, 1));
    runs.mockClear();
    const frame = new Array<number>(checkpoint.config.talker.codeGroups).fill(1);
    await decodeFrames(decoder, createCodecState(decoder), [frame, frame, frame, frame]);
    expect(runs.mock.calls.length).toBeLessThanOrEqual(2 + 4);
    await releaseCodecDecoder(decoder);
  });
});
