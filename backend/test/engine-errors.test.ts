// What the engine does wrong or cannot do, and a queue that is full: status, code, words; the next
// request works.
import { EngineError, type EngineErrorCode, type SpeechEngine } from "qwen3-tts";
import { createFakeEngine } from "qwen3-tts/testing";
import { describe, expect, test } from "vitest";
import type { BatchResponse } from "../src/protocol.ts";
import { answerOf } from "./answer.ts";
import { post, startFakeServer, startServer } from "./test-server.ts";

/** The fake, whose first request fails. */
function failOnce(error: Error): SpeechEngine {
  const fake = createFakeEngine();
  let failed = false;
  return {
    status: () => fake.status(),
    onStatus: (listener) => fake.onStatus(listener),
    close: () => fake.close(),
    synthesize(request, signal) {
      const failNow = !failed;
      failed = true;
      if (!failNow) return fake.synthesize(request, signal);
      return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
    },
  };
}

type Row = [code: EngineErrorCode, status: number, publicCode: string, retryable: boolean];
const rows: Row[] = [
  ["unsupported", 400, "unsupported", false],
  ["not_ready", 503, "engine_not_ready", true],
  ["crashed", 503, "engine_crashed", true],
  ["closed", 503, "shutting_down", true],
  ["hung", 504, "engine_hung", true],
  ["out_of_memory", 507, "out_of_memory", true],
];

describe.each(["/tts", "/tts/stream"])("%s, an engine that fails before any audio", (route) => {
  test.each(rows)("%s is %i", async (code, status, publicCode, retryable) => {
    const server = await startServer(failOnce(new EngineError(code, "Words of the engine.")));
    const answer = await answerOf(post(`${server.url}${route}`, { text: "x" }));
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      detail: "Words of the engine.",
      code: publicCode,
      ...(retryable ? { retryable } : {}),
    });
    expect(answer.response.headers.has("retry-after")).toBe(retryable);
    expect((await post(`${server.url}${route}`, { text: "next" })).status).toBe(200);
    await server.close();
  });

  test("what nobody foresaw is 500, and its own words stay inside", async () => {
    const error = new Error("ENOENT: no such file, open '/secret/src/model.ts:1'");
    const server = await startServer(failOnce(error));
    const answer = await answerOf(post(`${server.url}${route}`, { text: "x" }));
    expect(answer.status).toBe(500);
    expect(answer.body.code).toBe("internal");
    expect(answer.body.detail).not.toContain("secret");
    const id = answer.response.headers.get("x-request-id")!;
    const record = await (await fetch(`${server.url}/requests/${id}`)).text();
    expect(record).toContain('"internal"');
    expect(record).not.toContain("secret");
    expect((await post(`${server.url}${route}`, { text: "next" })).status).toBe(200);
    await server.close();
  });
});

test("in a batch it is that item's error, in the same words", async () => {
  for (const error of [new EngineError("hung", "No progress."), new Error("/secret/path")]) {
    const server = await startServer(failOnce(error));
    const requests = [{ text: "first" }, { text: "second" }];
    const response = await post(`${server.url}/tts/batch`, { requests });
    expect(response.status).toBe(200);
    const { results, ...counts } = (await response.json()) as BatchResponse;
    expect(counts).toEqual({ completed_count: 1, failed_count: 1 });
    expect(results[0]!.code).toBe(error instanceof EngineError ? "engine_hung" : "internal");
    expect(results[0]!.error).not.toContain("secret");
    expect(results[1]!.success).toBe(true);
    await server.close();
  }
});

describe.each(["/tts", "/tts/stream"])("%s on the fake", (route) => {
  test.each([
    ["crash", 503, "engine_crashed"],
    ["oom", 507, "out_of_memory"],
  ])("%s before the first audio is %i", async (fault, status, code) => {
    const fake = await startFakeServer();
    const answer = await answerOf(post(`${fake.url}${route}`, { text: `[${fault} 0] x` }));
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ code, retryable: true });
    expect(fake.engine.activeRows).toBe(0);
    expect((await post(`${fake.url}${route}`, { text: "next" })).status).toBe(200);
    await fake.close();
  });

  test("a row that hangs holds up nobody and can be cancelled", async () => {
    const fake = await startFakeServer({ rows: 2 });
    const headers = { "X-Request-Id": "stuck" };
    const stuck = post(`${fake.url}${route}`, { text: "[hang 0] x" }, { headers });
    const another = await post(`${fake.url}${route}`, { text: "another" });
    expect((await another.arrayBuffer()).byteLength).toBeGreaterThan(44);
    expect(fake.engine.activeRows).toBe(1);
    await fetch(`${fake.url}/requests/stuck`, { method: "DELETE" });
    const answer = await answerOf(stuck);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe("cancelled");
    expect(fake.engine.activeRows).toBe(0);
    await fake.close();
  });

  test("a closed engine is 503", async () => {
    const fake = await startFakeServer();
    await fake.engine.close();
    const answer = await answerOf(post(`${fake.url}${route}`, { text: "x" }));
    expect(answer.status).toBe(503);
    expect(answer.body.retryable).toBe(true);
    await fake.close();
  });
});

test("after the first audio /tts still has a proper error: nothing was sent", async () => {
  const fake = await startFakeServer();
  const answer = await answerOf(post(`${fake.url}/tts`, { text: "[oom 3][frames 5] x" }));
  expect(answer.status).toBe(507);
  await fake.close();
});

describe("what the model cannot honour", () => {
  test("instruct is 400 unsupported with the reason; null and empty are nothing", async () => {
    const mute = await startFakeServer({ honoursInstruct: false });
    const refused = await answerOf(post(`${mute.url}/tts`, { text: "x", instruct: "happy" }));
    expect(refused.status).toBe(400);
    expect(refused.body.code).toBe("unsupported");
    expect(refused.body.detail).toMatch(/^'instruct' cannot be used: .*takes no instructions/);
    for (const instruct of [null, "", "  "]) {
      expect((await post(`${mute.url}/tts`, { text: "x", instruct })).status).toBe(200);
    }
    const requests = [{ text: "x", instruct: "happy" }, { text: "x" }];
    const batch = await post(`${mute.url}/tts/batch`, { requests });
    expect(((await batch.json()) as BatchResponse).results[0]!.code).toBe("unsupported");
    await mute.close();
  });
});

describe("a full queue", () => {
  test("is 429 with Retry-After and its length, and empties", async () => {
    const small = await startFakeServer({ rows: 1 }, { settings: { maxQueue: 1 } });
    const held = { text: "[wait 1][frames 2] x" };
    const running = post(`${small.url}/tts`, held);
    await small.engine.waitForHeld();
    const queued = post(`${small.url}/tts`, { text: "next" });
    await until(async () => (await metric(small.url, "qwen_tts_queue_length")) === 1);
    const { status, body, response } = await answerOf(post(`${small.url}/tts`, held));
    expect(status).toBe(429);
    expect(body).toMatchObject({ code: "queue_full", queue_length: 1, retryable: true });
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    const refusedBatch = await answerOf(post(`${small.url}/tts/batch`, { requests: [held] }));
    expect(refusedBatch.status).toBe(429);
    small.engine.release();
    expect((await running).status).toBe(200);
    expect((await queued).status).toBe(200);
    await small.close();
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

async function metric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
}
