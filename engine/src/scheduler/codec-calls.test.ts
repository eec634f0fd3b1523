// The scheduler while codec calls are under way beside its steps.
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { SpeechEngine, SpeechEvent, SpeechRequest } from "../speech-engine.ts";
import { clipOf, collect, sip, statusWhere } from "../testing/collect.ts";
import { sayInTones, toneEngine } from "../testing/tone-engine.ts";
import type { ToneModel } from "../testing/tone-model.ts";

function create(rows = 4) {
  /** What the host was told: milliseconds that are planned, 0 when nothing is owed. */
  const told: number[] = [];
  const world = {
    beforeStep: () => undefined,
    planned: (expectedMs: number) => told.push(expectedMs),
    stepDone: () => told.push(0),
  };
  return { ...toneEngine(rows, {}, { world }), told };
}

function say(text: string, seed = 7): SpeechRequest {
  return sayInTones(text, { seed });
}

async function alone(request: SpeechRequest): Promise<Float32Array> {
  return (await collect(create().engine, request)).samples;
}

/** Holds up the codec calls of the texts that `isHeld` names, until `release`. */
function hold(model: ToneModel, isHeld: (text: string) => boolean = () => true) {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const held = new Promise<void>((resolve) => {
    model.beforeDecode = async (text) => {
      if (!isHeld(text)) return;
      resolve();
      await released;
    };
  });
  return { release, held };
}

/** Until the loop has nothing more to do. */
async function idle(model: ToneModel): Promise<void> {
  let steps = -1;
  while (steps !== model.steps.length) {
    steps = model.steps.length;
    for (let turn = 0; turn < 50; turn++) await nextTurn();
  }
}

const long = "a text that has frames for many codec calls ".repeat(4);

test("a codec that is slower than the steps holds them up, and nothing is lost", async () => {
  const { model, engine } = create();
  const { release, held } = hold(model);
  const speaking = sip(engine, say(long));
  const events = [await speaking.next()];
  await held;
  await idle(model);
  // One in the codec, twice the largest call before it.
  expect(model.steps).toHaveLength(1 + 8);
  release();
  // Nobody drinks, and yet it goes on: as far ahead as it may, which is to the end.
  await idle(model);
  const made = model.steps.length;
  for (let event = await speaking.next(); event; event = await speaking.next()) events.push(event);
  expect(events.at(-1)).toMatchObject({ kind: "end", stats: { steps: made } });
  expect(clipOf(events as SpeechEvent[]).samples).toEqual(await alone(say(long)));
  expect(Math.max(...model.calls.map(({ frames }) => frames))).toBe(4);
});

test("a stream takes the steps and codec calls that a file takes, no more", async () => {
  const work = async (delivery: SpeechRequest["delivery"]) => {
    const { model, engine } = create();
    await collect(engine, { ...say(long), delivery });
    return { steps: model.steps.length, calls: model.calls.map(({ frames }) => frames) };
  };
  const file = await work({ kind: "whole" });
  expect(file.calls.length).toBeGreaterThan(4);
  expect(await work({ kind: "live", playbackRate: 1 })).toEqual(file);
  expect(await work({ kind: "live", playbackRate: 4 })).toEqual(file);
});

test("calls are alone that no step can run beside: a listener's first, and those behind the last step", async () => {
  const alonesOf = async (kind: "live" | "whole") => {
    const { model, engine } = create();
    const delivery = kind === "live" ? ({ kind, playbackRate: 1 } as const) : { kind };
    await collect(engine, { ...say(long), delivery });
    return model.calls.map(({ alone: isAlone }) => isAlone);
  };
  const [listener, file] = [await alonesOf("live"), await alonesOf("whole")];
  expect([listener[0], listener.at(-1)]).toEqual([true, true]);
  expect([file[0], file.at(-1)]).toEqual([false, true]);
  for (const calls of [listener, file]) expect(calls.slice(1, 5)).not.toContain(true);
});

test("no call is alone while another row has steps to make", async () => {
  const { model, engine } = create();
  const file = (text: string) => collect(engine, { ...say(text), delivery: { kind: "whole" } });
  await Promise.all([file(long), file("a short one")]);
  const short = model.calls.filter(({ text }) => text === "a short one");
  expect(short.length).toBeGreaterThan(1);
  expect(short.every(({ alone: isAlone }) => !isAlone)).toBe(true);
});

test("a codec call that fails is the end of its own row only", async () => {
  const { model, engine } = create();
  let calls = 0;
  model.beforeDecode = (text) => {
    if (text === "broken, later" && (calls += 1) === 2) throw new Error("the codec broke");
  };
  const staying = collect(engine, say(long));
  await expect(collect(engine, say("broken, later"))).rejects.toThrow("the codec broke");
  expect((await staying).samples).toEqual(await alone(say(long)));
  expect([calls, model.closed]).toEqual([2, 2]);
});

test("who leaves during a codec call hears nothing more; the others do", async () => {
  const { model, engine } = create();
  const { release, held } = hold(model, (text) => text === "leaving");
  const abort = new AbortController();
  const leaving = sip(engine, say("leaving"), abort.signal);
  expect(await leaving.next()).toMatchObject({ kind: "start" });
  const staying = collect(engine, say(long));
  await held;
  abort.abort();
  expect(await leaving.next()).toMatchObject({ kind: "end", finishReason: "cancelled" });
  expect((await staying).samples).toEqual(await alone(say(long)));
  release();
  await idle(model);
  expect(await leaving.next()).toBeUndefined();
  expect((await collect(engine, say("next"))).samples).toEqual(await alone(say("next")));
  expect(model.closed).toBe(3);
});

test("close() fails who speaks, and closes the model behind the codec calls under way", async () => {
  const { model, engine } = create();
  const { release, held } = hold(model);
  let isClosed = false;
  model.close = async () => {
    await nextTurn();
    isClosed = true;
  };
  const speaking = collect(engine, say(long));
  await held;
  const closing = engine.close();
  await expect(speaking).rejects.toMatchObject({ code: "closed" });
  await idle(model);
  expect(isClosed).toBe(false);
  release();
  await closing;
  expect(isClosed).toBe(true);
  expect(model.closed).toBe(1);
});

describe("the host is told", () => {
  test("of codec calls while nothing else is owed, until they are done", async () => {
    const { model, told, engine } = create();
    const { release, held } = hold(model);
    const speaking = collect(engine, say(long));
    await held;
    await idle(model);
    expect(told.at(-1)).toBeGreaterThan(0);
    release();
    await speaking;
    await idle(model);
    expect(told.at(-1)).toBe(0);
  });

  test("nothing new of a call that hangs when others come and go", async () => {
    const { model, told, engine } = create(1);
    const { release, held } = hold(model);
    const speaking = collect(engine, say(long));
    await held;
    await idle(model);
    const before = told.length;
    for (let visitor = 0; visitor < 3; visitor++) {
      const abort = new AbortController();
      const waiting = sip(engine, say("no place"), abort.signal).next();
      await idle(model);
      abort.abort();
      await waiting;
    }
    expect(told).toHaveLength(before);
    release();
    await speaking;
  });
});

/** Numbers from 0 to below `count`, always the same. */
function drawer(): (count: number) => number {
  let state = 1;
  return (count) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * count);
  };
}

describe("200 requests that come and go", () => {
  const draw = drawer();
  const visits = Array.from({ length: 200 }, (_, number) => ({
    request: say(`${number} ${"x".repeat(draw(160))}`, draw(1000)),
    arrival: draw(1500),
    /** Turns between two sips. */
    pause: draw(4) === 0 ? draw(20) : 0,
    /** Leaves after so many events. */
    patience: draw(3) === 0 ? draw(8) : Infinity,
    how: draw(2) === 0 ? ("abort" as const) : ("return" as const),
  }));
  type Visit = (typeof visits)[number];

  async function turns(count: number): Promise<void> {
    for (let turn = 0; turn < count; turn++) await nextTurn();
  }

  async function visit(engine: SpeechEngine, model: ToneModel, plan: Visit) {
    await turns(plan.arrival);
    const abort = new AbortController();
    const sips = sip(engine, plan.request, abort.signal);
    const events: SpeechEvent[] = [];
    for (let event = await sips.next(); event; event = await sips.next()) {
      events.push(event);
      await turns(plan.pause);
      if (events.length <= plan.patience) continue;
      if (plan.how === "abort") abort.abort();
      else await sips.leave();
      break;
    }
    return { plan, samples: clipOf(events).samples, end: events.at(-1), steps: model.steps.length };
  }

  test("each hears itself and no other, whole or up to where it left", async () => {
    const { model, engine } = create(6);
    const heard = await Promise.all(visits.map((plan) => visit(engine, model, plan)));
    await statusWhere(engine, (status) => status.activeRows === 0);
    expect(Math.max(...model.steps.map((rows) => rows.length))).toBe(6);
    for (const { plan, samples, end, steps } of heard) {
      const expected = await alone(plan.request);
      const isWhole = end?.kind === "end";
      if (isWhole) expect(end.finishReason).toBe("stop");
      else expect(plan.patience).toBeLessThan(Infinity);
      expect(samples).toHaveLength(isWhole ? expected.length : samples.length);
      expect(samples.every((sample, at) => sample === expected[at])).toBe(true);
      // The plan that was under way when it left may have had the row.
      const { text } = plan.request.text as { text: string };
      expect(model.steps.slice(steps + 1).flat()).not.toContain(text);
    }
    expect(heard.filter(({ end }) => end?.kind !== "end").length).toBeGreaterThan(30);
    expect(model.closed).toBe(model.opened);
  });
});
