// What the page does when the server fails under it: killed in mid-stream, gone and back again, behind
// the development proxy, an engine that fails.
import type { Page } from "@playwright/test";
import type { FakeServer } from "./fake-server.ts";
import { expect, test } from "./fixtures.ts";
import { openStudio, stream, waitUntilHeard } from "./studio.ts";

/** Kill the server while the page plays; the page says so, and works when a new one is there. */
async function killAndReturn(page: Page, fake: FakeServer): Promise<void> {
  await stream(page, "[wait 8][frames 12] killed");
  await page.audioMonitor().getPlayedSounds();
  await fake.kill();
  await expect(page.getByRole("alert").first()).toContainText("connection broke");
  await waitUntilHeard(page);
  await expect(page.locator(".text-input")).toBeEditable();

  await stream(page, "[frames 8] nobody is there");
  await expect(page.getByRole("alert").first()).toContainText("does not answer");
  await waitUntilHeard(page);

  await fake.restart();
  await page.audioMonitor().silentFor(500);
  await stream(page, "[frames 8] and back");
  await waitUntilHeard(page);
  expect(await page.audioMonitor().firstSoundMs()).toBeLessThan(5000);
  await expect(page.getByRole("alert")).toHaveCount(0);
}

test("a server killed in mid-stream: said, usable, and the next request works", async ({
  page,
  fake,
}) => {
  await openStudio(page, fake.url);
  await killAndReturn(page, fake);
});

for (const [directive, words] of [
  ["crash", "stopped unexpectedly"],
  ["oom", "out of memory"],
] as const) {
  test(`an engine that fails in mid-stream (${directive}): said, and the next request works`, async ({
    page,
    fake,
  }) => {
    await openStudio(page, fake.url);
    await stream(page, `[${directive} 8][frames 20] cut short`);
    await expect(page.getByRole("alert").first()).toContainText(words);
    await waitUntilHeard(page);
    await stream(page, "[frames 8] works again");
    await waitUntilHeard(page);
    await expect(page.getByRole("alert")).toHaveCount(0);
    expect(await fake.state()).toMatchObject({ activeRows: 0, started: 2 });
  });
}

test("a batch with a failing line: its error in its place, the others play", async ({
  page,
  fake,
}) => {
  await openStudio(page, fake.url);
  await page.click(".batch-toggle");
  await page.fill(".batch-input-0", "[frames 5] first");
  await page.fill(".batch-input-1", "[crash 2][frames 5] second");
  await page.fill(".batch-input-2", "x".repeat(5001));
  await page.click(".batch-submit");
  const results = page.locator(".batch-result");
  await expect(results).toHaveCount(3);
  await expect(page.locator(".batch-error")).toHaveCount(2);
  await expect(results.nth(1).locator(".batch-error")).toContainText("stopped unexpectedly");
  await expect(results.nth(2).locator(".batch-error")).toContainText("5000");
  await results.nth(0).getByRole("button", { name: /^Play/ }).click();
  await page.audioMonitor().getPlayedSounds();
});

test("batch results arrive while other lines are still being made", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await page.click(".batch-toggle");
  await page.fill(".batch-input-0", "[wait 2][frames 5] held");
  await page.fill(".batch-input-1", "[frames 5] quick");
  await page.fill(".batch-input-2", "[frames 5] quick too");
  await page.click(".batch-submit");
  await expect(page.locator(".batch-result")).toHaveCount(2);
  expect(await fake.state()).toMatchObject({ activeRows: 1, finished: 2 });
  await fake.release();
  await expect(page.locator(".batch-result")).toHaveCount(3);
});

test.describe("through the development proxy", () => {
  test("the engine's first frame is heard while it waits", async ({ page, proxied }) => {
    await openStudio(page, proxied.pageUrl);
    await stream(page, "[wait 1][frames 4] held");
    await page.audioMonitor().getPlayedSounds();
    expect(await proxied.fake.state()).toMatchObject({ steps: 1, activeRows: 1 });
  });

  test("Stop reaches the engine", async ({ page, proxied }) => {
    await openStudio(page, proxied.pageUrl);
    await stream(page, "[wait 8][frames 12] stopped");
    await page.audioMonitor().getPlayedSounds();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await expect.poll(async () => (await proxied.fake.state()).activeRows).toBe(0);
  });

  test("a server killed in mid-stream: said, usable, and the next request works", async ({
    page,
    proxied,
  }) => {
    await openStudio(page, proxied.pageUrl);
    await killAndReturn(page, proxied.fake);
  });
});
