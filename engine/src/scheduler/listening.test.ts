// What somebody who listens can rely on, whatever else the scheduler has to do: a first sound as soon as alone, a frame of every
// step, codec calls in time.
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { collect, sip } from "../testing/collect.ts";
import { sayInTones as say, toneEngine as create } from "../testing/tone-engine.ts";

describe("somebody who listens", () => {
  const heardText = "heard while it is made";
  const interactive = say(heardText, {
    delivery: { kind: "live", playbackRate: 1 },
  });

  /**
   * Frames of any row and parts of prompts until its first frame is given to the codec, from when it is asked for: what it
   * waits for where rows take turns. Where they share steps it is less.
   */
  async function workToFirstSound({ model, engine }: ReturnType<typeof create>): Promise<number> {
    const work = () => model.steps.flat().length + model.prefills.length;
    const before = work();
    let until: number | undefined;
    model.beforeDecode = (text) => {
      if (text === heardText) until ??= work();
    };
    await collect(engine, interactive);
    return until! - before;
  }

  // Places for ten are full, one is kept for whoever listens: admission.ts of the server sees to that.
  const batch = Array.from({ length: 10 }, (_, index) => say(`item ${index} `.repeat(100)));

  test.each([
    ["speaks", 100, true],
    ["takes in its prompts", 1, true],
    ["speaks in turns", 100, false],
  ])(
    "waits no longer, but for what was begun, while a batch of ten %s",
    async (_, after, shares) => {
      const alone = await workToFirstSound(create());
      const busy = create(11);
      busy.model.sharesSteps = shares;
      const abort = new AbortController();
      const speaking = batch.map((request) => collect(busy.engine, request, abort.signal));
      while (busy.model.prefills.length + busy.model.steps.length < after) await nextTurn();
      const begun = 1 + (shares ? batch.length : 1); // a part of a prompt, a step
      expect(await workToFirstSound(busy)).toBeLessThanOrEqual(alone + begun);
      abort.abort();
      await Promise.all(speaking);
    },
  );

  test("finds the codec free for its first sound", async () => {
    const { model, engine } = create(11);
    const abort = new AbortController();
    const speaking = batch.map((request) => collect(engine, request, abort.signal));
    const begun = new Set<string>();
    let calls = 0;
    model.beforeDecode = async (text) => {
      if (model.prefills.includes(heardText)) begun.add(text);
      // Longer than the frames take, so that files have some that wait; and not in step with one another.
      const turns = 10 + (calls++ % batch.length);
      for (let turn = 0; turn < turns; turn++) await nextTurn();
    };
    while (model.steps.length < 100) await nextTurn();
    await sip(engine, interactive, abort.signal).next();
    while (begun.size === 0) await nextTurn();
    expect([...begun][0]).toBe(heardText);
    abort.abort();
    await Promise.all(speaking);
  });

  // Speed 4 is more than such a model can do, and yet no step leaves somebody out: there is nobody to prefer.
  test("is in every step, whatever files are beside it", async () => {
    const fast = { ...interactive, delivery: { kind: "live", playbackRate: 4 } } as const;
    const alone = await collect(create().engine, fast);
    const { model, engine } = create();
    const files = [say("kept ".repeat(40)), say("kept too ".repeat(40))];
    const [together] = await Promise.all(
      [fast, ...files].map((request) => collect(engine, request)),
    );
    expect(together!.end?.stats.steps).toBe(alone.end?.stats.steps);
    const isFast = (rows: readonly string[]) => rows.includes("heard while it is made");
    const from = model.steps.findIndex(isFast);
    const until = model.steps.findLastIndex(isFast);
    expect(model.steps.slice(from, until + 1).every(isFast)).toBe(true);
    expect(until + 1 - from).toBe(alone.end?.stats.steps);
  });

  test("has its codec calls due by what it has to hear, a file later", async () => {
    const { model, engine } = create();
    await Promise.all([collect(engine, interactive), collect(engine, say("kept"))]);
    const dues = (text: string) =>
      model.calls.filter((call) => call.text === text).map(({ dueMs }) => dueMs);
    const [first, ...later] = dues("heard while it is made");
    expect(first).toBe(-Infinity);
    expect(later).toEqual(later.toSorted((a, b) => a - b));
    // It has less than a second to hear when each of its calls is made.
    expect(Math.max(...later)).toBeLessThan(Math.max(...dues("kept")));
  });
});
