// Voices in the page with the server's own routes: recorded with Chromium's fake microphone, kept, exported,
// deleted and imported; the recording is then the same to the byte.
import { fakeMicrophone } from "./fake-microphone.ts";
import { expect, test } from "./fixtures.ts";
import { openStudio } from "./studio.ts";

test.use(fakeMicrophone);

test("a recorded voice survives export, deletion and import", async ({ page, fake, request }) => {
  await openStudio(page, `${fake.url}/#voices`, "voices");
  await page.getByRole("button", { name: "Record", exact: true }).click();
  await expect(page.getByText(/^[5-9]\.\d s of 30 s/)).toBeVisible();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByLabel("Start").fill("1");
  await page.getByLabel("What is said in it").fill("What I said.");
  await page.getByRole("textbox", { name: "Name" }).fill("Anna");
  await page.getByRole("checkbox").check();
  await page.getByRole("button", { name: "Keep this voice" }).click();
  const row = page.getByRole("listitem", { name: "Anna" });
  await expect(row).toContainText("From the microphone");
  await expect(row).toContainText("What I said.");
  // It is among the speakers at once.
  await expect(page.locator(".speaker-select option[value=Anna]")).toHaveCount(1);
  const reference = () => request.get(`${fake.url}/v1/audio/voices/Anna/audio`);
  const before = await (await reference()).body();

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export Anna" }).click();
  const file = await (await download).path();
  await page.getByRole("button", { name: "Delete Anna" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await expect(row).toHaveCount(0);
  expect((await reference()).status()).toBe(404);
  await page.getByLabel("Import").setInputFiles(file);
  await expect(row).toBeVisible();
  expect((await (await reference()).body()).equals(before)).toBe(true);
});

test("a file that is no voice, and one that is no recording, are refused with the reason", async ({
  page,
  fake,
}) => {
  await openStudio(page, `${fake.url}/#voices`, "voices");
  const text = { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no voice") };
  await page.getByLabel("Import").setInputFiles(text);
  await expect(page.getByRole("alert")).toBeVisible();
  await page.getByLabel("Choose a file").setInputFiles(text);
  await expect(page.getByText("cannot read “notes.txt”")).toBeVisible();
});
