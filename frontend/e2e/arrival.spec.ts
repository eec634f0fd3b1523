// A machine that has nothing, as its owner sees it: the page speaks at once, the model comes, takes over in the middle of
// a clip, speaks, and goes again. The real server and engines, a stand-in for the hub, a tiny checkpoint.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { HeldLink } from "./held-link.ts";
import { openStudio, stream, waitUntilHeard } from "./studio.ts";

const label = "Qwen3-TTS 0.6B CustomVoice";
/** What speaks, by its own name. */
const [preview, model] = ["Preview voice (eSpeak NG)", `${label} (f32)`];
const wavHeaderBytes = 44;
/** A few minutes of speech: it is still on its way to the page when the model is there. */
const long = "A sentence that is one of many. ".repeat(150).trim();

test("the page speaks at once, follows the download, and goes over to the model by itself", async ({
  page,
  request,
  machine,
}) => {
  const url = await machine.serve();
  const link = await HeldLink.to(url);
  await openStudio(page, link.url);
  const speaking = page.locator(".engine-status");
  await expect(speaking).toHaveText(`${preview}, ready`);
  expect(await engineOf(page, "It speaks.")).toBe("preview");
  await page.audioMonitor().getPlayedSounds();
  await waitUntilHeard(page);

  const to = (view: string) => page.getByRole("link", { name: view, exact: true }).first().click();
  await to("Models");
  const row = page.getByRole("listitem", { name: label });
  await expect(row).toContainText(/\d+ %, \d+ kB of \d+ kB, \d+ kB\/s, \d+ (s|min) left/);
  const pause = async () => {
    await row.getByRole("button", { name: "Pause" }).click();
    await expect(row).toContainText("Paused");
  };
  await pause();
  const done = () => row.getByRole("progressbar").getAttribute("value").then(Number);
  const paused = await done();
  await row.getByRole("button", { name: "Resume" }).click();
  await expect(row).toContainText("Downloading");
  await expect.poll(done).toBeGreaterThan(paused);
  await pause();

  // The clip as the preview voice alone makes it.
  const whole = await request.post(`${url}/tts`, { data: { text: long, seed: 1 } });
  expect(whole.headers()["x-engine"]).toBe("preview");
  await to("Speak");
  await page.getByText("More", { exact: true }).click();
  await page.getByLabel("Seed").fill("1");
  expect(await engineOf(page, long)).toBe("preview");
  await expect.poll(() => link.holds).toBe(true);
  await machine.unslowHub();
  await to("Models");
  await row.getByRole("button", { name: "Resume" }).click();
  await expect(speaking).toHaveText(`${model}, ready`);
  await expect(page.getByText(`${model} has taken over`)).toBeVisible();
  await to("Speak");
  const save = page.getByRole("button", { name: "Download", exact: true });
  await expect(save).toBeDisabled(); // it is still on its way
  link.release();
  await expect(save).toBeEnabled();
  const download = page.waitForEvent("download");
  await save.click();
  const saved = readFileSync(await (await download).path());
  const samples = saved.subarray(wavHeaderBytes);
  expect(samples.equals((await whole.body()).subarray(wavHeaderBytes))).toBe(true);
  await page.getByRole("button", { name: "Stop", exact: true }).click();

  expect(await engineOf(page, "And now this speaks.")).toBe("local");
  await waitUntilHeard(page);
  await to("Models");
  await expect(row).toContainText("Loaded");
  await row.getByRole("button", { name: "Delete" }).click();
  await row.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(row).toContainText("Not downloaded");
  await expect(speaking).toHaveText(`${preview}, ready`);
  await to("Speak");
  expect(await engineOf(page, "It speaks again.")).toBe("preview");
  link.close();
});

/** Which engine speaks what is streamed. */
async function engineOf(page: Page, text: string): Promise<string | undefined> {
  const answer = page.waitForResponse("**/tts/stream");
  await stream(page, text);
  return (await answer).headers()["x-engine"];
}
