import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createEffectPool, type EffectPool } from "./effect-pool.ts";
import { describeEffect, expectSameSamples, runEffect, split } from "./effect.case.ts";
import { noise, sampleRate } from "../testing/signals.ts";

const slow = { sampleRate, speed: 0.7, pitch: 1 };
const identity = { sampleRate, speed: 1, pitch: 1 };

describe("contract", () => {
  let pool: EffectPool;
  beforeAll(() => {
    pool = createEffectPool();
  });
  afterAll(() => pool.close());

  const cases = [
    { name: "identity", speed: 1, pitch: 1 },
    { name: "slower", speed: 0.3, pitch: 1 },
    { name: "faster", speed: 2.7, pitch: 1 },
    { name: "pitch", speed: 1, pitch: 0.6 },
    { name: "both", speed: 1.5, pitch: 1.4 },
    { name: "both at their ends", speed: 0.25, pitch: 2 },
  ];
  for (const { name, speed, pitch } of cases) {
    const open: EffectPool["open"] = (settings) => pool.open(settings);
    describeEffect({ name, settings: { sampleRate, speed, pitch }, open });
  }

  test("any speed, pitch, length and cuts: exact length, the same bits", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0.25, max: 4, noNaN: true }),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.nat({ max: 20_000 }),
        fc.array(fc.nat({ max: 3000 }), { maxLength: 10 }),
        async (...[speed, pitch, length, cuts]) => {
          const settings = { sampleRate, speed, pitch };
          const input = noise(length);
          const whole = await runEffect(pool.open(settings), [input]);
          expect(whole).toHaveLength(Math.round(length / speed));
          expectSameSamples(await runEffect(pool.open(settings), split(input, cuts)), whole);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("pool", () => {
  let pool: EffectPool;
  const workers: Worker[] = [];
  const remember = (worker: Worker): void => void workers.push(worker);
  beforeAll(() => process.on("worker", remember));
  afterAll(() => process.off("worker", remember));
  afterEach(async () => {
    await pool.close();
    workers.length = 0;
  });

  test("speed 1 and pitch 1 need no thread and give back the same samples", async () => {
    pool = createEffectPool();
    const input = noise(1000);
    const effect = pool.open(identity);
    expect(await effect.push(input)).toBe(input);
    expect(await effect.flush()).toHaveLength(0);
    expect(pool.status()).toEqual({ threads: 0, streams: 0 });
  });

  test("threads start when they are needed, up to the limit, and streams spread over them", async () => {
    pool = createEffectPool({ maxThreads: 2 });
    expect(workers).toHaveLength(0);
    const effects = [];
    for (const threads of [1, 2, 2, 2]) {
      effects.push(pool.open(slow));
      expect(pool.status().threads).toBe(threads);
    }
    await Promise.all(effects.map((effect) => effect.push(noise(2400))));
    expect(pool.status()).toEqual({ threads: 2, streams: 4 });
    effects[0]!.close();
    effects[2]!.close(); // both were on the first thread, which is idle now
    pool.open(slow);
    expect(workers).toHaveLength(2);
  });

  test("200 clips that were closed, with and without an end, leave nothing in the threads", async () => {
    pool = createEffectPool({ maxThreads: 2 });
    for (let i = 0; i < 200; i++) {
      const effect = pool.open(slow);
      const pushed = effect.push(noise(2400));
      if (i % 3 === 0) await effect.flush();
      else if (i % 3 === 1) await pushed;
      effect.close();
      await pushed.catch(() => undefined);
    }
    await vi.waitFor(() => expect(pool.status()).toEqual({ threads: 1, streams: 0 }));
  });

  test("minutes of audio on a thread do not hold up the clip beside it", async () => {
    pool = createEffectPool({ maxThreads: 1 });
    const long = pool.open({ sampleRate, speed: 0.5, pitch: 1 });
    const short = pool.open(slow);
    let longDone = false;
    const longPush = long.push(noise(60 * sampleRate)).then((output) => {
      longDone = true;
      return output;
    });
    for (let i = 0; i < 5; i++) await short.push(noise(2400));
    await short.flush();
    expect(longDone).toBe(false);
    const output = await longPush;
    expect(output.length + (await long.flush()).length).toBe(120 * sampleRate);
  });

  test("close in the middle of a push rejects it, and others go on", async () => {
    pool = createEffectPool({ maxThreads: 1 });
    const left = pool.open(slow);
    const other = pool.open(slow);
    const pushes = [left.push(noise(30 * sampleRate)), left.push(noise(100)), left.flush()];
    await other.push(noise(2400)); // served after the first job of `left`, whose next is under way
    left.close();
    for (const push of pushes) await expect(push).rejects.toMatchObject({ code: "closed" });
    expect((await other.push(noise(2400))).length).toBeGreaterThan(0);
    other.close();
    await vi.waitFor(() => expect(pool.status().streams).toBe(0));
  });

  test("a thread that dies fails its clips only, and a fresh one takes the next", async () => {
    pool = createEffectPool({ maxThreads: 2 });
    const [first, second, idle] = [pool.open(slow), pool.open(slow), pool.open(slow)];
    const firstPush = first.push(noise(30 * sampleRate));
    const secondPush = second.push(noise(sampleRate));
    await idle.push(noise(2400));
    const crashed = expect(firstPush).rejects.toMatchObject({ code: "crashed", retryable: true });
    await workers[0]!.terminate();
    await crashed;
    await expect(idle.push(noise(2400))).rejects.toMatchObject({ code: "crashed" });
    expect((await secondPush).length).toBeGreaterThan(0);
    const input = noise(sampleRate);
    expect(await runEffect(pool.open(slow), [input])).toHaveLength(Math.round(input.length / 0.7));
    expect(workers).toHaveLength(3);
    idle.close();
    first.close();
  });

  test("closing the pool rejects what is pending, ends the threads and refuses new clips", async () => {
    pool = createEffectPool();
    const effect = pool.open(slow);
    await effect.push(noise(2400));
    const pending = expect(effect.push(noise(30 * sampleRate))).rejects.toMatchObject({
      code: "closed",
    });
    const ended = once(workers[0]!, "exit");
    await pool.close();
    await Promise.all([pending, ended]);
    expect(pool.status()).toEqual({ threads: 0, streams: 0 });
    expect(() => pool.open(slow)).toThrow(expect.objectContaining({ code: "closed" }));
  });

  test.each([
    [{ ...slow, speed: 0.2 }, "speed is 0.2, it must be 0.25 to 4"],
    [{ ...slow, speed: NaN }, "speed is NaN"],
    [{ ...slow, pitch: 2.1 }, "pitch is 2.1, it must be 0.5 to 2"],
    [{ ...slow, sampleRate: 0 }, "sampleRate is 0"],
  ])("settings out of range are refused: %j", (settings, message) => {
    pool = createEffectPool();
    expect(() => pool.open(settings)).toThrow(message);
  });
});
