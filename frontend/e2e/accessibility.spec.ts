// The page for everyone: no serious finding of axe in any of its states, dark and light, nothing cut off
// at 360 px, and all of it by keyboard.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { managedModel, standInForModels, standInForVoices } from "./stand-in.ts";
import { openStudio, stream, waitUntilHeard } from "./studio.ts";

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

const states: Record<string, (page: Page) => Promise<void>> = {
  idle: () => Promise.resolve(),
  streaming: async (page) => {
    await stream(page, "[wait 8][frames 12] held in the middle");
    await page.audioMonitor().getPlayedSounds();
  },
  done: async (page) => {
    await stream(page, "[frames 8] done");
    await waitUntilHeard(page);
    await expect(page.locator(".history-item")).toHaveCount(1);
  },
  error: async (page) => {
    await stream(page, "[crash 4][frames 8] error");
    await expect(page.getByRole("alert").first()).toBeVisible();
    await waitUntilHeard(page);
  },
  models: async (page) => {
    const standIn = await standInForModels(page, [
      managedModel({ state: "downloading", bytes_done: 8e8, bytes_per_second: 2e7 }),
      managedModel({ id: "a", label: "Another one", state: "failed", reason: "No network." }),
      managedModel({ id: "b", label: "One that is loaded", state: "ready", memory_bytes: 2e9 }),
    ]);
    standIn.models.disk_free_bytes = 1e8;
    await page.getByRole("link", { name: "Models" }).click();
    await expect(page.getByText("One that is loaded").first()).toBeVisible();
  },
  voices: async (page) => {
    await standInForVoices(page, ["Anna", "AVoiceWithALongNameAndWithoutAnySpaceInIt"]);
    await page.getByRole("link", { name: "Voices" }).click();
    await expect(page.getByRole("listitem", { name: "Anna" })).toBeVisible();
  },
  design: async (page) => {
    await standInForVoices(page);
    await page.getByRole("link", { name: "Voices" }).click();
    await page.getByRole("button", { name: "Description" }).click();
    await expect(page.getByLabel("What it says")).toBeVisible();
  },
  batch: async (page) => {
    await page.click(".batch-toggle");
    await page.fill(".batch-input-0", "[frames 4] fine");
    await page.fill(".batch-input-1", "[crash 2][frames 4] failed");
    await page.fill(".batch-input-2", `[frames 4] ${"a long word: " + "x".repeat(200)}`);
    await page.click(".batch-submit");
    await expect(page.locator(".batch-result")).toHaveCount(3);
  },
};

for (const [state, enter] of Object.entries(states)) {
  test(`axe finds nothing serious, light and dark: ${state}`, async ({ page, fake }) => {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    await openStudio(page, fake.url);
    await enter(page);
    expect(await seriousFindings(page)).toEqual([]);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await seriousFindings(page)).toEqual([]);
  });

  test(`nothing sticks out at 360 px: ${state}`, async ({ page, fake }) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await openStudio(page, fake.url);
    await enter(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(360);
  });
}

async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(" ")}`));
}

test("everything works by keyboard alone", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await tabTo(page, ".text-input");
  await page.keyboard.type("[frames 20] typed");
  await tabTo(page, ".stream-btn");
  await page.keyboard.press("Enter");
  await page.audioMonitor().getPlayedSounds();
  await waitUntilHeard(page);
  await tabTo(page, ".speaker-select");
  await page.keyboard.press("v");
  await expect(page.locator(".speaker-select")).toHaveValue("Vivian");
  await tabTo(page, ".history-item .clip-play");
  await page.keyboard.press("Space");
  // Sound first: before it, it is silent too.
  await expect.poll(() => page.audioMonitor().firstSoundMs()).not.toBe(Infinity);
  await page.audioMonitor().silentFor(300);
  await tabTo(page, ".batch-toggle");
  await page.keyboard.press("Enter");
  await tabTo(page, ".batch-input-0");
  await page.keyboard.type("[frames 4] one");
  await page.keyboard.press("Enter");
  await page.keyboard.type("[frames 4] two");
  await tabTo(page, ".batch-submit");
  await page.keyboard.press("Enter");
  await expect(page.locator(".batch-result")).toHaveCount(2);
});

/** Press Tab until `selector` has the focus, which must be visible there. */
async function tabTo(page: Page, selector: string): Promise<void> {
  const target = page.locator(selector).first();
  // The page gives the text the focus when it opens.
  if (await target.evaluate((element) => element === document.activeElement)) return;
  const plain = await target.evaluate(looks);
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press("Tab");
    if (!(await target.evaluate((element) => element === document.activeElement))) continue;
    // The mark may fade in.
    await expect
      .poll(() => target.evaluate(looks), `${selector} shows its focus`)
      .not.toEqual(plain);
    return;
  }
  throw new Error(`Tab does not reach ${selector}`);
}

/** What marks a focus, on the element itself or on what surrounds it. */
function looks(element: Element): string[] {
  const found: string[] = [];
  for (let at: Element | null = element; at; at = at.parentElement) {
    const { outline, boxShadow, borderColor } = getComputedStyle(at);
    found.push(outline, boxShadow, borderColor);
  }
  return found;
}

test("Ctrl+Enter streams and Escape stops", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await page.fill(".text-input", "[frames 200][wait 150] long");
  await page.focus(".text-input");
  await page.keyboard.press("Control+Enter");
  await page.audioMonitor().getPlayedSounds();
  await page.keyboard.press("Escape");
  await expect.poll(async () => (await fake.state()).activeRows).toBe(0);
  await page.audioMonitor().silentFor(500);
  expect(await page.audioMonitor().soundAfterInputMs()).toBeLessThan(200);
});

test("Ctrl+Enter makes a batch and Escape ends it", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await page.click(".batch-toggle");
  await page.fill(".batch-input-0", "[frames 4] quick");
  await page.fill(".batch-input-1", "[wait 2][frames 4] held");
  await page.keyboard.press("Control+Enter");
  await expect(page.locator(".batch-result")).toHaveCount(1);
  await page.keyboard.press("Escape");
  await expect(page.getByText("Cancelled after 1 of 2")).toBeVisible();
  await expect(page.locator(".batch-submit")).toBeEnabled();
  await expect.poll(async () => (await fake.state()).activeRows).toBe(0);
});

test("who removes by keyboard keeps the place in the list", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await page.click(".batch-toggle");
  const remove = (line: number) => page.getByRole("button", { name: `Remove line ${line}` });
  await remove(2).press("Enter");
  await expect(remove(3)).toHaveCount(0);
  await expect(remove(2)).toBeFocused();
  await remove(2).press("Enter");
  await expect(remove(1)).toBeFocused();
});

test("a text that is being spoken can be stopped from the batch", async ({ page, fake }) => {
  await openStudio(page, fake.url);
  await stream(page, "[wait 2][frames 12] held");
  await page.click(".batch-toggle");
  await expect.poll(async () => (await fake.state()).activeRows).toBe(1);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect.poll(async () => (await fake.state()).activeRows).toBe(0);
});

test("nothing can be pressed before the server's notices are there: it would move away", async ({
  page,
}) => {
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/capabilities", async (route) => {
    await answered;
    await route.continue();
  });
  await page.goto("/");
  const toggle = page.locator(".batch-toggle");
  await expect(page.getByRole("navigation", { name: "Views" })).toBeVisible();
  await expect(toggle).toBeHidden();
  answer();
  await expect(toggle).toBeVisible();
  const place = await toggle.boundingBox();
  await expect(page.getByText(/^Preview voice: /)).toBeVisible();
  expect(await toggle.boundingBox()).toEqual(place);
});
