// /tts/batch: order, counts, one item's failure no other's, and that working side by side pays.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BatchLine, BatchResponse } from "../src/protocol.ts";
import { answerOf, expectDiscreet } from "./answer.ts";
import { post, startFakeServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  fake = await startFakeServer();
});
afterEach(() => fake.close());

async function batch(requests: unknown): Promise<{ status: number; body: BatchResponse }> {
  const response = await post(`${fake.url}/tts/batch`, { requests });
  return { status: response.status, body: (await response.json()) as BatchResponse };
}

async function wholeClip(body: object): Promise<Buffer> {
  return Buffer.from(await (await post(`${fake.url}/tts`, body)).arrayBuffer());
}

test("results are in the order of the requests, each as /tts gives it", async () => {
  const requests = [
    { text: "[frames 9] first", seed: 1 },
    { text: "[frames 2] second", seed: 2, speed: 2 },
    { text: "[frames 5] third", seed: 3, format: "pcm" },
  ];
  const { status, body } = await batch(requests);
  expect(status).toBe(200);
  expect(body).toMatchObject({ completed_count: 3, failed_count: 0 });
  for (const [index, request] of requests.entries()) {
    const result = body.results[index]!;
    expect(result).toMatchObject({
      success: true,
      sample_rate: 24_000,
      seed: request.seed,
      finish_reason: "stop",
      error: null,
      code: null,
    });
    expect(Buffer.from(result.audio!, "base64").equals(await wholeClip(request))).toBe(true);
  }
});

test("every result has every field of the contract, and no other", async () => {
  const { body } = await batch([{ text: "good" }, { text: "" }]);
  expect(Object.keys(body).sort()).toEqual(["completed_count", "failed_count", "results"]);
  for (const result of body.results) expect(Object.keys(result).sort()).toEqual(resultFields);
  expect(body.results[0]!.media_type).toBe("audio/wav");
  expect(body.results[1]).toMatchObject({ audio: null, sample_rate: null, media_type: null });
});

test("a drawn seed is in the result and gives the clip again; items draw their own", async () => {
  const { body } = await batch([{ text: "[frames 3] dice" }, { text: "[frames 3] dice" }]);
  const [first, second] = body.results;
  expect(first!.seed).not.toBe(second!.seed);
  const again = await wholeClip({ text: "[frames 3] dice", seed: second!.seed });
  expect(Buffer.from(second!.audio!, "base64").equals(again)).toBe(true);
});

test("long clips are in one piece of base64, whatever the pieces they were read in", async () => {
  const requests = [350, 351, 352].map((frames) => ({
    text: `[frames ${frames}] x`,
    seed: frames,
  }));
  const { body } = await batch(requests);
  for (const [index, request] of requests.entries()) {
    const audio = body.results[index]!.audio!;
    expect(audio).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(Buffer.from(audio, "base64").equals(await wholeClip(request))).toBe(true);
  }
});

const resultFields = [
  "audio",
  "code",
  "error",
  "finish_reason",
  "media_type",
  "sample_rate",
  "seed",
  "success",
];

describe("one item fails, the others do not", () => {
  const cases: [string, unknown, string][] = [
    ["unknown speaker", { text: "x", speaker: "Bob" }, "unknown_speaker"],
    ["unknown language", { text: "x", language: "Klingon" }, "unknown_language"],
    ["empty text", { text: "   " }, "empty_text"],
    ["too long text", { text: "x".repeat(5001) }, "text_too_long"],
    ["speed out of range", { text: "x", speed: 5 }, "invalid_request"],
    ["unknown field", { text: "x", volume: 1 }, "invalid_request"],
    ["no text", {}, "invalid_request"],
    ["__proto__", JSON.parse('{"text":"x","__proto__":{}}'), "invalid_request"],
    ["not an object", "x", "invalid_request"],
    ["null", null, "invalid_request"],
    ["engine crash", { text: "[crash 1][frames 3] x" }, "engine_crashed"],
    ["engine out of memory", { text: "[oom 1][frames 3] x" }, "out_of_memory"],
  ];
  test.each(cases)("%s", async (_name, item, code) => {
    const { status, body } = await batch([{ text: "good" }, item, { text: "good too" }]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ completed_count: 2, failed_count: 1 });
    expect(body.results.map((result) => result.success)).toEqual([true, false, true]);
    expect(body.results[1]).toMatchObject({ audio: null, code });
    expect(body.results[1]!.error).toMatch(/\w{3}/);
    expectDiscreet(body.results[1]!.error!);
  });

  test("all of them: still 200", async () => {
    const { status, body } = await batch([{ text: "" }, { text: "x", speaker: "Nobody" }]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ completed_count: 0, failed_count: 2 });
  });
});

test("an item's speaker error names the speakers there are", async () => {
  const { body } = await batch([{ text: "x", speaker: "Bob" }]);
  expect(body.results[0]!.error).toMatch(/^Unknown speaker 'Bob'\. Available speakers: .*Ryan/);
});

describe("a batch that is wrong as a whole is a 400", () => {
  const eleven = Array.from({ length: 11 }, () => ({ text: "x" }));
  const cases: [string, unknown, RegExp][] = [
    ["11 items", { requests: eleven }, /11 items; at most 10/],
    ["no items", { requests: [] }, /1 to 10 items, not an empty one/],
    ["no list", { requests: "x" }, /must be an array/],
    ["missing", {}, /'requests' must be an array/],
    ["unknown field", { requests: [{ text: "x" }], speed: 2 }, /Unknown field "speed"/],
    ["a list", [{ text: "x" }], /must be a JSON object/],
  ];
  test.each(cases)("%s", async (_name, body, detail) => {
    const response = await post(`${fake.url}/tts/batch`, body);
    const { status, body: error } = await answerOf(response);
    expect(status).toBe(400);
    expect(error.detail).toMatch(detail);
    expect(error.code).toBe(
      error.detail.includes("11 items") ? "batch_too_large" : "invalid_request",
    );
    expect(fake.engine.started).toBe(0);
  });

  test("ten items are taken", async () => {
    const { body } = await batch(eleven.slice(1));
    expect(body.completed_count).toBe(10);
  });
});

test("without an Accept for lines the answer is one object", async () => {
  for (const accept of ["*/*", "application/json", "text/html"]) {
    const headers = { Accept: accept };
    const requests = [{ text: "x" }];
    const response = await post(`${fake.url}/tts/batch`, { requests }, { headers });
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    expect(response.headers.get("x-request-id")).toBeTruthy();
    expect(await response.json()).toMatchObject({ completed_count: 1 });
  }
});

test("NDJSON: a line for each item with its index, the counts last", async () => {
  const requests = [{ text: "[frames 8] a" }, { text: "" }, { text: "[frames 1] c" }];
  const headers = { Accept: "application/x-ndjson" };
  const response = await post(`${fake.url}/tts/batch`, { requests }, { headers });
  expect(response.headers.get("content-type")).toContain("application/x-ndjson");
  const lines = (await response.text()).trim().split("\n");
  const parsed = lines.map((line) => JSON.parse(line) as BatchLine);
  expect(parsed.at(-1)).toEqual({ completed_count: 2, failed_count: 1 });
  const indices = parsed.slice(0, -1).map((line) => ("index" in line ? line.index : -1));
  expect(indices).toEqual([1, 2, 0]);
  for (const line of parsed.slice(0, -1)) {
    expect(Object.keys(line).sort()).toEqual(["index", ...resultFields].sort());
  }
});

describe("side by side", () => {
  const items = [{ text: "[frames 12] a" }, { text: "[frames 12] b" }, { text: "[frames 12] c" }];

  test("a batch of 3 takes as many steps as its longest item, three /tts three times that", async () => {
    await batch(items);
    expect(fake.engine.steps).toBe(12);
    for (const item of items) await wholeClip(item);
    expect(fake.engine.steps).toBe(12 + 3 * 12);
  });

  test("a batch never takes the last row, and a stream beside it starts in the next step", async () => {
    const requests = Array.from({ length: 10 }, () => ({ text: "[wait 1][frames 2] x" }));
    const running = batch(requests);
    await fake.engine.waitForHeld(3);
    expect(fake.engine.activeRows).toBe(3);
    const stepsBefore = fake.engine.steps;
    const stream = await post(`${fake.url}/tts/stream`, { text: "[wait 1][frames 2] me first" });
    expect(stream.status).toBe(200);
    expect(fake.engine.steps).toBe(stepsBefore + 1);
    const streamed = stream.arrayBuffer();
    const state = { over: false };
    void running.then(() => (state.over = true));
    while (!state.over) {
      fake.engine.release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await running).body.completed_count).toBe(10);
    expect((await streamed).byteLength).toBe(44 + 2 * 1920 * 2);
  });
});
