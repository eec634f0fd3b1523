// Rows over tiny checkpoints, stepped by hand: who shares a run, and who leaves in the middle of one, is up to the test.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openCheckpoint } from "../src/checkpoint/checkpoint.ts";
import type { Precision } from "../src/model/matrix.ts";
import { predictorSessions } from "../src/model/code-predictor.ts";
import { loadQwen3Tts, type Qwen3Tts } from "../src/model/qwen3-tts.ts";
import { defaultRunawayLimits } from "../src/scheduler/runaway-guard.ts";
import type { CodeFrame, RowRequest } from "../src/scheduler/speech-model.ts";
import type { Voice } from "../src/speech-engine.ts";
import { speechRequest } from "../src/testing/collect.ts";
import { fixturePath, readGoldens } from "../src/testing/goldens.ts";
import { CodecThread } from "../src/local/codec-thread.ts";
import { graphOptions } from "../src/local/graph-options.ts";
import { Session } from "../src/runtime/session.ts";
import { Qwen3SpeechModel, type SpeechRow } from "../src/local/qwen3-speech-model.ts";
import { writeVoicePrompt } from "../src/local/voice-prompt.ts";

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "speech-model-"));
  process.env.QWEN_TTS_CACHE = cache;
});
afterAll(() => rm(cache, { recursive: true }));

type Loaded = { qwen: Qwen3Tts; codec: CodecThread; model: Qwen3SpeechModel };

async function load(name: string, precision: Precision): Promise<Loaded> {
  const folder = fixturePath(name);
  const checkpoint = await openCheckpoint(folder);
  const graphs = await graphOptions(checkpoint, 1);
  const qwen = await loadQwen3Tts(checkpoint, { ...graphs, precision, pretokenizer: "qwen" });
  const codec = await CodecThread.start({ folder, threads: 1 });
  return { qwen, codec, model: new Qwen3SpeechModel(qwen, codec, defaultRunawayLimits) };
}

function request(text: string, seed: number, voice?: Voice): RowRequest {
  const plain = speechRequest({ text, speaker: "", language: "English" });
  const frames = { minFrames: 14, maxFrames: 14 };
  return { ...plain, text, seed, limits: frames, ...(voice ? { voice } : {}) };
}

async function prefilled(model: Qwen3SpeechModel, asked: RowRequest): Promise<SpeechRow> {
  const row = model.read(asked).open();
  while ((await model.prefill(row)) === "more");
  return row;
}

// Their code predictors are run in different ways.
const cases = (["custom-voice-1b7", "custom-voice-0b6"] as const).flatMap((name) =>
  (["f32", "int8", "int4"] as const).map((precision) => [name, precision] as const),
);

describe.each(cases)("in company, %s at %s", (name, precision) => {
  let loaded: Loaded;
  beforeAll(async () => {
    loaded = await load(name, precision);
  });
  afterAll(() => loaded.model.close());

  const [first, second, cancelled, next] = [
    request("one", 1),
    request("a second text that is longer, and takes in its prompt in two parts. ".repeat(2), 2),
    request("this one leaves", 3),
    request("this one comes into the place that is free", 4),
  ] as const;

  /** Steps `rows` together and notes what each says; `meanwhile` happens in the middle of the step. */
  async function step(said: Map<SpeechRow, CodeFrame[]>, meanwhile?: () => void): Promise<void> {
    const rows = [...said.keys()];
    const stepping = loaded.model.step(rows);
    meanwhile?.();
    for (const [index, result] of (await stepping).entries()) {
      if (result.kind === "frame") said.get(rows[index]!)?.push(result.codes);
    }
  }

  async function alone(asked: RowRequest): Promise<CodeFrame[]> {
    const row = await prefilled(loaded.model, asked);
    const said = new Map<SpeechRow, CodeFrame[]>([[row, []]]);
    for (let frame = 0; frame < 14; frame++) await step(said);
    loaded.model.closeRow(row);
    return said.get(row)!;
  }

  test("the same seed gives the same codes, whoever comes, leaves and had the place before", async () => {
    const { model, qwen } = loaded;
    const expected = [await alone(first), await alone(second), await alone(next)];
    const said = new Map<SpeechRow, CodeFrame[]>();
    const join = async (asked: RowRequest): Promise<SpeechRow> => {
      const row = await prefilled(model, asked);
      said.set(row, []);
      return row;
    };
    const leaving = await join(cancelled);
    await step(said);
    const rows = [await join(first)];
    await step(said);
    await step(said);
    rows.push(await join(second));
    await step(said);
    await step(said, () => model.closeRow(leaving));
    said.delete(leaving);
    rows.push(await join(next));
    for (let frame = 0; frame < 14; frame++) {
      // Runs over other rows each time, so that places are moved.
      const part = frame % 3 === 2 ? new Map([...said].toReversed().slice(0, 2)) : said;
      await step(part);
    }
    for (let frame = 0; frame < 14; frame++) await step(said);
    expect(rows.map((row) => said.get(row))).toEqual(expected);
    for (const row of rows) model.closeRow(row);
    expect(qwen.generator.talker.pool.places).toEqual([]);
  });

  test("a run that fails leaves every row as it was, and each goes on alone", async () => {
    const { model, qwen } = loaded;
    const expected = [await alone(first), await alone(second)];
    const { talker, codePredictor } = qwen.generator;
    const ofPredictor = predictorSessions(codePredictor);
    const sessions = [talker.session, ...new Set([ofPredictor[0]!, ofPredictor.at(-1)!])];
    const failures = sessions.flatMap((session) => [
      [session, "first"] as const,
      [session, "last"] as const,
    ]);
    for (const [session, which] of failures) {
      const rows = [await prefilled(model, first), await prefilled(model, second)];
      const said = new Map<SpeechRow, CodeFrame[]>(rows.map((row) => [row, []]));
      for (let frame = 0; frame < 4; frame++) await step(said);
      const failing = vi.spyOn(session, "run");
      await step(said);
      const good = which === "first" ? 0 : failing.mock.calls.length - 1;
      const run = Session.prototype.run.bind(session);
      for (let call = 0; call < good; call++) failing.mockImplementationOnce(run);
      failing.mockRejectedValueOnce(new Error("no memory"));
      await expect(model.step(rows)).rejects.toThrow("no memory");
      failing.mockRestore();
      for (const [row, codes] of said) await step(new Map([[row, codes]]));
      for (let frame = 6; frame < 14; frame++) await step(said);
      expect(rows.map((row) => said.get(row))).toEqual(expected);
      for (const row of rows) model.closeRow(row);
    }
  });
});

describe("a clone", async () => {
  const { referenceCodes } = (await readGoldens("speech")).find(
    ({ name }) => name === "base-1b7.icl-whole",
  )!;
  let loaded: Loaded;
  let cloned: RowRequest;
  beforeAll(async () => {
    loaded = await load("base-1b7", "f32");
    const { hiddenSize } = loaded.qwen.checkpoint.config.talker;
    const prompt = writeVoicePrompt({
      speakerEmbedding: new Float32Array(hiddenSize).fill(0.1),
      reference: { transcript: "The boats are back.", codes: referenceCodes! },
    });
    cloned = request("A long enough text, and a reference.", 1, { kind: "clone", prompt });
  });
  afterAll(() => loaded.model.close());

  test.each([0, 1])(
    "closed while part %d of its prompt is taken in keeps no place",
    async (part) => {
      const { model, qwen } = loaded;
      const row = model.read(cloned).open();
      for (let done = 0; done < part; done++) expect(await model.prefill(row)).toBe("more");
      const prefilling = model.prefill(row);
      model.closeRow(row);
      await prefilling;
      expect(qwen.generator.talker.pool).toMatchObject({ places: [] });
    },
  );

  test("closed while the codec takes in its reference says nothing", async () => {
    const { model } = loaded;
    const row = await prefilled(model, cloned);
    const saying = model.decode(row, [referenceCodes![0]!], { dueMs: 0 });
    model.closeRow(row);
    await expect(saying).rejects.toMatchObject({ code: "closed" });
  });

  test("speaks as the codec does behind its reference", async () => {
    const { model, codec } = loaded;
    const row = await prefilled(model, cloned);
    const samples = await model.decode(row, referenceCodes!.slice(0, 2), { dueMs: 0 });
    model.closeRow(row);
    const stream = codec.openStream();
    await codec.prime(stream, referenceCodes!, 0);
    expect((await codec.decode(stream, referenceCodes!.slice(0, 2), { dueMs: 0 })).samples).toEqual(
      samples,
    );
    codec.closeStream(stream);
  });
});
