// The engine `local` over a tiny checkpoint, in this process and in a host of its own: the contract of every engine,
// and what is true of a model with rows of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createHostedEngine } from "../src/host/client.ts";
import { describeCheckpoint } from "../src/local/describe-model.ts";
import { hostedModelUrl } from "../src/local/hosted-model.ts";
import { loadModel, type LocalModel } from "../src/local/load-model.ts";
import type { SpeechRequest } from "../src/speech-engine.ts";
import { collect, speechRequest } from "../src/testing/collect.ts";
import { describeSpeechEngine } from "../src/testing/speech-engine.case.ts";

const folder = fileURLToPath(new URL("./fixtures/custom-voice-1b7", import.meta.url));
/** For this checkpoint, whose end of speech comes early. */
const longEnough = { minFrames: 13, maxFrames: 13 };

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), "local-engine-"));
  process.env.QWEN_TTS_CACHE = cache;
});
afterAll(() => rm(cache, { recursive: true }));

const open = (precision: "f32" | "int8" | "int4" = "f32"): Promise<LocalModel> =>
  loadModel(folder, { precision, threads: 1, rows: 3 });

describeSpeechEngine("a local model", { create: () => open() });

describeSpeechEngine("a local model in a host", {
  create: async () => {
    const engine = createHostedEngine({
      engine: "local",
      moduleUrl: hostedModelUrl,
      moduleOptions: { folder, precision: "f32", threads: 1, rows: 3 },
      model: { ...(await describeCheckpoint(folder, "f32")), rows: 3 },
    });
    await engine.load();
    return engine;
  },
});

describe.each(["int8", "int4"] as const)("%s", (precision) => {
  let model: LocalModel;
  beforeAll(async () => {
    model = await open(precision);
  });
  afterAll(() => model.close());

  const say = (text: string, changes: Partial<SpeechRequest> = {}): SpeechRequest => ({
    ...speechRequest({ text, speaker: "vivian", language: "English" }),
    limits: longEnough,
    ...changes,
  });

  async function codesOf(request: SpeechRequest): Promise<(readonly number[])[]> {
    const codes: (readonly number[])[] = [];
    const observer = { frame: (frame: readonly number[]) => codes.push(frame) };
    const events = model.synthesize(request, new AbortController().signal, observer);
    for await (const event of events) if (event.kind === "end") break;
    return codes;
  }

  test("batch equals single: the same seed gives the same codes alone and in company", async () => {
    const requests = ["one", "a second text, longer", "three"].map((text, seed) =>
      say(text, { seed }),
    );
    const alone: (readonly number[])[][] = [];
    for (const request of requests) alone.push(await codesOf(request));
    expect(await Promise.all(requests.map(codesOf))).toEqual(alone);
    expect(alone[0]).toHaveLength(longEnough.maxFrames);
    expect(alone[0]).not.toEqual(alone[2]);
  });

  test("another seed gives other codes, greedy always the same", async () => {
    expect(await codesOf(say("one", { seed: 1 }))).not.toEqual(
      await codesOf(say("one", { seed: 2 })),
    );
    const greedy = { sampling: { greedy: true } };
    expect(await codesOf(say("one", { seed: 1, ...greedy }))).toEqual(
      await codesOf(say("one", { seed: 2, ...greedy })),
    );
  });

  test("says what it is", async () => {
    expect(model.info).toMatchObject({ variant: "custom_voice", precision });
    const [status] = model.status().models;
    expect(status).toMatchObject({ label: expect.stringContaining(precision) as string });
    const { end } = await collect(model, say("one"));
    expect(Object.keys(end!.stats.stagesMs).sort()).toEqual([
      "codec",
      "predictor",
      "prefill",
      "talker",
    ]);
  });
});
