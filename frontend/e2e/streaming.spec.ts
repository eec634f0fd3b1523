// Streaming in the page: the tests of the request, on the development page and on the built one.
import { expect, test } from "./fixtures.ts";

test("should stream audio and play progressively", async ({ page }) => {
  // 1. Navigate to app
  await page.goto("/");

  // 2. Wait for backend connection
  await page.waitForSelector(".speaker-select", { timeout: 10000 });

  // 3. Enter text
  await page.fill(".text-input", "Hello world");

  // 4. Click stream button
  await page.click(".stream-btn");

  // 5. Verify streaming started (loading indicator)
  await expect(page.locator(".streaming-indicator")).toBeVisible();

  // 6. Verify audio plays within 10s (use audio monitor fixture)
  const audioMonitor = page.audioMonitor();
  await expect(audioMonitor.getPlayedSounds()).resolves.toBeTruthy();

  // 7. Verify completion
  await expect(page.locator(".streaming-indicator")).toBeHidden({ timeout: 30000 });
});

test("Frontend Streaming: the button sends one request to /tts/stream", async ({ page }) => {
  await page.goto("/");
  await page.waitForSelector(".speaker-select");
  await page.fill(".text-input", "A request is sent.");
  const sent = page.waitForRequest((request) => request.url().endsWith("/tts/stream"));
  await page.click(".stream-btn");
  expect((await sent).method()).toBe("POST");
  expect((await sent).postDataJSON()).toMatchObject({ text: "A request is sent." });
});

test("Frontend Streaming: first sound within 5 s of the click", async ({ page }) => {
  await page.goto("/");
  await page.waitForSelector(".speaker-select");
  await page.fill(
    ".text-input",
    "x".repeat(10) + " and some more words, up to a hundred characters or so.",
  );
  await page.click(".stream-btn");
  await page.audioMonitor().getPlayedSounds({ timeoutMs: 5000 });
  expect(await page.audioMonitor().firstSoundMs()).toBeLessThan(5000);
});

test("Frontend Streaming: an error is shown in words", async ({ page }) => {
  await page.goto("/");
  await page.waitForSelector(".speaker-select");
  await page.route("**/tts/stream", (route) =>
    route.fulfill({
      status: 400,
      contentType: "application/json",
      body: JSON.stringify({ detail: "Unknown speaker 'Bob'.", code: "unknown_speaker" }),
    }),
  );
  await page.fill(".text-input", "This fails");
  await page.click(".stream-btn");
  await expect(page.getByRole("alert")).toContainText(/speaker/i);
  await expect(page.locator(".streaming-indicator")).toBeHidden();
  await page.unroute("**/tts/stream");
  await page.click(".stream-btn");
  await page.audioMonitor().getPlayedSounds();
});

test("Stop is silent at once, Escape too, and Ctrl+Enter starts", async ({ page }) => {
  await page.goto("/");
  await page.waitForSelector(".speaker-select");
  await page.fill(".text-input", "A long text that goes on and on. ".repeat(20));
  for (const stop of ["click", "key"] as const) {
    await page.focus(".text-input");
    await page.keyboard.press("Control+Enter");
    await expect(page.locator(".streaming-indicator")).toBeVisible();
    await page.audioMonitor().getPlayedSounds();
    if (stop === "click") await page.getByRole("button", { name: "Stop", exact: true }).click();
    else await page.keyboard.press("Escape");
    await page.audioMonitor().silentFor(500);
    expect(await page.audioMonitor().soundAfterInputMs()).toBeLessThan(200);
    await expect(page.locator(".streaming-indicator")).toBeHidden();
  }
});
