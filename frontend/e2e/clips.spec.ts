// What stays of a clip: the download, and the history that the browser keeps.
import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { openStudio, readFigures, stream, waitUntilHeard } from "./studio.ts";

const frameSamples = 1920;
const sampleRate = 24_000;

test("Download gives a WAV of exactly what was heard", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await stream(page, "[frames 15] to keep");
  await waitUntilHeard(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  expect((await download).suggestedFilename()).toMatch(/\.wav$/);
  const { made } = await readFigures(page);
  expect(made).toBe(15 * frameSamples);
  expectWav(await readFile(await (await download).path()), made);
});

test("what arrived before a failure can be played and downloaded", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await stream(page, "[wait 10][crash 12][frames 15] cut");
  await page.audioMonitor().getPlayedSounds();
  await fake.release();
  await expect(page.getByRole("alert").first()).toBeVisible();
  await waitUntilHeard(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  const { made } = await readFigures(page);
  expect(made).toBeGreaterThan(0);
  expectWav(await readFile(await (await download).path()), made);
});

/** Header and size of a WAV with `samples` samples, and that they are not silence. */
function expectWav(wav: Buffer, samples: number): void {
  expect(wav.length).toBe(44 + 2 * samples);
  expect(wav.toString("latin1", 0, 4)).toBe("RIFF");
  expect(wav.readUInt32LE(4)).toBe(wav.length - 8);
  expect(wav.toString("latin1", 8, 16)).toBe("WAVEfmt ");
  expect([wav.readUInt16LE(20), wav.readUInt16LE(22)]).toEqual([1, 1]);
  expect([wav.readUInt32LE(24), wav.readUInt16LE(34)]).toEqual([sampleRate, 16]);
  expect(wav.readUInt32LE(40)).toBe(2 * samples);
  expect(wav.subarray(44).some((byte) => byte !== 0)).toBe(true);
}

test("history survives a reload: play, use again, delete", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await page.selectOption(".speaker-select", "Sohee");
  await makeClip(page, "[frames 12] the first");
  await page.selectOption(".speaker-select", "Eric");
  await makeClip(page, "[frames 12] the second");
  const items = page.locator(".history-item");
  await expect(items).toHaveCount(2);

  await page.reload();
  await expect(items).toHaveCount(2);
  await expect(items.first()).toContainText("the second");
  await items.last().getByRole("button", { name: /^Play/ }).click();
  await page.audioMonitor().getPlayedSounds();

  await items.last().getByRole("button", { name: /^Use/ }).click();
  await expect(page.locator(".text-input")).toHaveValue("[frames 12] the first");
  await expect(page.locator(".speaker-select")).toHaveValue("Sohee");

  const deleteButton = items.first().getByRole("button", { name: /^Delete/ });
  await deleteButton.click();
  await expect(items).toHaveCount(1);
  await expect(deleteButton).toBeFocused();
  await page.reload();
  await expect(items).toHaveCount(1);
  await expect(items).toContainText("the first");
});

async function makeClip(page: Page, text: string): Promise<void> {
  await stream(page, text);
  await waitUntilHeard(page);
}

test("under its content security policy the page reports nothing", async ({ page, fake }) => {
  const reports: string[] = [];
  page.on("console", (message) => {
    // The audio monitor's own recorder is what the policy must refuse.
    if (message.type() === "error" && !message.text().includes("blob:"))
      reports.push(message.text());
  });
  page.on("pageerror", ({ message }) => reports.push(message));
  await openStudio(page, fake.url);
  await makeClip(page, "[frames 8] quietly");
  await page.getByRole("button", { name: "Play again" }).click();
  await page.audioMonitor().getPlayedSounds();
  expect(reports).toEqual([]);
  expect((await readFigures(page)).player).toBe("worklet");
});
