// /requests/{id}: what a page knows of its request while it waits, runs and is over.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RequestRecord } from "../src/protocol.ts";
import { post, startFakeServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer({ rows: 1 });
});
afterEach(() => fake.close());

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
    finish_reason: null,
  });
  const second = start("second");
  const third = start("third", "/tts", { text: "hi" });
  expect(await recordWhere("third", ({ state }) => state === "queued")).toBeTruthy();
  const places = [await record("second"), await record("third")].map((one) => one.queue_place);
  expect(places.sort()).toEqual([1, 2]);
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

test("an unknown id is 404", async () => {
  expect((await fetch(`${fake.url}/requests/nobody`)).status).toBe(404);
  expect((await cancel("nobody")).status).toBe(404);
});

test("an id of the client's is used once; a used or odd one is replaced", async () => {
  const first = await start("mine", "/tts", { text: "hi" });
  expect(first.headers.get("x-request-id")).toBe("mine");
  const again = await start("mine", "/tts", { text: "hi" });
  expect(again.headers.get("x-request-id")).not.toBe("mine");
  const odd = await start("../../etc", "/tts", { text: "hi" });
  expect(odd.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test("a refused body leaves no record that runs", async () => {
  const response = await start("bad", "/tts", { text: "" });
  expect(response.status).toBe(400);
  expect((await fetch(`${fake.url}/requests/bad`)).status).toBe(404);
});
