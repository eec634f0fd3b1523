// Batching pays: on the fake engine, whose steps cost the same for any number of rows, a batch of three
// takes the steps of its longest item, and three requests one after another take all of theirs.
import { afterEach, beforeEach, expect, test } from "vitest";
import { post, startFakeServer } from "./test-server.ts";

let server: Awaited<ReturnType<typeof startFakeServer>>;
beforeEach(async () => {
  server = await startFakeServer();
});
afterEach(() => server.close());

const items = ["one", "two", "three"].map((text) => ({ text: `[frames 30] ${text}` }));

test("Response time improvement: a batch of 3 takes a third of the steps of 3 requests", async () => {
  const response = await post(`${server.url}/tts/batch`, { requests: items });
  expect(await response.json()).toMatchObject({ completed_count: 3 });
  const batchSteps = server.engine.steps;
  expect(batchSteps).toBe(30);

  for (const item of items) await (await post(`${server.url}/tts`, item)).arrayBuffer();
  expect(server.engine.steps - batchSteps).toBe(3 * batchSteps);
});
