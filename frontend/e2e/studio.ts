// What a person does on the page, for tests: open it, stream a text, look at the clip's exact figures.
import type { Page } from "@playwright/test";
import { expect } from "./fixtures.ts";

/** Open the page at `address` and wait until it knows the server's speakers, or its other view is there. */
export async function openStudio(page: Page, address: string, view = "speak"): Promise<void> {
  await page.goto(address);
  const ready = { speak: ".speaker-select", models: ".model-row", voices: ".clone-form" }[view];
  await page.waitForSelector(ready ?? view);
}

export async function stream(page: Page, text: string): Promise<void> {
  await page.fill(".text-input", text);
  await page.click(".stream-btn");
}

/** Wait until the last sample was heard, or the clip failed or was stopped. */
export async function waitUntilHeard(page: Page): Promise<void> {
  await expect(page.locator(".streaming-indicator")).toBeHidden();
}

export type ClipFigures = { player: string; made: number; played: number; underruns: number };

export async function readFigures(page: Page): Promise<ClipFigures> {
  return page.locator(".figures").evaluate((element: HTMLElement) => {
    const { player = "", samplesMade, samplesPlayed, underruns } = element.dataset;
    const [made, played] = [Number(samplesMade), Number(samplesPlayed)];
    return { player, made, played, underruns: Number(underruns) };
  });
}
