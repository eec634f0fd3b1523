// The contract that every SpeechEngine keeps, whatever speaks. In: how to make one. Out: a suite of
// tests. Takes speakers, languages and rows from the engine's own status; knows no engine.
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { SpeechEngine, SpeechEvent, SpeechRequest, Voice } from "../speech-engine.ts";
import {
  clipOf,
  collect,
  sip,
  speechRequest,
  statusWhere,
  type Clip,
  type Sips,
} from "./collect.ts";

export type EngineOffer = {
  create: () => SpeechEngine | Promise<SpeechEngine>;
  /** Kinds of voice that this engine must refuse. Default: clones and designs. */
  lacks?: ("clone" | "design")[];
};

const shortText = "A short sentence.";
const longText = "This sentence is one of many, so that the clip takes its time. ".repeat(12);
const crowd = 20;
const slowTurns = 5;
const lackedVoices: Record<"clone" | "design", Voice> = {
  clone: { kind: "clone", prompt: { engine: "none", data: new Uint8Array(4) } },
  design: { kind: "design", description: "a calm voice" },
};

export function describeSpeechEngine(name: string, offer: EngineOffer): void {
  describe(`${name} as a SpeechEngine`, () => {
    let engine: SpeechEngine;
    beforeAll(async () => {
      engine = await offer.create();
    });
    // A row that a test left behind shows here, as a time-out.
    afterEach(async () => {
      await statusWhere(engine, (status) => status.activeRows === 0);
    });
    afterAll(() => engine.close());

    const say = (text: string, changes: Partial<SpeechRequest> = {}): SpeechRequest =>
      sayWith(engine, text, changes);
    describe("audio", () => describeAudio(() => engine, say));
    describe("cancelling", () => describeCancelling(() => engine, say));
    describe("refusals", () => describeRefusals(() => engine, offer));
    describe("life", () => describeLife(offer));
  });
}

type Say = (text: string, changes?: Partial<SpeechRequest>) => SpeechRequest;

function sayWith(
  engine: SpeechEngine,
  text: string,
  changes: Partial<SpeechRequest>,
): SpeechRequest {
  const model = engine.status().models[0]!;
  const language = model.languages.includes("English") ? "English" : model.languages[0]!;
  return { ...speechRequest({ text, speaker: model.speakers[0]!.name, language }), ...changes };
}

function sameSamples(a: Clip, b: Clip): boolean {
  return Buffer.from(a.samples.buffer).equals(Buffer.from(b.samples.buffer));
}

function describeAudio(current: () => SpeechEngine, say: Say): void {
  test("starts with `start`, ends with `end`, and between them audio without gaps", async () => {
    const events: SpeechEvent[] = [];
    const request = say(shortText);
    const signal = new AbortController().signal;
    for await (const event of current().synthesize(request, signal)) events.push(event);
    expect(events[0]).toMatchObject({ kind: "start", seed: request.seed });
    expect(events.at(-1)).toMatchObject({ kind: "end", finishReason: "stop" });
    let samples = 0;
    for (const event of events.slice(1, -1)) {
      expect(["audio", "mark"]).toContain(event.kind);
      if (event.kind !== "audio") continue;
      expect(event.firstSample).toBe(samples);
      samples += event.samples.length;
    }
    expect(samples).toBeGreaterThan(0);
  });

  test("names the model and its sample rate, and measures what it made", async () => {
    const { start, end, samples } = await collect(current(), say(shortText));
    const model = current()
      .status()
      .models.find(({ id }) => id === start?.model);
    expect(start?.sampleRate).toBe(model?.sampleRate);
    expect(end?.stats.audioSeconds).toBeCloseTo(samples.length / start!.sampleRate, 6);
    expect(end?.stats.wallMs).toBeGreaterThan(0);
  });

  test("is finite, within -1..1 and not silent", async () => {
    const { samples } = await collect(current(), say(shortText));
    expect(samples.every((sample) => Math.abs(sample) <= 1)).toBe(true);
    expect(samples.some((sample) => Math.abs(sample) > 0.01)).toBe(true);
  });

  test("is the same for the same seed, also in company", async () => {
    const requests = [say(shortText), say("Something else."), say(longText), say(shortText)];
    const alone: Clip[] = [];
    for (const request of requests) alone.push(await collect(current(), request));
    const together = await Promise.all(requests.map((request) => collect(current(), request)));
    expect(together.map((clip, index) => sameSamples(clip, alone[index]!))).toEqual(
      requests.map(() => true),
    );
    expect(sameSamples(alone[0]!, alone[1]!)).toBe(false);
  });

  test("is the same live as whole, and for a consumer that pulls slowly", async () => {
    const whole = await collect(current(), say(longText));
    const live: SpeechRequest = say(longText, { delivery: { kind: "live", playbackRate: 1 } });
    expect(sameSamples(await collect(current(), live), whole)).toBe(true);
    const slow: SpeechEvent[] = [];
    const signal = new AbortController().signal;
    for await (const event of current().synthesize(live, signal)) {
      slow.push(event);
      for (let turn = 0; turn < slowTurns; turn += 1) await nextTurn();
    }
    expect(sameSamples(clipOf(slow), whole)).toBe(true);
  });

  test("is right for many at once", async () => {
    const one = await collect(current(), say(shortText));
    const clips = await Promise.all(
      Array.from({ length: crowd }, () => collect(current(), say(shortText))),
    );
    expect(clips.map((clip) => sameSamples(clip, one))).toEqual(clips.map(() => true));
  });

  test("stops at maxSeconds with reason `length`", async () => {
    const limited = say(longText, { limits: { maxSeconds: 1, minFrames: 1000 } });
    const { start, end, samples } = await collect(current(), limited);
    expect(end?.finishReason).toBe("length");
    expect(samples.length).toBeGreaterThan(0);
    expect(samples.length).toBeLessThanOrEqual(start!.sampleRate);
  });

  test("begins with its first sound where that is wanted, and is the same from there on", async () => {
    const whole = await collect(current(), say(shortText));
    const trimmed = await collect(current(), say(shortText, { trimLeadingSilence: true }));
    const { sampleRate } = trimmed.start!;
    expect(trimmed.end?.stats.audioSeconds).toBeCloseTo(trimmed.samples.length / sampleRate, 6);
    const dropped = whole.samples.length - trimmed.samples.length;
    expect(dropped).toBeGreaterThanOrEqual(0);
    const fadeSamples = 0.005 * sampleRate;
    expect(trimmed.samples.subarray(fadeSamples)).toEqual(
      whole.samples.subarray(dropped + fadeSamples),
    );
    const audible = trimmed.samples.findIndex((sample) => Math.abs(sample) > 0.01);
    expect(audible).toBeLessThan(0.1 * sampleRate);
    const live = say(shortText, {
      trimLeadingSilence: true,
      delivery: { kind: "live", playbackRate: 1 },
    });
    expect(sameSamples(await collect(current(), live), trimmed)).toBe(true);
  });

  test("is made from text in pieces too", async () => {
    async function* pieces(): AsyncGenerator<string> {
      yield "A short ";
      await nextTurn();
      yield "sentence.";
    }
    const request = say("", { text: { kind: "incremental", pieces: pieces() } });
    const { end, samples } = await collect(current(), request);
    expect(end?.finishReason).toBe("stop");
    expect(samples.length).toBeGreaterThan(0);
  });
}

function describeCancelling(current: () => SpeechEngine, say: Say): void {
  /** After whatever happened: no row is taken, and a request gives its own audio and no other's. */
  async function expectFresh(alone: Clip): Promise<void> {
    await statusWhere(current(), (status) => status.activeRows === 0);
    expect(sameSamples(await collect(current(), say(shortText)), alone)).toBe(true);
  }
  let alone: Clip;
  beforeAll(async () => {
    alone = await collect(current(), say(shortText));
  });
  afterEach(() => expectFresh(alone));

  test("does nothing before the first next()", async () => {
    await statusWhere(current(), ({ activeRows }) => activeRows === 0); // of what spoke before
    let taken = 0;
    const unsubscribe = current().onStatus(({ activeRows }) => (taken += activeRows));
    current().synthesize(say(longText), new AbortController().signal);
    for (let turn = 0; turn < slowTurns; turn += 1) await nextTurn();
    unsubscribe();
    expect(taken).toBe(0);
  });

  test("before the first next(): only `end`", async () => {
    const events: SpeechEvent[] = [];
    for await (const event of current().synthesize(say(longText), AbortSignal.abort())) {
      events.push(event);
    }
    expect(events).toMatchObject([{ kind: "end", finishReason: "cancelled" }]);
  });

  test("in mid-stream: the pending next() gives `end`", async () => {
    const abort = new AbortController();
    const events = sip(current(), say(longText), abort.signal);
    expect(await events.next()).toMatchObject({ kind: "start" });
    expect(await events.next()).toMatchObject({ kind: "audio" });
    abort.abort();
    expect(await lastReason(events)).toBe("cancelled");
    expect(await events.next()).toBeUndefined();
  });

  test("while queued behind as many as there are rows", async () => {
    const { rows } = current().status().models[0]!;
    const others = Array.from({ length: rows }, () => sip(current(), say(longText)));
    await Promise.all(others.map((events) => events.next()));
    const abort = new AbortController();
    const queued = sip(current(), say(longText), abort.signal);
    const pending = queued.next();
    await nextTurn();
    abort.abort();
    const first = await pending;
    const reason = first?.kind === "end" ? first.finishReason : await lastReason(queued);
    expect(reason).toBe("cancelled");
    await Promise.all(others.map((events) => events.leave()));
  });

  test("while it waits for text", async () => {
    const abort = new AbortController();
    async function* stalled(): AsyncGenerator<string> {
      yield "Some text";
      await new Promise(() => undefined);
    }
    const request = say("", { text: { kind: "incremental", pieces: stalled() } });
    const reading = collect(current(), request, abort.signal);
    await nextTurn();
    abort.abort();
    expect((await reading).end?.finishReason).toBe("cancelled");
  });

  test("after the end: nothing", async () => {
    const abort = new AbortController();
    const { end } = await collect(current(), say(shortText), abort.signal);
    abort.abort();
    expect(end?.finishReason).toBe("stop");
  });

  test("by return(), which frees the row without an event", async () => {
    for await (const event of current().synthesize(say(longText), new AbortController().signal)) {
      if (event.kind === "audio") break;
    }
  });

  test("of all but one of a crowd leaves that one whole", async () => {
    const aborts = Array.from({ length: crowd }, () => new AbortController());
    const leaving = aborts.map(({ signal }) => collect(current(), say(longText), signal));
    const staying = collect(current(), say(shortText));
    await nextTurn();
    for (const abort of aborts) abort.abort();
    const reasons = (await Promise.all(leaving)).map(({ end }) => end?.finishReason);
    expect(new Set(reasons)).toEqual(new Set(["cancelled"]));
    expect(sameSamples(await staying, alone)).toBe(true);
  });
}

/** Drink what is left and say how it ended. */
async function lastReason(events: Sips): Promise<string> {
  for (;;) {
    const event = await events.next();
    if (!event) return "no end";
    if (event.kind === "end") return event.finishReason;
  }
}

function describeRefusals(current: () => SpeechEngine, offer: EngineOffer): void {
  test("an unknown speaker is `unsupported`, and the next request works", async () => {
    const voice: Voice = { kind: "preset", speaker: "Nobody At All" };
    const refused = collect(current(), sayWith(current(), shortText, { voice }));
    await expect(refused).rejects.toMatchObject({ name: "EngineError", code: "unsupported" });
    const { samples } = await collect(current(), sayWith(current(), shortText, {}));
    expect(samples.length).toBeGreaterThan(0);
  });

  const lacks = offer.lacks ?? (["clone", "design"] as const);
  test.each(lacks)("a %s voice is `unsupported`", async (kind) => {
    const request = sayWith(current(), shortText, { voice: lackedVoices[kind] });
    await expect(collect(current(), request)).rejects.toMatchObject({ code: "unsupported" });
  });
}

function describeLife(offer: EngineOffer): void {
  test("tells its listeners of rows taken and freed, until they unsubscribe", async () => {
    const engine = await offer.create();
    const seen: number[] = [];
    const unsubscribe = engine.onStatus((status) => seen.push(status.activeRows));
    await collect(engine, sayWith(engine, shortText, {}));
    await statusWhere(engine, (status) => status.activeRows === 0);
    expect(Math.max(...seen)).toBe(1);
    expect(seen.at(-1)).toBe(0);
    unsubscribe();
    const count = seen.length;
    await collect(engine, sayWith(engine, shortText, {}));
    await engine.close();
    expect(seen).toHaveLength(count);
  });

  test("close() fails what runs and what comes later with `closed`; twice is fine", async () => {
    const engine = await offer.create();
    const request = sayWith(engine, longText, {});
    const events = sip(engine, request);
    await events.next();
    const running = lastReason(events);
    running.catch(() => undefined); // it may fail before somebody looks
    await Promise.all([engine.close(), engine.close()]);
    await engine.close();
    await expect(running).rejects.toMatchObject({ code: "closed" });
    await expect(collect(engine, request)).rejects.toMatchObject({ code: "closed" });
    expect(engine.status().activeRows).toBe(0);
  });

  test("an engine that was never used closes", async () => {
    const engine = await offer.create();
    await expect(engine.close()).resolves.toBeUndefined();
  });
}
