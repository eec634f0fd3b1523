// Voices in the page: recorded with Chromium's fake microphone, cut, kept, heard, renamed, exported,
// imported, deleted; what is sent is what was cut.
import { Buffer } from "node:buffer";
import { fakeMicrophone, microphoneFile } from "./fake-microphone.ts";
import { expect, test } from "./fixtures.ts";
import { openStudio } from "./studio.ts";
import { standInForVoices } from "./stand-in.ts";

test.use(fakeMicrophone);

test("a voice is recorded, cut, checked and kept", async ({ page, fake }) => {
  const standIn = await standInForVoices(page);
  await openStudio(page, `${fake.url}/#voices`, "voices");
  const keep = page.getByRole("button", { name: "Keep this voice" });
  await expect(keep).toHaveAccessibleDescription("Record something, or choose a file.");
  await page.getByRole("button", { name: "Record", exact: true }).click();
  await expect(page.getByText(/^[5-9]\.\d s of 30 s/)).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.getByText("It is a little quiet.")).toBeVisible();
  await page.getByLabel("Start").fill("1");
  await page.getByLabel("End").fill("4.5");
  await page.getByLabel("What is said in it").fill("What I said.");
  await page.getByRole("textbox", { name: "Name" }).fill("Meine Stimme");
  await expect(keep).toBeDisabled();
  await page.getByRole("checkbox").check();
  await keep.click();
  await expect(page.getByText("“Meine Stimme” is kept.")).toBeVisible();
  const [sent] = standIn.added;
  expect(sent).toMatchObject({
    name: "Meine Stimme",
    ref_text: "What I said.",
    source: "microphone",
  });
  expect(sent?.consent).toContain("agreed");
  const wav = sent?.audio ?? Buffer.alloc(0);
  const sampleRate = wav.readUInt32LE(24);
  expect(wav.readUInt16LE(22)).toBe(1);
  expect((wav.length - 44) / 2 / sampleRate).toBeCloseTo(3.5, 3);
  expect(loudest(wav)).toBeGreaterThan(3000);
});

function loudest(wav: Buffer): number {
  let most = 0;
  for (let at = 44; at < wav.length; at += 2) most = Math.max(most, Math.abs(wav.readInt16LE(at)));
  return most;
}

test("a file is chosen and kept", async ({ page, fake }) => {
  const standIn = await standInForVoices(page);
  await openStudio(page, `${fake.url}/#voices`, "voices");
  await page.getByLabel("Choose a file").setInputFiles(microphoneFile);
  await expect(page.getByRole("status").filter({ hasText: "quiet" })).toBeVisible();
  await expect(page.getByLabel("End")).toHaveValue("10");
  await page.getByRole("textbox", { name: "Name" }).fill("File");
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Keep this voice" }).click();
  await expect(page.getByText("“File” is kept.")).toBeVisible();
  expect(standIn.added[0]?.source).toBe("upload");
});

test("a kept voice is renamed, exported, imported and deleted", async ({ page, fake }) => {
  const standIn = await standInForVoices(page, ["Anna"]);
  await openStudio(page, `${fake.url}/#voices`, "voices");
  await page.getByRole("button", { name: "Edit Anna" }).click();
  await page.getByLabel("New name").fill("Berta");
  await page.getByRole("button", { name: "Change" }).click();
  await expect(page.getByRole("listitem", { name: "Berta" })).toBeVisible();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export Berta" }).click();
  const file = await (await download).path();
  expect((await download).suggestedFilename()).toBe("Berta.voice");
  await page.getByRole("button", { name: "Delete Berta" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(page.getByRole("listitem", { name: "Berta" })).toHaveCount(0);
  await page.getByLabel("Import").setInputFiles(file);
  await expect(page.getByRole("listitem", { name: "Imported" })).toBeVisible();
  await expect(page.getByText("“Imported” is kept.")).toBeVisible();
  expect(standIn.asked).toEqual([
    "PATCH /v1/audio/voices/Anna",
    "GET /v1/audio/voices/Berta/export",
    "DELETE /v1/audio/voices/Berta",
    "POST /v1/audio/voices/import",
  ]);
});

test("what could not be done with a voice is said in its row, and the keyboard keeps its place", async ({
  page,
  fake,
}) => {
  await standInForVoices(page, ["Anna", "Berta"]);
  await page.route("**/v1/audio/voices/Berta", (route) =>
    route.fulfill({ status: 409, json: { detail: "Berta is taken.", code: "conflict" } }),
  );
  await openStudio(page, `${fake.url}/#voices`, "voices");
  const row = page.getByRole("listitem", { name: "Berta" });
  const edit = row.getByRole("button", { name: "Edit Berta" });
  await edit.click();
  await row.getByLabel("New name").fill("Anna B");
  await row.getByRole("button", { name: "Change" }).click();
  await expect(row.getByRole("alert")).toContainText("Berta is taken.");
  await expect(page.getByRole("alert")).toHaveCount(1);
  await row.getByRole("button", { name: "Leave it" }).click();
  await expect(edit).toBeFocused();
  await row.getByRole("button", { name: "Delete Berta" }).click();
  await row.getByRole("button", { name: "Keep", exact: true }).click();
  await expect(row.getByRole("button", { name: "Delete Berta" })).toBeFocused();
});

test("what no model can do here is disabled, with the reason", async ({ page, fake }) => {
  await standInForVoices(page, ["Anna"]);
  await openStudio(page, `${fake.url}/#voices`, "voices");
  const hear = page.getByRole("button", { name: "Hear Anna" });
  await expect(hear).toBeDisabled();
  await expect(hear).toHaveAccessibleDescription(/The fake clones no voices/);
  await page.getByRole("button", { name: "Description" }).click();
  const description = page.getByRole("textbox", { name: "Description" });
  await expect(description).toBeDisabled();
  await expect(description).toHaveAccessibleDescription(/The fake designs no voices/);
});
