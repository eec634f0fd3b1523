// The fake's own promises: steps and plans that tests count, directives, parking, loading. What every
// engine promises is in speech-engine.case.ts.
import { expect, test } from "vitest";
import type { SpeechRequest } from "../speech-engine.ts";
import { collect, speechRequest } from "./collect.ts";
import { createFakeEngine } from "./fake-engine.ts";
import { describeSpeechEngine } from "./speech-engine.case.ts";

describeSpeechEngine("the fake", { create: () => createFakeEngine() });
describeSpeechEngine("the fake that loads late", { create: () => createFakeEngine({ loadMs: 1 }) });

const never = new AbortController().signal;
const say = (text: string): SpeechRequest =>
  speechRequest({ text, speaker: "Ryan", language: "English" });

test("requests that come together share their steps, up to the rows", async () => {
  const engine = createFakeEngine({ rows: 2 });
  const texts = ["[frames 5]", "[frames 5]", "[frames 5]"];
  await Promise.all(texts.map((text) => collect(engine, say(text))));
  expect(engine.plans.slice(0, 5)).toEqual([
    [1, 2],
    [1, 2],
    [1, 2],
    [1, 2],
    [1, 2],
  ]);
  expect(engine.steps).toBe(10);
  expect([engine.started, engine.finished, engine.activeRows]).toEqual([3, 3, 0]);
});

test("a row at [wait N] is in no plan until it is released; the others go on", async () => {
  const engine = createFakeEngine();
  const held = collect(engine, say("[frames 3] [wait 1]"));
  await engine.waitForHeld();
  expect(engine.steps).toBe(1);
  await collect(engine, say("[frames 7]"));
  expect(engine.plans.slice(1)).toEqual(Array.from({ length: 7 }, () => [2]));
  engine.release();
  expect((await held).samples).toHaveLength(3 * 1920);
});

test("a wait after the last frame delays only the end", async () => {
  const engine = createFakeEngine();
  const held = collect(engine, say("[frames 2] [wait 2]"));
  await engine.waitForHeld();
  engine.release();
  expect((await held).samples).toHaveLength(2 * 1920);
});

test("a row whose consumer does not drink is parked and comes back when it drinks", async () => {
  const engine = createFakeEngine({ aheadFrames: 3 });
  const slow = engine.synthesize(say("[frames 9]"), never)[Symbol.asyncIterator]();
  await slow.next();
  await collect(engine, say("[frames 30]"));
  expect(engine.plans.filter((plan) => plan.includes(1))).toHaveLength(3);
  await slow.next();
  await collect(engine, say("[frames 30]"));
  expect(engine.plans.filter((plan) => plan.includes(1))).toHaveLength(4);
});

test("the clip's length follows the text, and its sound every part of the request", async () => {
  const engine = createFakeEngine();
  const clip = async (changes: Partial<SpeechRequest>, text = "twelve chars"): Promise<string> =>
    String((await collect(engine, { ...say(text), ...changes })).samples);
  const clips = await Promise.all([
    clip({}),
    clip({}, "twelve chart"),
    clip({ seed: 8 }),
    clip({ language: "German" }),
    clip({ instruct: "gently" }),
    clip({ voice: { kind: "preset", speaker: "Aiden" } }),
  ]);
  expect(new Set(clips).size).toBe(clips.length);
  expect((await collect(engine, say("thirteen char"))).samples).toHaveLength(4 * 1920);
});

test("text in pieces gives the audio of the whole text", async () => {
  const engine = createFakeEngine();
  async function* pieces(): AsyncGenerator<string> {
    yield "This comes ";
    await Promise.resolve();
    yield "in pieces";
    yield ".";
  }
  const spoken = await collect(engine, {
    ...say(""),
    text: { kind: "incremental", pieces: pieces() },
  });
  expect(spoken.samples).toEqual((await collect(engine, say("This comes in pieces."))).samples);
});

test.each([
  ["[frames 4] [crash 2]", "crashed"],
  ["[frames 4] [oom 2]", "out_of_memory"],
])("%s fails its own row with %s after two frames", async (text, code) => {
  const engine = createFakeEngine();
  const other = collect(engine, say("[frames 6]"));
  const seen: string[] = [];
  const failing = (async (): Promise<void> => {
    for await (const event of engine.synthesize(say(text), never)) seen.push(event.kind);
  })();
  await expect(failing).rejects.toMatchObject({ code });
  expect(seen).toEqual(["start", "audio", "audio"]);
  expect((await other).samples).toHaveLength(6 * 1920);
  expect(engine.activeRows).toBe(0);
});

test("[hang N] makes no more frames until the request is cancelled", async () => {
  const engine = createFakeEngine();
  const abort = new AbortController();
  const hanging = engine.synthesize(say("[frames 4] [hang 1]"), abort.signal);
  const events = hanging[Symbol.asyncIterator]();
  await events.next();
  await events.next();
  const pending = events.next();
  await collect(engine, say("[frames 5]"));
  abort.abort();
  expect(await pending).toMatchObject({ value: { kind: "end", finishReason: "cancelled" } });
  expect(engine.activeRows).toBe(0);
});

test("a lazy fake loads at the first request", async () => {
  const engine = createFakeEngine({ loadMs: 1 });
  const states: string[] = [engine.status().models[0]!.state.kind];
  engine.onStatus((status) => states.push(status.models[0]!.state.kind));
  await Promise.all([collect(engine, say("a")), collect(engine, say("b"))]);
  expect([...new Set(states)]).toEqual(["idle", "loading", "ready"]);
  expect(states.filter((state) => state === "loading")).toHaveLength(1);
});
