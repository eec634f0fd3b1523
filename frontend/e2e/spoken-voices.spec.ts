// Voices of one's own that are heard: the real server with tiny CustomVoice, Base and VoiceDesign models, Chromium's fake
// microphone. What a voice is made of, which model speaks with it, and what the models cannot do.
import type { Page, Response } from "@playwright/test";
import { fakeMicrophone, microphoneFile } from "./fake-microphone.ts";
import { expect, test } from "./fixtures.ts";
import { openStudio, stream } from "./studio.ts";

test.use(fakeMicrophone);

let url: string;
test.beforeAll(async ({ machine }) => {
  url = await machine.serve(["custom-voice-0b6", "base-0b6", "designer"]);
});

/** The answer to what the page asks for when `act` is done to it. */
async function spokenAfter(page: Page, act: () => Promise<void>): Promise<Response> {
  const answer = page.waitForResponse("**/tts/stream");
  await act();
  return answer;
}

async function expectHeard(page: Page, act: () => Promise<void>, model: string): Promise<void> {
  const answer = await spokenAfter(page, act);
  expect(answer.headers()["x-model"]).toBe(model);
  await page.audioMonitor().getPlayedSounds();
  await page.audioMonitor().silentFor(300);
}

const press = (page: Page, name: string) => () =>
  page.getByRole("button", { name, exact: true }).click();
const keep = (page: Page) => page.getByRole("button", { name: "Keep this voice" });

test("recorded, cut, kept and heard; renamed, exported, deleted, imported, and spoken with", async ({
  page,
}) => {
  await openStudio(page, `${url}/#voices`, "voices");
  await press(page, "Record")();
  await expect(page.getByText(/^[5-9]\.\d s of 30 s/)).toBeVisible();
  await press(page, "Stop")();
  await page.getByLabel("Start").fill("1");
  await page.getByRole("textbox", { name: "Name" }).fill("Anna");
  await expect(keep(page)).toHaveAccessibleDescription("Confirm the consent.");
  await page.getByRole("checkbox").check();
  await keep(page).click();
  await expect(page.getByText("“Anna” is kept.")).toBeVisible();
  await expectHeard(page, press(page, "Hear Anna"), "base-0b6");

  await press(page, "Edit Anna")();
  await page.getByLabel("New name").fill("Berta");
  await press(page, "Change")();
  const berta = page.getByRole("listitem", { name: "Berta" });
  await expect(berta).toBeVisible();
  const download = page.waitForEvent("download");
  await press(page, "Export Berta")();
  const file = await (await download).path();
  await press(page, "Delete Berta")();
  await press(page, "Delete")();
  await expect(berta).toHaveCount(0);
  await page.getByLabel("Import").setInputFiles(file);
  await expect(berta).toBeVisible();

  await press(page, "Speak with Berta")();
  await expect(page.locator(".speaker-select")).toHaveValue("Berta");
  await expect(page.getByLabel("Style")).toBeDisabled();
  await expect(page.getByLabel("Style")).toHaveAccessibleDescription(/A Base model/);
  await expectHeard(page, () => stream(page, "Good morning."), "base-0b6");
});

test("a file with its transcript is kept and heard", async ({ page }) => {
  await openStudio(page, `${url}/#voices`, "voices");
  await page.getByLabel("Choose a file").setInputFiles(microphoneFile);
  await page.getByLabel("End").fill("4");
  await page.getByLabel("What is said in it").fill("A word.");
  await page.getByRole("textbox", { name: "Name" }).fill("Clara");
  await page.getByRole("checkbox").check();
  await keep(page).click();
  await expect(page.getByRole("listitem", { name: "Clara" })).toContainText("A word.");
  await expectHeard(page, press(page, "Hear Clara"), "base-0b6");
});

test("described, heard, kept as it was heard, and spoken with", async ({ page }) => {
  // The page draws 90, with which the tiny model's speech ends by itself (backend/test/voices-speech.test.ts).
  await page.addInitScript(() => {
    Math.random = () => 90.5 / 2 ** 31;
  });
  await openStudio(page, `${url}/#voices`, "voices");
  await press(page, "Description")();
  await expect(keep(page)).toHaveAccessibleDescription("Describe the voice first.");
  await page.getByRole("textbox", { name: "Description" }).fill("A deep voice.");
  await page.getByRole("textbox", { name: "Name" }).fill("Dora");
  await page.getByRole("checkbox").check();
  await expect(keep(page)).toHaveAccessibleDescription(/Hear it first/);
  await page.getByLabel("What it says").fill(endingText);
  const heard = await spokenAfter(page, press(page, "Hear it"));
  expect(heard.headers()).toMatchObject({ "x-model": "designer", "x-seed": "90" });
  await page.audioMonitor().getPlayedSounds();
  await press(page, "Stop")();
  await keep(page).click();
  const dora = page.getByRole("listitem", { name: "Dora" });
  await expect(dora).toContainText("Designed");
  await expect(dora).toContainText("A deep voice.");
  await press(page, "Speak with Dora")();
  await expectHeard(page, () => stream(page, "Good morning."), "base-0b6");
});

const endingText =
  "Hello, and welcome. This morning I walked through the garden and saw three small birds in the old tree. Did you hear them sing? It was a lovely day, and I would like to tell you all about it.";

test("what the model that speaks cannot do is disabled, with the reason", async ({ page }) => {
  await openStudio(page, url);
  const style = page.getByLabel("Style");
  await expect(style).toBeDisabled();
  await expect(style).toHaveAccessibleDescription(/0\.6B/);
});

test("a Base model alone: no speakers, no descriptions, and where to get them", async ({
  page,
  machine,
}) => {
  const base = await machine.serve(["base-0b6"]);
  await openStudio(page, base);
  await page.fill(".text-input", "Good morning.");
  const button = page.locator(".stream-btn");
  await expect(button).toBeDisabled();
  await expect(button).toHaveAccessibleDescription(/no speakers of its own/);
  await page.getByRole("link", { name: "Voices" }).click();
  await press(page, "Description")();
  const description = page.getByRole("textbox", { name: "Description" });
  await expect(description).toBeDisabled();
  await expect(description).toHaveAccessibleDescription(/VoiceDesign/);
});
