// What there is and how it is doing.
import type { SpeechEngine } from "qwen3-tts";
import { createFakeEngine } from "qwen3-tts/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { CapabilitiesResponse, LanguagesResponse, SpeakersResponse } from "../src/protocol.ts";
import { post, startFakeServer, startServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeAll(async () => {
  fake = await startFakeServer();
});
afterAll(() => fake.close());

async function json<T>(path: string, url = fake.url): Promise<T> {
  const response = await fetch(`${url}${path}`);
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(response.headers.get("x-request-id")).toBeTruthy();
  return (await response.json()) as T;
}

function methodsOf(engine: SpeechEngine): Omit<SpeechEngine, "status"> {
  return {
    onStatus: (listener) => engine.onStatus(listener),
    synthesize: (request, signal) => engine.synthesize(request, signal),
    close: () => engine.close(),
  };
}

test("/speakers and /languages say what /tts takes", async () => {
  const { default: first, speakers } = await json<SpeakersResponse>("/speakers");
  expect(first).toBe("Ryan");
  expect(speakers).toHaveLength(9);
  const { languages } = await json<LanguagesResponse>("/languages");
  expect(languages).toHaveLength(11);
  expect(languages.at(-1)).toBe("Auto");
  for (const speaker of speakers) {
    const body = { text: "hi", speaker: speaker.name };
    expect((await post(`${fake.url}/tts`, body)).status).toBe(200);
  }
  for (const language of languages) {
    expect((await post(`${fake.url}/tts`, { text: "hi", language })).status).toBe(200);
  }
});

test("/speakers names a speaker once, however many models have it", async () => {
  const engine = createFakeEngine();
  const [model] = engine.status().models;
  const own = { ...model!.speakers[0]!, name: "Larger" };
  const larger = { ...model!, id: "larger", speakers: [...model!.speakers, own] };
  const server = await startServer({
    ...methodsOf(engine),
    status: () => ({ engine: "fake", models: [model!, larger], activeRows: 0 }),
  });
  const { speakers } = await json<SpeakersResponse>("/speakers", server.url);
  const names = speakers.map(({ name }) => name);
  expect(names).toEqual([...model!.speakers.map(({ name }) => name), "Larger"]);
  await server.close();
});

test("/capabilities: engine, models, limits", async () => {
  const capabilities = await json<CapabilitiesResponse>("/capabilities");
  expect(capabilities.engine).toBe("fake");
  expect(capabilities.models[0]).toMatchObject({
    id: "fake",
    state: "ready",
    sample_rate: 24_000,
    instruct: { honoured: true },
    rows: 4,
  });
  expect(capabilities.limits).toMatchObject({ text_length: 5000, batch_items: 10 });
});

describe("/health and /ready", () => {
  test("ready", async () => {
    expect(await json("/health")).toMatchObject({ status: "ok", engine: "fake" });
    const ready = await fetch(`${fake.url}/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ ready: true, engine: "fake" });
  });

  test("a model that loads is not ready; a request waits for it and is spoken", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const loadMs = 1000;
    const slow = await startFakeServer({ loadMs });
    try {
      expect((await fetch(`${slow.url}/ready`)).status).toBe(200); // idle: loads when needed
      const pending = post(`${slow.url}/tts`, { text: "hi" });
      while ((await fetch(`${slow.url}/ready`)).status === 200);
      expect(await json("/health", slow.url)).toMatchObject({ models: [{ state: "loading" }] });
      vi.advanceTimersByTime(loadMs);
      expect((await pending).status).toBe(200);
      expect((await fetch(`${slow.url}/ready`)).status).toBe(200);
    } finally {
      vi.useRealTimers();
      await slow.close();
    }
  });

  test.each(["absent", "failed"] as const)(
    "a model that is %s: 503 with the reason",
    async (kind) => {
      const fake = createFakeEngine();
      const [model] = fake.status().models;
      const state = { kind, reason: "The folder holds no model." };
      const broken = await startServer({
        ...methodsOf(fake),
        status: () => ({ engine: "fake", models: [{ ...model!, state }], activeRows: 0 }),
      });
      const ready = await fetch(`${broken.url}/ready`);
      expect(ready.status).toBe(503);
      const detail = "The folder holds no model.";
      expect(await ready.json()).toEqual({ ready: false, engine: "fake", detail });
      expect(await json("/health", broken.url)).toMatchObject({
        status: "ok",
        models: [{ state: kind, reason: detail }],
      });
      await broken.close();
    },
  );

  test("an engine that is gone: /health 200, /ready 503 with the reason", async () => {
    const gone = await startFakeServer();
    await gone.engine.close();
    expect((await fetch(`${gone.url}/health`)).status).toBe(200);
    const ready = await fetch(`${gone.url}/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      ready: false,
      detail: expect.any(String) as string,
    });
    await gone.close();
  });
});
