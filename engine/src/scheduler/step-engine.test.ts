import { setImmediate as nextTurn } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { collect, sip, statusWhere } from "../testing/collect.ts";
import { describeSpeechEngine } from "../testing/speech-engine.case.ts";
import { sayInTones as say, toneEngine as create } from "../testing/tone-engine.ts";

describeSpeechEngine("the scheduler", { create: () => create().engine });

describe("steps", () => {
  test("are shared: three requests together take as many as the longest alone", async () => {
    const texts = ["short", "text of a length", "longest"].map((text) => text.repeat(8));
    const { model, engine } = create();
    await collect(engine, say(texts[1]!));
    const alone = model.steps.length;
    await Promise.all(texts.map((text) => collect(engine, say(text))));
    // Two prompts of two parts are taken in before the longest text's.
    expect(model.steps.length - alone).toBeLessThanOrEqual(alone + 4);
    expect(Math.max(...model.steps.map((rows) => rows.length))).toBe(3);
  });

  test("never take more rows than there are places, and everybody gets a turn", async () => {
    const { model, engine } = create(2);
    const texts = ["one", "two", "three", "four", "five"];
    await Promise.all(texts.map((text) => collect(engine, say(text))));
    expect(Math.max(...model.steps.map((rows) => rows.length))).toBe(2);
    expect(new Set(model.steps.flat())).toEqual(new Set(texts));
  });

  test("take in who comes while one holds the thread before the next", async () => {
    const { model, engine } = create();
    const { port1, port2 } = new MessageChannel();
    let newcomer: Promise<unknown> | undefined;
    port2.on("message", () => {
      newcomer = collect(engine, say("newcomer"));
    });
    const step = model.step.bind(model);
    model.step = async (rows) => {
      const results = await step(rows);
      // What arrives while a run holds the thread is read when the run has given it back.
      if (model.steps.length === 5) port1.postMessage("came");
      return results;
    };
    await collect(engine, say("somebody who speaks for a while, and longer"));
    await newcomer;
    port1.close();
    // Its prompt of two parts is taken in beside two steps, and it is part of the third.
    expect(model.steps.findIndex((rows) => rows.includes("newcomer"))).toBe(5 + 2);
  });

  test("leave a row out from the first plan after its client left", async () => {
    const { model, engine } = create();
    const abort = new AbortController();
    const leaving = sip(engine, say("leaving, after its first audio", {}), abort.signal);
    const staying = collect(engine, say("staying until its end comes, which takes a while"));
    await leaving.next();
    await leaving.next();
    abort.abort();
    const before = model.steps.length;
    await staying;
    // The plan that was under way when the abort came may have had the row.
    expect(model.steps.slice(before + 1).flat()).not.toContain("leaving, after its first audio");
    expect(model.closed).toBe(model.opened);
  });

  test("park a row whose consumer does not drink, and go on when it does", async () => {
    const { model, engine } = create();
    const text = "x".repeat(4000);
    const events = sip(engine, say(text));
    const settled = async () => {
      let steps = -1;
      while (steps !== model.steps.length) {
        steps = model.steps.length;
        for (let turn = 0; turn < 50; turn++) await nextTurn();
      }
      return steps;
    };
    const framesOfTwoSeconds = 100;
    await events.next();
    const steps = await settled();
    expect(steps).toBeGreaterThanOrEqual(framesOfTwoSeconds);
    expect(steps).toBeLessThan(framesOfTwoSeconds + 10);
    // It rests until half of that is heard.
    let heard = 0;
    while ((await settled()) === steps) {
      const event = await events.next();
      if (event?.kind === "audio") heard += event.samples.length / model.frameSamples;
    }
    expect(heard).toBeGreaterThan(framesOfTwoSeconds / 2);
    expect(heard).toBeLessThan(framesOfTwoSeconds);
    let last = await events.next();
    for (let event = last; event; event = await events.next()) last = event;
    expect(last).toMatchObject({ kind: "end", finishReason: "stop", stats: { frames: 503 } });
  });
});

describe("the model's memory", () => {
  const long = say("x".repeat(60));

  test("is shared by no more than it has room for; the others wait, and all are heard", async () => {
    const { model, engine } = create(4, {}, { positions: 120 });
    const requests = [0, 1, 2].map((seed) => ({ ...long, seed }));
    const clips = await Promise.all(requests.map((request) => collect(engine, request)));
    expect(Math.max(...model.steps.map((rows) => rows.length))).toBe(2);
    for (const [index, { samples }] of clips.entries()) {
      expect(samples).toEqual((await collect(create().engine, requests[index]!)).samples);
    }
  });

  test("is not kept from a long one by short ones that come after it", async () => {
    const { model, engine } = create(4, {}, { positions: 120 });
    const [first, second] = ["first ".repeat(9), "second".repeat(9)];
    const whole = [first, second, "x".repeat(100), "short"];
    await Promise.all(whole.map((text) => collect(engine, say(text))));
    expect(model.prefills.filter((_, index) => index % 2 === 0)).toEqual(whole);
  });

  test("goes first to those that somebody listens to", async () => {
    const { model, engine } = create(1);
    const live = { delivery: { kind: "live", playbackRate: 1 } } as const;
    const all = [say("a file"), say("another"), say("heard", live)];
    await Promise.all(all.map((request) => collect(engine, request)));
    expect(model.steps.map(([text]) => text).indexOf("heard")).toBeLessThan(
      model.steps.map(([text]) => text).indexOf("another"),
    );
  });

  test("that can never be enough refuses at once, in words, though nobody has left yet", async () => {
    const { engine } = create(1, {}, { positions: 60 });
    const speaking = sip(engine, say("x".repeat(50), { limits: { maxFrames: 5 } }));
    await speaking.next();
    const refused = collect(engine, say("x".repeat(50), { limits: { maxFrames: 11 } }));
    await expect(refused).rejects.toMatchObject({ code: "unsupported" });
    await expect(refused).rejects.toThrow(/61 positions.* 60\. Shorten .*--max-positions/);
    await speaking.leave();
  });
});

describe("failures", () => {
  const texts = ["a first long text ", "a second long text ", "a third long text "].map((text) =>
    text.repeat(4),
  );
  const noMemory = () => new Error("Failed to allocate memory");

  test("of a shared step are nobody's where each row can go on alone", async () => {
    const { model, engine } = create();
    // There is memory for one row at a time, and then for two.
    let failures = 0;
    model.beforeStep = () => {
      const most = failures < 4 ? 1 : 2;
      if (model.steps.at(-1)!.length <= most) return;
      failures += 1;
      throw noMemory();
    };
    const clips = await Promise.all(texts.map((text) => collect(engine, say(text))));
    expect(failures).toBeGreaterThan(4);
    for (const [index, { samples, end }] of clips.entries()) {
      const alone = await collect(create().engine, say(texts[index]!));
      expect(samples).toEqual(alone.samples);
      expect(end?.stats.steps).toBe(alone.end?.stats.steps);
    }
  });

  test("of every step with a certain row are that row's own; the next request works", async () => {
    const { model, engine } = create();
    model.beforeStep = () => {
      if (model.steps.at(-1)!.includes(texts[1]!)) throw noMemory();
    };
    const outcomes = await Promise.allSettled(texts.map((text) => collect(engine, say(text))));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: { message: noMemory().message } });
    expect(model.steps.filter((rows) => rows.length === 1 && rows[0] === texts[1])).toHaveLength(1);
    await statusWhere(engine, (status) => status.activeRows === 0);
    expect((await collect(engine, say("one"))).end?.finishReason).toBe("stop");
    expect(model.closed).toBe(model.opened);
  });

  test("of a shared step cost those nothing who leave while the others try alone", async () => {
    const { model, engine } = create();
    const abort = new AbortController();
    let isBroken = false;
    model.beforeStep = () => {
      const rows = model.steps.at(-1)!;
      if (rows.length === 3 && !isBroken) {
        isBroken = true;
        throw noMemory();
      }
      if (isBroken) abort.abort();
    };
    const [leaving, ...staying] = texts.toReversed().map((text, index) => {
      return collect(engine, say(text), index === 0 ? abort.signal : undefined);
    });
    expect((await leaving)?.end?.finishReason).toBe("cancelled");
    for (const { end } of await Promise.all(staying)) expect(end?.finishReason).toBe("stop");
    expect(model.closed).toBe(model.opened);
  });

  test("of a text's source is that request's own", async () => {
    const { engine } = create();
    async function* broken(): AsyncGenerator<string> {
      yield "some";
      await nextTurn();
      throw new Error("the text broke");
    }
    const request = say("", { text: { kind: "incremental", pieces: broken() } });
    await expect(collect(engine, request)).rejects.toThrow("the text broke");
  });
});

test("frames of codes are told as they are made, and decoded without one lost", async () => {
  const { model, engine } = create();
  const codes: (readonly number[])[] = [];
  const observer = { frame: (frame: readonly number[]) => codes.push(frame) };
  const signal = new AbortController().signal;
  let samples = 0;
  for await (const event of engine.synthesize(say("a text of some length"), signal, observer)) {
    if (event.kind === "audio") samples += event.samples.length;
  }
  expect(codes.map(([, index]) => index)).toEqual(codes.map((_, index) => index));
  expect(samples).toBe(codes.length * model.frameSamples);
  expect(model.calls.reduce((sum, { frames }) => sum + frames, 0)).toBe(codes.length);
});

test("maxFrames ends a clip with `length`", async () => {
  const { engine } = create();
  const { end } = await collect(engine, say("a text of some length", { limits: { maxFrames: 2 } }));
  expect(end).toMatchObject({ finishReason: "length", stats: { frames: 2 } });
});

describe("silence before the first sound", () => {
  const text = `20 frames late ${"and then it speaks ".repeat(10)}`;
  const frame = 480;
  const leadIn = 480;
  const live = { delivery: { kind: "live", playbackRate: 1 } } as const;

  test.each([
    ["a file", {}],
    ["a stream", live],
  ])("is left out of %s, whose length, ends and frames stay right", async (_, delivery) => {
    const whole = await collect(create().engine, say(text, delivery));
    const { engine } = create();
    const events = sip(engine, say(text, { ...delivery, trimLeadingSilence: true }));
    const samples: number[] = [];
    let last = await events.next();
    for (let event = last; event; event = await events.next()) {
      last = event;
      if (event.kind !== "audio") continue;
      expect(event.firstSample).toBe(samples.length);
      samples.push(...event.samples);
    }
    expect(samples).toEqual([...whole.samples.subarray(20 * frame - leadIn)]);
    expect(last).toMatchObject({
      kind: "end",
      stats: { frames: whole.samples.length / frame, audioSeconds: samples.length / 24_000 },
    });
  });

  test("keeps no listener waiting: the first piece that it gets is its first sound", async () => {
    const { engine } = create();
    const events = sip(engine, say(text, { ...live, trimLeadingSilence: true }));
    await events.next();
    const first = await events.next();
    expect(first?.kind === "audio" && first.samples.some((sample) => sample !== 0)).toBe(true);
  });

  test("counts for nobody who drinks: the row is not parked for what is left out", async () => {
    // A second is left out, the two seconds after it are ahead of the consumer.
    const { model, engine } = create();
    const late = `50 frames late ${"x".repeat(4000)}`;
    const events = sip(engine, say(late, { ...live, trimLeadingSilence: true }));
    await events.next();
    let steps = -1;
    while (steps !== model.steps.length) {
      steps = model.steps.length;
      for (let turn = 0; turn < 50; turn++) await nextTurn();
    }
    expect(steps).toBeGreaterThanOrEqual(49 + 100);
    await events.leave();
  });

  test("takes nothing from the end of one that ran away", async () => {
    for (const runaway of ["hum", "loop"]) {
      const request = say(`${runaway} after 60`);
      const whole = await collect(create().engine, request);
      const trimmed = await collect(create().engine, { ...request, trimLeadingSilence: true });
      expect(trimmed.end?.finishReason).toBe("runaway");
      expect(trimmed.samples).toEqual(whole.samples);
    }
    const late = await collect(
      create().engine,
      say("20 frames late", { trimLeadingSilence: true, limits: { maxFrames: 10 } }),
    );
    expect(late.end).toMatchObject({ finishReason: "stop", stats: { frames: 4 } });
    expect(late.samples).toHaveLength(leadIn);
  });
});

describe("a runaway", () => {
  const framesPerSecond = 50;
  const framesIn = (samples: Float32Array): number => samples.length / 480;
  const live = { delivery: { kind: "live", playbackRate: 1 } } as const;

  // Silence keeps 0.2 s of itself, a loop its first round.
  test.each([
    ["hum after 60", 60, 3],
    ["silence after 60", 70, 4],
    ["loop after 60", 67, 4],
  ])("'%s' is cut from a file before it is written", async (text, frames, seconds) => {
    const { model, engine } = create();
    const { end, samples } = await collect(engine, say(text));
    expect(end).toMatchObject({ finishReason: "runaway" });
    expect(framesIn(samples)).toBe(frames);
    const mostPending = 8;
    expect(model.steps.length).toBeLessThan(frames + (seconds + 1) * framesPerSecond + mostPending);
    expect(model.closed).toBe(1);
  });

  test("is heard by somebody who listens, for its few seconds", async () => {
    const { end, samples } = await collect(create().engine, say("hum after 60", live));
    expect(end).toMatchObject({
      finishReason: "runaway",
      stats: { audioSeconds: framesIn(samples) / framesPerSecond },
    });
    expect(framesIn(samples)).toBeGreaterThan(60 + 2 * framesPerSecond);
    expect(framesIn(samples)).toBeLessThanOrEqual(60 + 3 * framesPerSecond + 4);
  });

  test("is taken back from a listener who has not come to it", async () => {
    const { engine } = create(4, { humSeconds: 1 });
    const events = sip(engine, say("hum after 20", live));
    await events.next();
    await statusWhere(engine, ({ activeRows }) => activeRows === 0);
    let samples = 0;
    let last = await events.next();
    for (let event = last; event; event = await events.next()) {
      if (event.kind === "audio") {
        expect(event.firstSample).toBe(samples);
        samples += event.samples.length;
      }
      last = event;
    }
    expect(samples / 480).toBe(20);
    expect(last).toMatchObject({
      finishReason: "runaway",
      stats: { audioSeconds: 20 / framesPerSecond },
    });
  });

  test("ends with a fade, not with a click", async () => {
    const { samples } = await collect(create().engine, say("loop after 60"));
    expect(Math.abs(samples.at(-1)!)).toBeLessThan(0.01);
    const { samples: longer } = await collect(
      create().engine,
      say("loop after 60", { limits: { runawayGuard: false, maxFrames: 67 } }),
    );
    const fade = 240;
    expect(samples.subarray(0, -fade)).toEqual(longer.subarray(0, -fade));
    expect(samples.subarray(-fade)).not.toEqual(longer.subarray(-fade));
  });

  test("is never cut before minFrames, and not at all where nobody guards it", async () => {
    const limits = { humSeconds: 1, silenceSeconds: 1, loopSeconds: 1 };
    for (const text of ["hum after 20", "silence after 20", "loop after 20"]) {
      const { engine } = create(4, limits);
      const asked = await collect(engine, say(text, { limits: { minFrames: 120 } }));
      expect([asked.end?.finishReason, framesIn(asked.samples)]).toEqual(["runaway", 120]);
      const maxFrames = 140;
      for (const request of [
        say(text, { limits: { runawayGuard: false, maxFrames } }),
        say(text, { limits: { maxFrames }, sampling: { greedy: true } }),
      ]) {
        const { end, samples } = await collect(engine, request);
        expect([end?.finishReason, framesIn(samples)]).toEqual(["length", maxFrames]);
      }
    }
  });
});
