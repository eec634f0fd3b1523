// What there is and how it is doing.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CapabilitiesResponse, LanguagesResponse, SpeakersResponse } from "../src/protocol.ts";
import { post, startFakeServer } from "./test-server.ts";

let fake: Awaited<ReturnType<typeof startFakeServer>>;
beforeAll(async () => {
  fake = await startFakeServer();
});
afterAll(() => fake.close());

async function json<T>(path: string, url = fake.url): Promise<T> {
  const response = await fetch(`${url}${path}`);
  expect(response.headers.get("content-type")).toContain("application/json");
  return (await response.json()) as T;
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
    const slow = await startFakeServer({ loadMs: 300 });
    expect((await fetch(`${slow.url}/ready`)).status).toBe(200); // idle: loads when needed
    const pending = post(`${slow.url}/tts`, { text: "hi" });
    for (;;) {
      const ready = await fetch(`${slow.url}/ready`);
      if (ready.status === 503) break;
    }
    expect(await json("/health", slow.url)).toMatchObject({ models: [{ state: "loading" }] });
    expect((await pending).status).toBe(200);
    expect((await fetch(`${slow.url}/ready`)).status).toBe(200);
    await slow.close();
  });

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

test("/metrics is Prometheus text, and counts", async () => {
  const own = await startFakeServer();
  await (await post(`${own.url}/tts`, { text: "[frames 25] two seconds" })).arrayBuffer();
  await (await post(`${own.url}/tts`, { text: "" })).arrayBuffer();
  const response = await fetch(`${own.url}/metrics`);
  expect(response.headers.get("content-type")).toContain("text/plain");
  const text = await response.text();
  for (const line of text.split("\n").filter((each) => each !== "")) {
    expect(line).toMatch(/^(# (HELP|TYPE) .+|[a-zA-Z_:][\w:]*(\{.*\})? \S+)$/);
  }
  expect(text).toContain('qwen_tts_requests_total{route="/tts",outcome="stop"} 1');
  expect(text).toContain('qwen_tts_refused_total{code="empty_text"} 1');
  expect(text).toMatch(/^qwen_tts_audio_seconds_total 2(\.0*\d*)?$/m);
  for (const gauge of ["queue_length", "active_requests", "active_rows"]) {
    expect(text).toMatch(new RegExp(`^qwen_tts_${gauge} 0$`, "m"));
  }
  await own.close();
});

test("/openapi.json is OpenAPI 3.1 and has every route", async () => {
  type Document = { openapi: string; paths: Record<string, Record<string, object>> };
  const document = await json<Document>("/openapi.json");
  expect(document.openapi).toMatch(/^3\.1\./);
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method} ${path}`),
  );
  expect(routes.sort()).toEqual(
    [
      "post /tts",
      "post /tts/stream",
      "post /tts/batch",
      "get /requests/{id}",
      "delete /requests/{id}",
      "get /speakers",
      "get /languages",
      "get /capabilities",
      "get /health",
      "get /ready",
      "get /metrics",
    ].sort(),
  );
  expect(JSON.stringify(document)).toContain('"maxLength":5000');
});

test("/docs serves a page", async () => {
  const response = await fetch(`${fake.url}/docs`);
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("<!DOCTYPE html>");
});
