// Speech that ran away: a file is made once more with another seed, unless its client chose the seed; a stream, which
// somebody hears already, is not.
import type { SpeechEngine, SpeechEvent } from "qwen3-tts";
import { createFakeEngine } from "qwen3-tts/testing";
import { afterEach, expect, test } from "vitest";
import type { BatchResponse, RequestRecord } from "../src/protocol.ts";
import { defaultSettings, post, startServer, type TestServer } from "./test-server.ts";

let server: TestServer;
afterEach(() => server.close());

/** The fake, whose first `runaways` requests run away. Tells the seeds that it is asked for. */
async function start(runaways: number, limits = defaultSettings.limits): Promise<number[]> {
  const fake = createFakeEngine();
  const seeds: number[] = [];
  const engine: SpeechEngine = {
    status: () => fake.status(),
    onStatus: (listener) => fake.onStatus(listener),
    close: () => fake.close(),
    synthesize: (request, signal) => {
      seeds.push(request.seed);
      const speech = fake.synthesize(request, signal);
      return seeds.length > runaways ? speech : runAway(speech);
    },
  };
  server = await startServer(engine, { settings: { limits } });
  return seeds;
}

async function* runAway(speech: AsyncIterable<SpeechEvent>): AsyncGenerator<SpeechEvent> {
  for await (const event of speech) {
    yield event.kind === "end" ? { ...event, finishReason: "runaway" } : event;
  }
}

async function speak(route: string, body: object) {
  const response = await post(`${server.url}${route}`, { text: "[frames 10] hello", ...body });
  const bytes = Buffer.from(await response.arrayBuffer());
  const record = await fetch(`${server.url}/requests/${response.headers.get("x-request-id")}`);
  return { response, bytes, record: (await record.json()) as RequestRecord };
}

test("a file is made again, with the seed that is heard", async () => {
  const seeds = await start(1);
  const { response, bytes, record } = await speak("/tts", {});
  expect(seeds).toHaveLength(2);
  expect(seeds[1]).not.toBe(seeds[0]);
  expect(response.headers.get("x-seed")).toBe(String(seeds[1]));
  expect(response.headers.get("x-finish-reason")).toBe("stop");
  expect(bytes.byteLength).toBe(44 + 10 * 1920 * 2);
  expect(record).toMatchObject({
    seed: seeds[1],
    retries: 1,
    seconds_made: expect.closeTo(0.8, 6) as number,
    finish_reason: "stop",
  });
  const again = await speak("/tts", { seed: seeds[1] });
  expect(again.bytes.equals(bytes)).toBe(true);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain("qwen_tts_runaway_retries_total 1");
});

test("once: the second clip is what there is", async () => {
  const seeds = await start(Infinity);
  const { response, record } = await speak("/tts", {});
  expect(seeds).toHaveLength(2);
  expect(response.headers.get("x-seed")).toBe(String(seeds[1]));
  expect(response.headers.get("x-finish-reason")).toBe("runaway");
  expect(record).toMatchObject({ retries: 1, finish_reason: "runaway" });
});

test.each([
  ["/tts", { seed: 7 }],
  ["/tts/stream", {}],
])("%s with %j is not made again", async (route, body) => {
  const seeds = await start(1);
  const { response, record } = await speak(route, body);
  expect(seeds).toHaveLength(1);
  expect(response.headers.get("x-seed")).toBe(String(seeds[0]));
  expect(record).toMatchObject({ seed: seeds[0], retries: 0, finish_reason: "runaway" });
});

test("an item of a batch is made again; what was thrown away does not count", async () => {
  const seeds = await start(1, { ...defaultSettings.limits, maxBatchSeconds: 3 });
  const request = { text: "[frames 30] hello" };
  const response = await post(`${server.url}/tts/batch`, { requests: [request] });
  const { results } = (await response.json()) as BatchResponse;
  expect(results).toMatchObject([{ success: true, seed: seeds[1], finish_reason: "stop" }]);
});
