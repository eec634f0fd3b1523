// The limits of a batch: the time of an item, on a fake clock, and the audio of all items together.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { FakeEngine } from "qwen3-tts/testing";
import type { BatchResponse, SpeechBody } from "../src/protocol.ts";
import { nothingHeld, record } from "./observe.ts";
import { defaultSettings, post, startFakeServer, type TestServer } from "./test-server.ts";

const held = { text: "[frames 9] [wait 3]" };
const short = { text: "[frames 2]" };

let server: TestServer & { engine: FakeEngine };

async function start(limits: Partial<typeof defaultSettings.limits> = {}, rows = 4): Promise<void> {
  const all = { ...defaultSettings.limits, ...limits };
  server = await startFakeServer({ rows }, { settings: { limits: all } });
}
afterEach(() => server.close());

function batch(requests: SpeechBody[]): Promise<Response> {
  return post(`${server.url}/tts/batch`, { requests }, { headers: { "X-Request-Id": "b" } });
}

describe("the time of an item", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("when it is over, the item says so and the others are fine", async () => {
    await start();
    const answer = batch([short, held, short]);
    await server.engine.waitForHeld();
    vi.advanceTimersByTime(119_999);
    expect(await record(server, "b-1")).toMatchObject({ state: "running" });
    vi.advanceTimersByTime(1);
    const { results, ...counts } = (await (await answer).json()) as BatchResponse;
    expect(counts).toEqual({ completed_count: 2, failed_count: 1 });
    expect(results.map((result) => result.code)).toEqual([null, "timeout", null]);
    expect(results[1]!.error).toMatch(/120 s .*\/tts\/stream.*--item-timeout/);
    expect(await record(server, "b-1")).toMatchObject({ error: { code: "timeout" } });
    expect(server.engine.activeRows).toBe(0);
  });

  test("an item that ends in time leaves no timer behind", async () => {
    await start({ itemTimeoutSeconds: 77 });
    const set = vi.spyOn(globalThis, "setTimeout");
    const clear = vi.spyOn(globalThis, "clearTimeout");
    await (await batch([short, short])).text();
    const timers = set.mock.results.filter((_, call) => set.mock.calls[call]![1] === 77_000);
    expect(timers).toHaveLength(2);
    for (const { value: timer } of timers) expect(clear).toHaveBeenCalledWith(timer);
    vi.restoreAllMocks();
  });

  test("it counts from the item's start, not from the batch's", async () => {
    await start({ itemTimeoutSeconds: 5 }, 2); // a batch gets one row of two
    const answer = batch([held, held, short]);
    await server.engine.waitForHeld();
    vi.advanceTimersByTime(5000);
    await server.engine.waitForHeld(); // the second has the row now
    expect(server.engine.started).toBe(2);
    vi.advanceTimersByTime(4999);
    server.engine.release();
    const { results } = (await (await answer).json()) as BatchResponse;
    expect(results.map((result) => result.code)).toEqual(["timeout", null, null]);
    expect(results[0]!.error).toMatch(/Not finished 5 s after it started/);
  });

  test("a single clip has no time limit", async () => {
    await start();
    const answer = post(`${server.url}/tts`, held);
    await server.engine.waitForHeld();
    vi.advanceTimersByTime(24 * 3_600_000);
    server.engine.release();
    expect((await answer).status).toBe(200);
  });
});

describe("the audio of all items together", () => {
  const tenSeconds = "x".repeat(140);

  test("a batch that will be too long is refused as a whole, with the limit and the remedy", async () => {
    await start({ maxBatchSeconds: 25 });
    const response = await batch([{ text: tenSeconds }, { text: tenSeconds, speed: 0.5 }]);
    expect(response.status).toBe(400);
    const error = (await response.json()) as { code: string; detail: string };
    expect(error.code).toBe("batch_too_long");
    expect(error.detail).toMatch(
      /longer than 25 s of audio.*fewer or shorter.*--max-batch-seconds/,
    );
    expect(server.engine.started).toBe(0);
  });

  test("max_seconds and speed count in the estimate", async () => {
    await start({ maxBatchSeconds: 25 });
    const slow = { text: tenSeconds, speed: 0.5, max_seconds: 5 };
    const fast = { text: tenSeconds, speed: 2 };
    expect((await batch([{ text: tenSeconds }, slow, fast, slow])).status).toBe(200);
  });

  test("an item that turns out longer than it looked is stopped at the limit; the rest stays", async () => {
    await start({ maxBatchSeconds: 10 });
    const response = await batch([short, { text: "[frames 100000]" }]);
    const { results } = (await response.json()) as BatchResponse;
    expect(results.map((result) => result.code)).toEqual([null, "batch_too_long"]);
    expect(results[1]!.error).toMatch(/longer than 10 s/);
    expect(server.engine.steps).toBeLessThan(200);
    await nothingHeld(server);
  });
});
