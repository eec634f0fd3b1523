// The page as a whole: accessibility, narrow screens, history, download, the samples that are played.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { startFakeServer } from "./fake-server.ts";
import { expect, test } from "./fixtures.ts";

const axePath = fileURLToPath(import.meta.resolve("axe-core/axe.min.js"));

type AxeResults = { violations: { id: string; impact: string; nodes: { target: string[] }[] }[] };

async function seriousFindings(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath });
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

async function open(page: Page): Promise<void> {
  await page.goto("/");
  await page.waitForSelector(".speaker-select");
}

async function speak(page: Page, text: string): Promise<void> {
  await page.fill(".text-input", text);
  await page.click(".stream-btn");
  await expect(page.locator(".streaming-indicator")).toBeVisible();
}

async function waitForEnd(page: Page): Promise<void> {
  await expect(page.locator(".streaming-indicator")).toBeHidden({ timeout: 30_000 });
}

test.describe("no serious finding of axe", () => {
  test.use({ bypassCSP: true });
  for (const colorScheme of ["light", "dark"] as const) {
    test(`${colorScheme}: idle, speaking, done, batch`, async ({ page }) => {
      await page.emulateMedia({ colorScheme });
      await open(page);
      expect(await seriousFindings(page)).toEqual([]);
      await speak(page, "One sentence for the one who listens.");
      expect(await seriousFindings(page)).toEqual([]);
      await waitForEnd(page);
      expect(await seriousFindings(page)).toEqual([]);
      await page.click(".batch-toggle");
      for (const index of [0, 1, 2]) await page.fill(`.batch-input-${index}`, `Text ${index}`);
      await page.click(".batch-submit");
      await expect(page.locator(".batch-result")).toHaveCount(3);
      expect(await seriousFindings(page)).toEqual([]);
    });
  }
});

test("nothing is wider than a screen of 360 px", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open(page);
  await speak(page, "A narrow screen.");
  await waitForEnd(page);
  await page.click(".batch-toggle");
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
});

test("the history survives a reload: play, use again, delete", async ({ page }) => {
  await open(page);
  await page.selectOption(".speaker-select", "Vivian");
  await speak(page, "To be remembered.");
  await waitForEnd(page);
  await page.reload();
  await page.waitForSelector(".speaker-select");
  const item = page.getByRole("listitem").filter({ hasText: "To be remembered." });
  await expect(item).toHaveCount(1);
  await item.getByRole("button", { name: /^play/i }).click();
  await page.audioMonitor().getPlayedSounds();
  await item.getByRole("button", { name: /settings|again/i }).click();
  await expect(page.locator(".text-input")).toHaveValue("To be remembered.");
  await expect(page.locator(".speaker-select")).toHaveValue("Vivian");
  await item.getByRole("button", { name: /delete/i }).click();
  await expect(item).toHaveCount(0);
});

test("the download is a WAV with exact sizes", async ({ page }) => {
  await open(page);
  await speak(page, "To be downloaded.");
  await waitForEnd(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download", exact: true }).first().click();
  const bytes = await readFile(await (await download).path());
  expect(bytes.toString("latin1", 0, 4)).toBe("RIFF");
  expect(bytes.readUInt32LE(4)).toBe(bytes.byteLength - 8);
  expect(bytes.readUInt32LE(40)).toBe(bytes.byteLength - 44);
  expect(bytes.byteLength).toBeGreaterThan(22_050);
});

test.describe("what is played", () => {
  test.use({ bypassCSP: true });
  test("samples played = samples sent", async ({ page }) => {
    const fake = await startFakeServer();
    await page.goto(fake.url);
    await page.waitForSelector(".speaker-select");
    const answer = page.waitForResponse((response) => response.url().endsWith("/tts/stream"));
    await speak(page, "[frames 20] every one of them");
    await waitForEnd(page);
    const sent = (await (await answer).body()).subarray(44);
    const { samples } = await page.audioMonitor().playedSamples();
    const sentSamples = Float32Array.from(
      { length: sent.byteLength / 2 },
      (_, index) => sent.readInt16LE(2 * index) / 32_768,
    );
    // The monitor leaves silence at both ends out; a tone may begin and end with some.
    expect(Math.abs(samples.length - sentSamples.length)).toBeLessThan(64);
    const at = sentSamples.findIndex((sample) => sample !== 0);
    for (const index of [0, 1000, 20_000, samples.length - 100]) {
      expect(samples[index]).toBeCloseTo(sentSamples[at + index]!, 3);
    }
    await fake.close();
  });
});
