// The HTTP interface as the request's tests call it, and each criterion of its tables by name.
import type { APIRequestContext } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

test("should stream audio via API", async ({ request }) => {
  const response = await request.post("http://localhost:8000/tts/stream", {
    data: { text: "Hello", speaker: "Ryan", language: "English" },
  });

  expect(response.status()).toBe(200);
  expect(response.headers()["content-type"]).toContain("audio/wav");
});

test("should handle batch request", async ({ request }) => {
  const response = await request.post("http://localhost:8000/tts/batch", {
    data: {
      requests: [
        { text: "One", speaker: "Ryan", language: "English" },
        { text: "Two", speaker: "Vivian", language: "English" },
      ],
    },
  });

  expect(response.status()).toBe(200);
  const data = (await response.json()) as { results: unknown[]; completed_count: number };
  expect(data.results).toHaveLength(2);
  expect(data.completed_count).toBe(2);
});

test("No regressions: /tts gives a whole clip", async ({ request }) => {
  const response = await request.post("/tts", { data: { text: "Hello" } });
  expect(response.status()).toBe(200);
  expect((await response.body()).byteLength).toBe(Number(response.headers()["content-length"]));
});

test.describe("Backend Streaming Endpoint", () => {
  const text =
    "A hundred characters of text, so that the time to the first byte says something about it, we hope.";

  test("chunked transfer, first byte of 100 characters within 5 s", async () => {
    const sentAt = performance.now();
    const response = await fetch("http://localhost:8000/tts/stream", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text }),
    });
    expect(response.headers.get("transfer-encoding")).toBe("chunked");
    await response.body!.getReader().read();
    expect(performance.now() - sentAt).toBeLessThan(5000);
  });

  test("playable WAV: the browser decodes it", async ({ page }) => {
    await page.goto("/");
    const seconds = await page.evaluate(async (body) => {
      const response = await fetch("/tts/stream", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ text: body }),
      });
      const context = new OfflineAudioContext(1, 1, 22_050);
      return (await context.decodeAudioData(await response.arrayBuffer())).duration;
    }, text);
    expect(seconds).toBeGreaterThan(3);
    expect(seconds).toBeLessThan(15);
  });
});

test.describe("Backend Batch Endpoint", () => {
  const post = (request: APIRequestContext, items: object[]) =>
    request.post("/tts/batch", { data: { requests: items } });

  test("max batch size: 11 items are 400", async ({ request }) => {
    const response = await post(
      request,
      Array.from({ length: 11 }, () => ({ text: "x" })),
    );
    expect(response.status()).toBe(400);
    expect(await response.text()).toContain("10");
  });

  test("partial failure: one fails, two succeed", async ({ request }) => {
    const response = await post(request, [
      { text: "One" },
      { text: "Two", speaker: "Bob" },
      { text: "Three" },
    ]);
    expect(response.status()).toBe(200);
    expect(await response.json()).toMatchObject({ completed_count: 2, failed_count: 1 });
  });

  test("concurrent limit: 3 batches at once complete", async ({ request }) => {
    const items = Array.from({ length: 10 }, (_, index) => ({ text: `Sentence number ${index}.` }));
    const responses = await Promise.all([1, 2, 3].map(() => post(request, items)));
    for (const response of responses) {
      expect(await response.json()).toMatchObject({ completed_count: 10, failed_count: 0 });
    }
  });
});
