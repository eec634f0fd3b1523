// Requests for several models over HTTP: each waits for the rows of its own model and for no other's; and the prompt of a
// kept voice is made before a row is taken. Fakes stand for the models.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { ModelStatus, SpeechEngine, VoicePrompt } from "qwen3-tts";
import { createFakeEngine, type FakeEngine } from "qwen3-tts/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually, metric, nothingHeld, record, waitForRecord } from "./observe.ts";
import { openRaw } from "./raw-client.ts";
import { post, startServer, type TestServer } from "./test-server.ts";
import { upload } from "./voice-client.ts";

type Fakes = Record<string, FakeEngine>;

/** One engine over several fakes, each a model under its key. */
function together(fakes: Fakes, changes: Record<string, Partial<ModelStatus>> = {}): SpeechEngine {
  const all = Object.entries(fakes);
  const status = (): ReturnType<SpeechEngine["status"]> => ({
    engine: "fakes",
    models: all.map(([id, fake]) => ({ ...fake.status().models[0]!, id, ...changes[id] })),
    activeRows: all.reduce((sum, [, fake]) => sum + fake.activeRows, 0),
  });
  return {
    status,
    onStatus(listener) {
      const stops = all.map(([, fake]) => fake.onStatus(() => listener(status())));
      return () => stops.forEach((stop) => stop());
    },
    synthesize: ({ model, voice, ...request }, signal) => {
      const spoken =
        voice.kind === "clone" ? ({ kind: "preset", speaker: "Ryan" } as const) : voice;
      return fakes[model!]!.synthesize({ ...request, voice: spoken }, signal);
    },
    async close() {
      await Promise.all(all.map(([, fake]) => fake.close()));
    },
  };
}

let home: string;
let server: TestServer | undefined;
beforeEach(() => (home = mkdtempSync(join(tmpdir(), "rows-of-models-"))));
afterEach(async () => {
  await server?.close();
  rmSync(home, { recursive: true });
});

/** Whoever has a row keeps it until the fake releases it. */
const held = "[frames 2] [wait 1]";

async function speakAll(url: string, models: readonly string[]): Promise<Promise<number>[]> {
  const requests: Promise<number>[] = [];
  for (const [index, model] of models.entries()) {
    const headers = { "X-Request-Id": `r${index}` };
    const answer = post(`${url}/tts`, { text: held, model }, { headers });
    requests.push(answer.then(async (response) => (await response.arrayBuffer(), response.status)));
    // One after the other, so that it is known who came first.
    await eventually(async () =>
      expect(await record({ url }, `r${index}`)).toHaveProperty("state"),
    );
  }
  return requests;
}

test("of any requests each starts if its own model has a row, and only then", async () => {
  const rows = fc.integer({ min: 1, max: 3 });
  const asked = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(fc.record({ a: rows, b: rows, c: rows }), asked, async (rowsOf, models) => {
      const fakes: Fakes = Object.fromEntries(
        Object.entries(rowsOf).map(([id, count]) => [id, createFakeEngine({ rows: count })]),
      );
      server = await startServer(together(fakes));
      const { url } = server;
      const spoken = await speakAll(url, models);
      const earlier: Record<string, number> = { a: 0, b: 0, c: 0 };
      for (const [index, model] of models.entries()) {
        const before = earlier[model]!++;
        const waits = before - rowsOf[model] + 1;
        expect(await record({ url }, `r${index}`), `${models.join("")} ${index}`).toMatchObject({
          state: waits > 0 ? "queued" : "running",
          queue_place: waits > 0 ? waits : null,
        });
      }
      const stop = setInterval(() => Object.values(fakes).forEach((fake) => fake.release()), 1);
      expect(await Promise.all(spoken)).toEqual(models.map(() => 200));
      clearInterval(stop);
      await nothingHeld(server);
      await server.close();
      server = undefined;
    }),
    { numRuns: 12 },
  );
});

/** A model of one row that clones as soon as `finish` is called. */
function cloner() {
  const fake = createFakeEngine({ rows: 1 });
  const engine = together({ base: fake }, { base: { clone: { honoured: true }, size: "0.6B" } });
  const clone = { made: 0, finish: (): void => undefined };
  const finished = new Promise<void>((resolve) => (clone.finish = resolve));
  const createVoice = async (): Promise<VoicePrompt> => {
    clone.made += 1;
    await finished;
    const json = JSON.stringify({ speakerEmbedding: [1], reference: null });
    return { engine: "local", size: "0.6B", data: Buffer.from(json) };
  };
  const synthesize: SpeechEngine["synthesize"] = (request, signal) =>
    engine.synthesize({ ...request, model: "base" }, signal);
  return { engine: { ...engine, synthesize, createVoice }, clone };
}

test("while a voice's first prompt is made others have the row; all who want it make it once", async () => {
  const { engine, clone } = cloner();
  server = await startServer(engine, { voices: home });
  const { url } = server;
  await upload(url, { name: "mine" });
  const first = [1, 2].map(() => post(`${url}/tts`, { text: "Hello", speaker: "mine" }));
  await eventually(() => expect(clone.made).toBe(1));
  await eventually(async () => expect(await metric({ url }, "qwen_tts_queue_length")).toBe(2));
  const other = await post(`${url}/tts`, { text: "Hello", speaker: "Ryan" });
  expect(other.status).toBe(200);
  clone.finish();
  for (const response of await Promise.all(first)) expect(response.status).toBe(200);
  expect((await post(`${url}/tts`, { text: "Hello", speaker: "mine" })).status).toBe(200);
  expect(clone.made).toBe(1);
});

test("who leaves while a prompt is made is gone at once, and the prompt is kept", async () => {
  const { engine, clone } = cloner();
  server = await startServer(engine, { voices: home });
  const { url } = server;
  await upload(url, { name: "mine" });
  const socket = openRaw(url, {
    ...{ path: "/tts", body: { text: "Hello", speaker: "mine" } },
    headers: { "X-Request-Id": "r", Connection: "close" },
  });
  await eventually(() => expect(clone.made).toBe(1));
  socket.destroy();
  await waitForRecord(server, "r", { state: "done", finish_reason: "cancelled", error: null });
  await nothingHeld(server);
  clone.finish();
  expect((await post(`${url}/tts`, { text: "Hello", speaker: "mine" })).status).toBe(200);
  expect(clone.made).toBe(1);
});
