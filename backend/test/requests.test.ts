// /requests/{id}: what a page knows of its request while it waits, runs and is over.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { RequestRecord } from "../src/protocol.ts";
import { answerOf } from "./answer.ts";
import { post, startFakeServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer({ rows: 1 });
});
afterEach(() => fake.close());

const tenMinutesMs = 10 * 60 * 1000;
const held = { text: "[wait 1][frames 3] x", seed: 9 };

function start(id: string, route = "/tts/stream", body: object = held): Promise<Response> {
  return post(`${fake.url}${route}`, body, { headers: { "X-Request-Id": id } });
}

async function record(id: string): Promise<RequestRecord> {
  return (await (await fetch(`${fake.url}/requests/${id}`)).json()) as RequestRecord;
}

async function recordWhere(
  id: string,
  matches: (record: RequestRecord) => boolean,
): Promise<RequestRecord> {
  for (;;) {
    const response = await fetch(`${fake.url}/requests/${id}`);
    const found = response.ok ? ((await response.json()) as RequestRecord) : undefined;
    if (found && matches(found)) return found;
  }
}

function cancel(id: string): Promise<Response> {
  return fetch(`${fake.url}/requests/${id}`, { method: "DELETE" });
}

test("running, queued with its place, done", async () => {
  const first = await start("first");
  await fake.engine.waitForHeld();
  expect(await record("first")).toMatchObject({
    route: "/tts/stream",
    state: "running",
    queue_place: null,
    seconds_made: 0.08,
    sample_rate: 24_000,
    seed: 9,
    retries: 0,
    underruns: 0,
    finish_reason: null,
  });
  const second = start("second");
  const third = start("third", "/tts", { text: "hi" });
  expect(await recordWhere("third", ({ state }) => state === "queued")).toBeTruthy();
  const places = [await record("second"), await record("third")].map((one) => one.queue_place);
  expect(new Set(places)).toEqual(new Set([1, 2]));
  fake.engine.release();
  await first.arrayBuffer();
  expect(await record("first")).toMatchObject({
    state: "done",
    finish_reason: "stop",
    seconds_made: 0.24,
    error: null,
  });
  const { timings } = await record("first");
  expect(timings.first_audio_ms).toBeLessThanOrEqual(timings.done_ms!);
  await cancel("second");
  await cancel("third");
  await Promise.allSettled([second, third]);
});

describe("DELETE", () => {
  test("in the queue: 409 for its client, and it never had a row", async () => {
    const running = await start("running");
    await fake.engine.waitForHeld();
    const waiting = start("waiting", "/tts");
    await recordWhere("waiting", ({ state }) => state === "queued");
    expect((await cancel("waiting")).status).toBe(200);
    const response = await waiting;
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ code: "cancelled" });
    expect(await record("waiting")).toMatchObject({ state: "done", finish_reason: "cancelled" });
    expect(fake.engine.started).toBe(1);
    fake.engine.release();
    await running.arrayBuffer();
  });

  test("in mid-stream: the connection breaks, the row is free, the next request works", async () => {
    const response = await start("running");
    await fake.engine.waitForHeld();
    const steps = fake.engine.steps;
    await cancel("running");
    await expect(response.arrayBuffer()).rejects.toThrow();
    expect(fake.engine.activeRows).toBe(0);
    expect(fake.engine.steps).toBe(steps);
    expect(await record("running")).toMatchObject({ finish_reason: "cancelled" });
    expect((await post(`${fake.url}/tts`, { text: "next" })).status).toBe(200);
  });

  test("of a batch ends its items", async () => {
    const body = { requests: [held, held, { text: "" }] };
    const pending = start("batch", "/tts/batch", body);
    await fake.engine.waitForHeld();
    expect((await record("batch")).items).toEqual(["batch-0", "batch-1", "batch-2"]);
    expect(await record("batch-2")).toMatchObject({ error: { code: "empty_text" } });
    await cancel("batch");
    const answer = (await (await pending).json()) as { failed_count: number };
    expect(answer.failed_count).toBe(3);
    expect(await record("batch-1")).toMatchObject({ state: "done", finish_reason: "cancelled" });
    expect(fake.engine.activeRows).toBe(0);
  });

  test("of one item of a batch leaves the others", async () => {
    const pending = start("batch", "/tts/batch", { requests: [held, { text: "hi" }] });
    await fake.engine.waitForHeld();
    await cancel("batch-0");
    const { results } = (await (await pending).json()) as { results: { success: boolean }[] };
    expect(results.map((result) => result.success)).toEqual([false, true]);
  });

  test("of what is over changes nothing", async () => {
    await (await start("over", "/tts", { text: "hi" })).arrayBuffer();
    expect((await cancel("over")).status).toBe(200);
    expect(await record("over")).toMatchObject({ finish_reason: "stop" });
  });
});

test("a record has every field, whatever became of its request", async () => {
  await (await start("fine", "/tts", { text: "[frames 10] x", speed: 2, seed: 4 })).arrayBuffer();
  expect(await record("fine")).toEqual({
    id: "fine",
    route: "/tts",
    state: "done",
    queue_place: null,
    seconds_made: expect.closeTo(0.4, 6) as number,
    sample_rate: 24_000,
    seed: 4,
    retries: 0,
    underruns: 0,
    finish_reason: "stop",
    error: null,
    timings: {
      received: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      started_ms: expect.any(Number) as number,
      first_audio_ms: expect.any(Number) as number,
      done_ms: expect.any(Number) as number,
    },
    items: null,
  });
  await start("none", "/tts", { text: "[crash 0] x" });
  expect(await record("none")).toMatchObject({
    state: "done",
    seconds_made: 0,
    finish_reason: null,
    error: { code: "engine_crashed", detail: "The fake was told to crash." },
    timings: { first_audio_ms: null, done_ms: expect.any(Number) as number },
  });
});

test("a batch's record adds its items up and ends after the last", async () => {
  const requests = [
    { text: "[frames 5] a" },
    { text: "[frames 5] b" },
    { text: "[oom 2][frames 5] c" },
  ];
  await (await start("batch", "/tts/batch", { requests })).text();
  const batch = await recordWhere("batch", ({ state }) => state === "done");
  expect(batch).toMatchObject({ route: "/tts/batch", finish_reason: "stop", error: null });
  expect(batch.seconds_made).toBeCloseTo(0.4 + 0.4 + 0.16, 6);
  expect(await record("batch-2")).toMatchObject({ error: { code: "out_of_memory" } });
});

test("a client that left: cancelled, as far as it came", async () => {
  const leaving = new AbortController();
  const headers = { "X-Request-Id": "left" };
  await post(`${fake.url}/tts/stream`, held, { headers, signal: leaving.signal });
  await fake.engine.waitForHeld();
  leaving.abort();
  const left = await recordWhere("left", ({ state }) => state === "done");
  expect(left).toMatchObject({ finish_reason: "cancelled", seconds_made: 0.08, error: null });
  expect(fake.engine.activeRows).toBe(0);
});

test("records are kept ten minutes after the end, and running ones for ever", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    await (await start("short", "/tts", { text: "hi" })).arrayBuffer();
    const running = await start("running");
    await fake.engine.waitForHeld();
    vi.setSystemTime(Date.now() + tenMinutesMs - 1000);
    expect(await record("short")).toMatchObject({ state: "done" });
    vi.setSystemTime(Date.now() + 2000);
    expect((await fetch(`${fake.url}/requests/short`)).status).toBe(404);
    vi.setSystemTime(Date.now() + 10 * tenMinutesMs);
    expect(await record("running")).toMatchObject({ state: "running" });
    fake.engine.release();
    await running.arrayBuffer();
    expect(await record("running")).toMatchObject({ state: "done" });
    const again = await start("short", "/tts", { text: "hi" });
    expect(again.headers.get("x-request-id")).toBe("short");
  } finally {
    vi.useRealTimers();
  }
});

test("an unknown id is 404", async () => {
  for (const response of [await fetch(`${fake.url}/requests/nobody`), await cancel("nobody")]) {
    const { status, body } = await answerOf(response);
    expect(status).toBe(404);
    expect(body.code).toBe("not_found");
  }
});

test("an id of the client's is used once; a used or odd one is replaced", async () => {
  const first = await start("mine", "/tts", { text: "hi" });
  expect(first.headers.get("x-request-id")).toBe("mine");
  const again = await start("mine", "/tts", { text: "hi" });
  expect(again.headers.get("x-request-id")).not.toBe("mine");
  const refused = await start("mine", "/tts", { text: "" });
  expect(refused.headers.get("x-request-id")).not.toBe("mine");
  for (const id of ["../../etc", "with space", "x".repeat(65), "", "ü"]) {
    const odd = await start(id, "/tts", { text: "hi" });
    expect(odd.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  }
  const longest = await start("y".repeat(64), "/tts", { text: "hi" });
  expect(longest.headers.get("x-request-id")).toBe("y".repeat(64));
});

test("a refused body leaves no record that runs", async () => {
  const response = await start("bad", "/tts", { text: "" });
  expect(response.status).toBe(400);
  expect((await fetch(`${fake.url}/requests/bad`)).status).toBe(404);
});
